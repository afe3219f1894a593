from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import actions
from marketplace.timesheets.models import TimeEntry, Timer
from tests import build

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
LINE = {"day": "2026-11-10", "start": "09:00", "end": "11:30", "note": "Rated <b>answers</b>"}


@pytest.fixture(autouse=True)
def wednesday(app):
    with clock.at(NOW):
        yield


@pytest.fixture
def seat(app):
    return build.engagement(started_at=NOW - timedelta(days=60))


@pytest.fixture
def browser(seat, client_of):
    return client_of(seat.profile.account)


def entries() -> list[TimeEntry]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(TimeEntry).order_by(TimeEntry.starts_at)))


def test_hours_are_added_in_local_time_and_shown_with_the_limit(seat, browser):
    answer = browser.post("/time", data=LINE | {"engagement_id": seat.id}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Logged 2:30 hours." in answer.text
    assert "Rated &lt;b&gt;answers" in answer.text
    assert "2:30 of 20:00 h" in answer.text
    assert [entry.starts_at for entry in entries()] == [datetime(2026, 11, 10, 1, 0, tzinfo=UTC)]


def test_a_refusal_keeps_what_was_typed(seat, browser):
    answer = browser.post("/time", data=LINE | {"engagement_id": seat.id, "day": "2026-11-30"})
    assert answer.status_code == 422
    assert "the end lies in the future" in answer.text
    assert 'value="2026-11-30"' in answer.text
    assert "Rated &lt;b&gt;answers" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"day": "soon"},
        {"start": "25:00"},
        {"end": ""},
        {"engagement_id": "x"},
        {"engagement_id": str(2**70)},
        {"start_occurrence": "third"},
        {"note": "x" * 501},
        {"other": "1"},
    ],
)
def test_what_makes_no_sense_is_shown_beside_its_field(seat, browser, wrong):
    assert browser.post("/time", data=LINE | {"engagement_id": seat.id} | wrong).status_code == 422
    assert entries() == []


def test_a_time_that_occurs_twice_is_asked_about(app, client_of):
    seat = build.engagement(build.profile(time_zone="Europe/Berlin"), started_at=NOW - timedelta(days=60))
    browser = client_of(seat.profile.account)
    night = LINE | {"engagement_id": seat.id, "day": "2026-10-25", "start": "01:00", "end": "02:30"}
    asked = browser.post("/time", data=night)
    assert asked.status_code == 422
    assert 'name="end_occurrence"' in asked.text
    browser.post("/time", data=night | {"end_occurrence": "second"})
    assert [entry.minutes for entry in entries()] == [150]
    spring = night | {"day": "2026-03-29", "start": "02:30", "end": "04:00"}
    assert "There was no 02:30" in browser.post("/time", data=spring).text


def test_a_line_is_changed_and_deleted_by_page(seat, browser):
    browser.post("/time", data=LINE | {"engagement_id": seat.id})
    [entry] = entries()
    url = f"/time/entries/{entry.id}"
    page = browser.get(url).text
    assert 'value="09:00"' in page
    assert 'value="11:30"' in page
    assert browser.post(url, data=LINE | {"end": "23:59"}).status_code == 302
    assert browser.post(url, data=LINE | {"day": "2026-11-30"}).status_code == 422
    assert [line.minutes for line in entries()] == [899]
    browser.post(f"{url}/delete")
    assert entries() == []


def test_lines_of_others_are_not_there(seat, browser, client_of):
    browser.post("/time", data=LINE | {"engagement_id": seat.id})
    [entry] = entries()
    other = client_of(build.profile().account)
    assert other.get(f"/time/entries/{entry.id}").status_code == 404
    assert other.post(f"/time/entries/{entry.id}", data=LINE).status_code == 404
    assert other.post(f"/time/entries/{entry.id}/delete").status_code == 404
    assert other.post("/time", data=LINE | {"engagement_id": seat.id}).status_code == 404
    assert other.post("/time/timer", data={"engagement_id": seat.id}).status_code == 404
    assert len(entries()) == 1


