from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.waves import queries
from marketplace.waves.models import WavePlan
from tests import build
from tests.waves.world import place, running, settle, waiting

ClientOf = Callable[[Account], FlaskClient]


def form(**changes: object) -> dict[str, object]:
    deadline = f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    rule = {"seats": "3", "deadline": deadline, "bound_percent": "5", "invitation_hours": "24"}
    return rule | {"most_rank": "50", "most_open": "3"} | changes


def test_a_manager_confirms_a_rule_sees_its_waves_and_stops_it(app: Flask, client_of: ClientOf) -> None:
    project, manager = place(people=6)
    browser = client_of(manager)
    page = browser.get(f"/projects/{project.id}/waves").text
    assert "The first wave: 3 people" in page
    assert "Beta(2, 3)" in page
    answer = browser.post(f"/projects/{project.id}/waves", data=form())
    assert answer.status_code == 302
    settle(app)
    plan = db.session.scalars(sa.select(WavePlan)).one()
    assert answer.location == f"/wave-plans/{plan.id}"
    shown = browser.get(answer.location).text
    assert "Wave 1: 3 people" in shown
    assert all(one.profile.pseudonym in shown for one in waiting(project))
    assert manager.name in shown
    assert "Waves are running" in browser.get(f"/projects/{project.id}/waves").text
    browser.post(f"/wave-plans/{plan.id}/stop")
    assert "A manager stopped it." in browser.get(f"/wave-plans/{plan.id}").text
    assert "A manager stopped it." in browser.get(f"/projects/{project.id}/waves").text


def test_counting_shows_the_first_wave_and_begins_nothing(app: Flask, client_of: ClientOf) -> None:
    project, manager = place(people=2, seats=30)
    page = client_of(manager).post(f"/projects/{project.id}/waves", data=form(seats="30", _count="1"))
    assert (page.status_code, "The first wave: 3" in page.text) == (200, True)
    assert db.session.scalars(sa.select(WavePlan)).all() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seats": "99"}, "Only 3 seats are free."),
        ({"seats": ""}, "Missing data"),
        ({"seats": "-1"}, "Must be greater"),
        ({"deadline": "soon"}, "Not a valid datetime"),
        ({"deadline": "0001-01-01T00:00"}, "at least two hours from now"),
        ({"deadline": "9999-12-31T23:59"}, "within a year"),
        ({"bound_percent": "51"}, "less than or equal to 50"),
        ({"most_open": "21"}, "less than or equal to 20"),
        ({"unknown": "1"}, "Unknown field"),
    ],
)
def test_a_form_with_a_mistake_says_so_and_keeps_what_was_typed(
    app: Flask, client_of: ClientOf, change: dict[str, object], words: str
) -> None:
    project, manager = place(people=1)
    page = client_of(manager).post(f"/projects/{project.id}/waves", data=form(**change))
    assert page.status_code == 422
    assert words in page.text


def test_by_api_from_the_rule_to_its_waves_and_the_stop(app: Flask, api_of: ClientOf) -> None:
    project, manager = place(people=6)
    api, url = api_of(manager), f"/api/v1/projects/{project.id}/wave-plans"
    body = {"seats": 2, "deadline": (clock.now() + timedelta(days=3)).isoformat()}
    made = api.post(url, json=body, headers={"Idempotency-Key": "one"})
    again = api.post(url, json=body, headers={"Idempotency-Key": "one"})
    assert (made.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert made.json == again.json
    assert made.json is not None
    assert (made.json["state"], made.json["bound_percent"], made.json["waves"]) == ("running", 5, 0)
    assert api.post(url, json=body).status_code == 409
    settle(app)
    plan_id = made.json["id"]
    waves = api.get(f"/api/v1/wave-plans/{plan_id}/waves").json
    assert waves is not None
    (wave,) = waves["items"]
    assert (wave["people"], wave["alpha"], wave["beta"], wave["room"]) == (2, 2.0, 3.0, 2)
    assert wave["invitation_ids"] == [one.id for one in waiting(project)]
    shown = api.get(f"/api/v1/wave-plans/{plan_id}")
    assert shown.json is not None
    assert (shown.json["people_invited"], shown.json["confirmed_by"]) == (2, manager.name)
    assert shown.headers["ETag"]
    stopped = api.post(f"/api/v1/wave-plans/{plan_id}/stop").json
    assert stopped is not None
    assert (stopped["state"], stopped["end_reason"]) == ("stopped", "by_manager")
    listed = api.get(f"{url}?state=running").json
    assert listed is not None
    assert listed["items"] == []
    assert api.post(f"/api/v1/wave-plans/{plan_id}/stop").status_code == 409


@pytest.mark.parametrize("body", [{}, {"seats": 1}, {"seats": "x", "deadline": "x"}, [], {"seats": 2**70}])
def test_a_body_that_is_no_rule_is_refused(app: Flask, api_of: ClientOf, body: object) -> None:
    project, manager = place(people=1)
    assert api_of(manager).post(f"/api/v1/projects/{project.id}/wave-plans", json=body).status_code == 422


def test_plans_of_another_client_look_missing(app: Flask, api_of: ClientOf, client_of: ClientOf) -> None:
    plan = running(app, people=2)
    stranger = build.manager(build.organisation())
    api, browser = api_of(stranger), client_of(stranger)
    body = {"seats": 1, "deadline": (clock.now() + timedelta(days=3)).isoformat()}
    for path in (f"/api/v1/wave-plans/{plan.id}", f"/api/v1/wave-plans/{plan.id}/waves"):
        assert api.get(path).status_code == 404
    assert api.post(f"/api/v1/wave-plans/{plan.id}/stop").status_code == 404
    assert api.post(f"/api/v1/projects/{plan.project_id}/wave-plans", json=body).status_code == 404
    assert browser.get(f"/wave-plans/{plan.id}").status_code == 404
    assert browser.get(f"/projects/{plan.project_id}/waves").status_code == 404


def test_plans_and_waves_cost_the_same_queries_for_one_as_for_many(app: Flask) -> None:
    def cost(plan: WavePlan) -> int:
        db.session.expire_all()
        counted: list[str] = []

        def note(*args: object) -> None:
            counted.append(str(args[2]))

        project = plan.project
        sa.event.listen(db.engine, "before_cursor_execute", note)
        for one in db.session.scalars(queries.plans_of(project)):
            assert (one.confirmer.name, one.booked) != ("", 1)
        for wave in db.session.scalars(queries.waves_of(plan)):
            assert all(place.invitation.profile.pseudonym and place.invitation.match.rank for place in wave.places)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(counted)

    few = cost(running(app, people=1, seats=1))
    assert cost(running(app, people=6, most_open=20)) <= few <= 12
