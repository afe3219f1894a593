"""What two may edit has an ETag; a change made for another state than that of now is refused."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.timesheets import actions as hours
from tests import build
from tests.payouts.books import TUESDAY, seat

ApiOf = Callable[[Account], FlaskClient]
STATED = {"country", "time_zone", "weekly_minutes", "min_rate_minor", "about"}


def project_of_a_manager(api_of: ApiOf) -> tuple[FlaskClient, str]:
    account = build.account(RoleName.MANAGER)
    project = build.project(build.organisation(account), by=account)
    return api_of(account), f"/api/v1/projects/{project.id}"


def test_what_did_not_change_is_not_sent_again(api_of: ApiOf) -> None:
    caller, url = project_of_a_manager(api_of)
    first = caller.get(url)
    again = caller.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    caller.patch(url, json={"title": "Another"})
    assert caller.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_of_two_who_read_the_same_the_second_does_not_overwrite_the_first(api_of: ApiOf) -> None:
    caller, url = project_of_a_manager(api_of)
    seen = {"If-Match": caller.get(url).headers["ETag"]}
    first = caller.patch(url, json={"title": "First"}, headers=seen)
    second = caller.patch(url, json={"title": "Second"}, headers=seen)
    assert (first.status_code, second.status_code, second.content_type) == (200, 412, "application/problem+json")
    assert caller.get(url).get_json()["title"] == "First"
    newer = {"If-Match": first.headers["ETag"]}
    assert caller.patch(url, json={"title": "Second"}, headers=newer).status_code == 200


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('"no"', 412), ("nonsense", 412), ("", 412), (None, 200)])
def test_without_if_match_and_with_a_star_everything_is_let_through(
    api_of: ApiOf, tag: str | None, status: int
) -> None:
    caller, url = project_of_a_manager(api_of)
    headers = {} if tag is None else {"If-Match": tag}
    assert caller.patch(url, json={"title": "New"}, headers=headers).status_code == status


def test_a_project_that_was_changed_is_not_moved_by_who_has_not_seen_it(api_of: ApiOf) -> None:
    caller, url = project_of_a_manager(api_of)
    seen = {"If-Match": caller.get(url).headers["ETag"]}
    caller.patch(url, json={"title": "Another"})
    move = {"state": "paused", "reason": "budget"}
    assert caller.post(f"{url}/state", json=move, headers=seen).status_code == 412
    assert caller.get(url).get_json()["state"] == "active"


def test_a_profile_is_kept_from_being_overwritten_too(api_of: ApiOf) -> None:
    caller = api_of(build.profile().account)
    shown = caller.get("/api/v1/profile")
    whole = {name: value for name, value in shown.get_json().items() if name in STATED} | {"about": "New"}
    seen = {"If-Match": shown.headers["ETag"]}
    assert caller.put("/api/v1/profile", json=whole, headers=seen).status_code == 200
    assert caller.put("/api/v1/profile", json=whole, headers=seen).status_code == 412


def test_a_line_of_hours_is_kept_from_being_overwritten_and_taken_back(api_of: ApiOf) -> None:
    on = seat()
    (line,) = hours.log_time(on.profile, on.id, TUESDAY, TUESDAY.replace(hour=2))
    caller, url = api_of(on.profile.account), f"/api/v1/time-entries/{line.id}"
    db.session.remove()
    seen = {"If-Match": caller.get(url).headers["ETag"]}
    assert [caller.patch(url, json={"note": "x"}, headers=seen).status_code for _ in range(2)] == [200, 412]
    assert caller.delete(url, headers=seen).status_code == 412
    assert caller.delete(url, headers={"If-Match": caller.get(url).headers["ETag"]}).status_code == 204