def test_a_week_is_handed_in_and_taken_back_by_page(seat, browser):
    browser.post("/time", data=LINE | {"engagement_id": seat.id})
    week = {"engagement_id": seat.id, "week": "2026-11-11"}
    page = browser.post("/time/weeks", data=week, follow_redirects=True).text
    assert "The week is handed in." in page
    assert "Take the week back" in page
    assert "There are no new hours" not in page
    page = browser.post("/time/weeks", data=week | {"step": "withdraw"}, follow_redirects=True).text
    assert "Submit the week" in page
    page = browser.post("/time/weeks", data=week | {"step": "no_hours"}, follow_redirects=True).text
    assert "There are hours in this week" in page
    page = browser.post(
        "/time/weeks", data=week | {"week": "2026-11-02", "step": "no_hours"}, follow_redirects=True
    ).text
    assert "You stated that there are no hours" in page


def test_the_timer_is_started_and_stopped_by_page(seat, browser):
    with clock.at(NOW - timedelta(hours=2)):
        assert (
            "Your timer is running"
            in browser.post(
                "/time/timer", data={"engagement_id": seat.id, "note": "Rating"}, follow_redirects=True
            ).text
        )
    assert 'data-since="2026-11-11T10:00:00+00:00"' in browser.get("/time").text
    assert "Logged 2:00 hours." in browser.post("/time/timer/stop", follow_redirects=True).text
    assert "No timer is running" in browser.post("/time/timer/stop", follow_redirects=True).text


def test_a_short_timer_says_that_nothing_was_logged(seat, browser):
    browser.post("/time/timer", data={"engagement_id": seat.id})
    assert "less than a minute" in browser.post("/time/timer/stop", follow_redirects=True).text
    assert entries() == []


def forgotten_timer(seat) -> None:
    with clock.at(NOW - timedelta(hours=20)):
        actions.start_timer(seat.profile, seat.id)
        db.session.commit()


def test_a_forgotten_timer_asks_for_its_end(seat, browser):
    forgotten_timer(seat)
    page = browser.get("/time").text
    assert "running for more than 16 hours" in page
    assert "Stop and log" not in page
    assert "Say when you stopped working" in browser.post("/time/timer/stop", follow_redirects=True).text
    # It was started on Wednesday at 00:00 in Taipei.
    browser.post("/time/timer/stop", data={"day": "2026-11-11", "end": "03:15"})
    assert [entry.minutes for entry in entries()] == [195]


def test_a_forgotten_timer_can_be_discarded(seat, browser):
    forgotten_timer(seat)
    assert "nothing was logged" in browser.post("/time/timer/drop", follow_redirects=True).text
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Timer.id))) == 0


@pytest.mark.parametrize("week", ["", "2026-11-04", "0001-01-01", "9999-12-31", "soon", "2026-W40", "%00"])
def test_every_week_in_the_address_gives_a_page(seat, browser, week):
    assert browser.get(f"/time?week={week}").status_code == 200


def test_a_newcomer_and_somebody_without_projects_are_told_what_to_do(app, client_of):
    newcomer, idle = build.account(RoleName.ANNOTATOR), build.profile().account
    assert "Go to my profile" in client_of(newcomer).get("/time").text
    assert "Look at my invitations" in client_of(idle).get("/time").text


def test_a_paused_project_shows_its_hours_and_takes_no_more(seat, browser):
    browser.post("/time", data=LINE | {"engagement_id": seat.id})
    db.session.refresh(seat.project)
    seat.project.state = ProjectState.PAUSED
    db.session.commit()
    page = browser.get("/time").text
    assert "No hours can be logged now" in page
    assert "Submit the week" in page


def test_the_week_costs_the_same_number_of_queries_for_many_projects(seat, browser, counted_queries):
    def cost():
        with counted_queries() as count:
            assert browser.get("/time").status_code == 200
        return count()

    def log(seat, number: int) -> None:
        start = NOW - timedelta(hours=2 * number)
        actions.log_time(seat.profile, seat.id, start, start + timedelta(hours=1))
        db.session.commit()

    log(seat, 1)
    cost()
    few = cost()
    for number in range(2, 6):
        log(build.engagement(seat.profile, started_at=NOW - timedelta(days=60)), number)
    assert cost() == few
