"""What is unusual about hours is told with its figure, and decides nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace import clock
from marketplace.timesheets.marks import marks_of, night_minutes
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import EntryState
from tests.payouts.books import NOW, boss_of, handed_in, seat

MONDAY = date(2026, 11, 2)


def line(number, hour, hours, note="", day=3):
    start = datetime(2026, 11, day, hour, tzinfo=UTC)
    end = start + timedelta(hours=hours)
    return TimeEntry(id=number, starts_at=start, ends_at=end, note=note, state=EntryState.SUBMITTED)


def marked(*lines, zone="UTC"):
    return marks_of([(list(lines), zone, MONDAY)])


@pytest.mark.parametrize(
    ("lines", "found", "why"),
    [
        ([line(1, 8, 10)], {}, "ten hours are not more than ten"),
        (
            [line(1, 6, 6), line(2, 13, 5)],
            {number: ["11:00 hours on 3 Nov, more than 10"] for number in (1, 2)},
            "the lines of a day together",
        ),
        ([line(1, 6, 6), line(2, 8, 5, day=4)], {}, "two days"),
        (
            [line(1, 3, 3)],
            {1: ["2:00 hours between midnight and 5 in the morning where they live"]},
            "three to five of three to six",
        ),
        ([line(1, 5, 1)], {}, "five is morning"),
        (
            [line(at, 8 + at, 1, note) for at, note in enumerate(("Rated", "rated ", "Rated", "Wrote"), start=1)],
            {at: ["the same note stands at 3 lines of the week"] for at in (1, 2, 3)},
            "letters and spaces aside",
        ),
        ([line(at, 8 + at, 1) for at in (1, 2, 3)], {}, "no note is no copy"),
    ],
)
def test_what_is_marked(lines, found, why):
    assert marked(*lines) == found, why


def test_the_night_is_that_of_the_worker_also_when_the_clocks_go_back():
    # Berlin, 25 October 2026: 02:00 to 03:00 occurs twice, so midnight to five has six hours.
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert night_minutes(start, start + timedelta(hours=8), "Europe/Berlin") == 6 * 60
    assert marked(line(1, 17, 1), zone="Asia/Taipei") != {}


def test_managers_see_the_marks_and_may_look_at_only_those(app, client_of):
    with clock.at(NOW):
        on, fine = seat(), seat()
        fine.project.organisation_id = on.project.organisation_id
        handed_in(on, 400, 300)
        handed_in(fine, 60)
        browser = client_of(boss_of(on))
        assert "11:40 hours on 3 Nov, more than 10" in browser.get("/time/approve").text
        only = browser.get("/time/approve?marked=1").text
    assert on.profile.account.name in only
    assert fine.profile.account.name not in only
