from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.portfolios import actions, queries
from marketplace.portfolios.models import Portfolio
from marketplace.portfolios.rules import Part
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.timesheets import actions as hours
from marketplace.work.models import Engagement
from tests import build
from tests.payouts.books import TUESDAY, approved, seat

ClientOf = Callable[[Account], FlaskClient]
ALL = list(Part)


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    """Somebody with 90 approved minutes on an open project and two hours that wait."""
    on = seat()
    on.profile.account.name = "Mei Chen"
    approved(on, 60, 30)
    later = TUESDAY.replace(day=17)
    hours.log_time(on.profile, on.id, later, later.replace(hour=2))
    db.session.commit()
    return on.profile


def test_the_page_counts_what_was_approved_and_nothing_else(person: AnnotatorProfile) -> None:
    page = queries.public_page(actions.publish(person, "Rates answers", ALL).key)
    assert (page.name, page.headline, page.minutes, page.lines) == ("Mei Chen", "Rates answers", 90, 2)
    assert [(one.projects, one.minutes) for one in page.worked or []] == [(1, 90)]
    assert page.languages == person.languages
    assert page.degrees == person.degrees


def test_what_is_not_chosen_is_not_shown(client: FlaskClient, person: AnnotatorProfile) -> None:
    key = actions.publish(person, "", [Part.LANGUAGES]).key
    db.session.commit()
    page = queries.public_page(key)
    assert (page.name, page.minutes, page.worked, page.degrees) == (person.pseudonym, None, None, None)
    text = client.get(f"/portfolio/{key}").text
    assert "Mei" not in text
    assert "Approved" not in text
    assert "Projects" not in text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_project_that_is_not_public_is_only_counted(
    client: FlaskClient, person: AnnotatorProfile, is_open: bool
) -> None:
    project = db.session.scalars(sa.select(Engagement)).one().project
    project.title, project.is_open = "Secret rocket", is_open
    key = actions.publish(person, "", ALL).key
    db.session.commit()
    for path in (f"/portfolio/{key}", f"/api/v1/portfolios/{key}"):
        text = client.get(path).text
        assert ("Secret rocket" in text) is is_open
        assert (project.organisation.name in text) is is_open
    assert ("1 project that is not public" in client.get(f"/portfolio/{key}").text) is not is_open


@pytest.mark.parametrize("state", [state for state in ProfileState if state is not ProfileState.QUALIFIED])
def test_only_a_qualified_profile_is_published_and_stays_so(app: Flask, state: ProfileState) -> None:
    person = build.profile()
    key = actions.publish(person, "", ALL).key
    reason = "resume_unreadable" if state is ProfileState.REJECTED else None
    person.state, person.rejection_reason = state, reason
    db.session.flush()
    with pytest.raises(Missing):
        queries.public_page(key)
    with pytest.raises(Refused, match="has to be qualified"):
        actions.publish(person, "", ALL)


def test_the_page_of_a_suspended_account_is_gone(person: AnnotatorProfile) -> None:
    key = actions.publish(person, "", ALL).key
    person.account.active = False
    db.session.flush()
    with pytest.raises(Missing):
        queries.public_page(key)


def test_a_new_link_ends_the_old_one_and_taking_down_ends_all(person: AnnotatorProfile) -> None:
    old = actions.publish(person, "", ALL).key
    assert actions.publish(person, "Other words", ALL).key == old
    new = actions.replace_link(person).key
    assert new != old
    with pytest.raises(Missing):
        queries.public_page(old)
    assert queries.public_page(new).headline == "Other words"
    actions.take_down(person)
    actions.take_down(person)
    with pytest.raises(Missing):
        queries.public_page(new)
    told = sa.select(AuditEvent.action).where(AuditEvent.action.like("portfolio.%")).order_by(AuditEvent.id)
    assert [action.removeprefix("portfolio.") for action in db.session.scalars(told)] == [
        *("published", "published", "link_replaced", "taken_down")
    ]


def test_publishing_at_once_is_one_page(app: Flask, person: AnnotatorProfile) -> None:
    profile_id, gate = person.id, Barrier(4)
    db.session.rollback()

    def go(_: int) -> str:
        with app.app_context():
            gate.wait()
            key = actions.publish(db.session.get_one(AnnotatorProfile, profile_id), "", ALL).key
            db.session.commit()
            return key

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(go, range(4)))) == 1


def test_by_page_it_is_published_seen_and_taken_down(
    client_of: ClientOf, client: FlaskClient, person: AnnotatorProfile
) -> None:
    own = client_of(person.account)
    assert "Not published" in own.get("/profile/portfolio").text
    sent = {"headline": "Rates <b>answers</b>", "parts[]": ["name", "hours", "projects"]}
    assert "published" in own.post("/profile/portfolio", data=sent, follow_redirects=True).text
    key = db.session.scalars(sa.select(Portfolio.key)).one()
    seen = client.get(f"/portfolio/{key}")
    assert seen.headers["X-Robots-Tag"] == "noindex"
    assert "Rates &lt;b&gt;answers" in seen.text
    assert "Mei Chen" in seen.text
    assert "1:30" in seen.text
    assert "another link" in own.post("/profile/portfolio/link", follow_redirects=True).text
    assert client.get(f"/portfolio/{key}").status_code == 404
    own.post("/profile/portfolio/removal")
    assert db.session.scalars(sa.select(Portfolio)).all() == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [({"headline": "x" * 161}, "160"), ({"parts[]": ["address"]}, "Must be one of")],
)
def test_what_cannot_be_shown_is_told_and_nothing_is_published(
    client_of: ClientOf, person: AnnotatorProfile, sent: dict[str, object], words: str
) -> None:
    told = client_of(person.account).post("/profile/portfolio", data=sent)
    assert told.status_code == 422
    assert words in told.text
    assert db.session.scalars(sa.select(Portfolio)).all() == []


def test_by_api_it_is_put_read_and_deleted(api_of: ClientOf, client: FlaskClient, person: AnnotatorProfile) -> None:
    api = api_of(person.account)
    path = "/api/v1/profile/portfolio"
    assert api.get(path).status_code == 404
    assert api.post(f"{path}/link").status_code == 404
    told = api.put(path, json={"headline": "Rates answers", "parts": ["hours", "hours", "languages"]}).get_json()
    assert told["parts"] == ["hours", "languages"]
    assert told["url"].endswith(f"/portfolio/{told['key']}")
    page = client.get(f"/api/v1/portfolios/{told['key']}").get_json()
    assert (page["minutes"], page["lines"], page["worked"], page["name"]) == (90, 2, None, person.pseudonym)
    assert page["languages"][0] == {
        "tag": "en",
        "written": "C1",
        "spoken": "C1",
        "native": False,
        "provenance": "declared",
    }
    assert api.post(f"{path}/link").get_json()["key"] != told["key"]
    assert client.get(f"/api/v1/portfolios/{told['key']}").status_code == 404
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_nobody_finds_a_page_by_trying(client: FlaskClient, person: AnnotatorProfile) -> None:
    key = actions.publish(person, "", ALL).key
    db.session.commit()
    for wrong in (key[:-1], f"{key}x", key.swapcase(), "x", "%00", "a" * 5000):
        assert client.get(f"/portfolio/{wrong}").status_code == 404


def test_the_page_takes_few_questions(app: Flask, person: AnnotatorProfile) -> None:
    key = actions.publish(person, "", ALL).key
    db.session.commit()
    db.session.expire_all()
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    queries.public_page(key)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) <= 6
