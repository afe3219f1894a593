from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.db import db
from marketplace.payouts import actions as deciding
from marketplace.timesheets import actions as hours
from tests import build
from tests.payouts.books import NOW, TUESDAY, boss_of, handed_in, seat


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def test_a_budget_is_shown_as_approved_waiting_recorded_and_free(api_of, client_of):
    on = seat(on=build.project(budget_minor=50_000))
    boss = boss_of(on)
    before = TUESDAY - timedelta(days=7)
    hours.log_time(on.profile, on.id, before, before + timedelta(hours=4))
    first, _ = handed_in(on, 60, 120)
    deciding.decide_lines([first.id], [], by=boss)
    db.session.commit()
    found = api_of(boss).get(f"/api/v1/projects/{on.project_id}/budget").json
    assert {name: found[name] for name in ("budget", "approved", "waiting", "recorded", "committed", "free")} == {
        "budget": 50_000,
        "approved": 2000,
        "waiting": 4000,
        "recorded": 8000,
        "committed": 14_000,
        "free": 36_000,
    }
    assert [week["left"] for week in found["weeks"]] == [42_000, 36_000]
    # (80 + 60) / 2 = 70 a week; 360 / 10 a day = 36 days
    assert found["pace"] == {"weekly_minor": 7000, "weeks": 2, "used_up_on": "2026-12-17", "why_none": ""}
    page = client_of(boss).get(f"/projects/{on.project_id}/budget")
    assert page.status_code == 200
    assert "17 Dec 2026" in page.text
    assert "$360.00" in page.text


def test_without_hours_or_budget_the_page_says_so(client_of):
    boss = build.manager(client := build.organisation())
    project = build.project(client)
    page = client_of(boss).get(f"/projects/{project.id}/budget")
    assert "No budget is set" in page.text
    assert "No hours yet" in page.text
