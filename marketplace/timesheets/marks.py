"""What is unusual about lines that wait: told in words with its figure, deciding nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from marketplace.formats import day_text, hours_text
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import EntryState, local_time, minutes_by_day

LONG_DAY_MINUTES = 10 * 60
NIGHT_FROM, NIGHT_UNTIL = 0, 5
COPIES = 3


def marks_of(weeks: Iterable[tuple[list[TimeEntry], str, date]]) -> Mapping[int, list[str]]:
    """Return what is unusual about each line, by its id: nothing for most.

    *weeks*: the lines of one person and project in a week with its time zone and Monday.  A day is measured over the
    lines given, midnight in that zone being the border.
    """
    found: dict[int, list[str]] = {}
    for entries, zone, monday in weeks:
        counted = [entry for entry in entries if entry.state is not EntryState.REJECTED]
        days = minutes_by_day([(entry.starts_at, entry.ends_at) for entry in counted], monday, zone)
        notes = Counter(entry.note.strip().casefold() for entry in counted if entry.note.strip())
        for entry in counted:
            marks = [*_long_days(entry, days, monday, zone), *_at_night(entry, zone), *_copies(entry, notes)]
            if marks:
                found[entry.id] = marks
    return found


def _long_days(entry: TimeEntry, days: list[int], monday: date, zone: str) -> Iterable[str]:
    first = local_time(entry.starts_at, zone).date()
    last = local_time(entry.ends_at - timedelta(minutes=1), zone).date()
    for number, minutes in enumerate(days):
        day = monday + timedelta(days=number)
        if first <= day <= last and minutes > LONG_DAY_MINUTES:
            yield f"{hours_text(minutes)} hours on {day_text(day, 'd MMM')}, more than 10"


def _at_night(entry: TimeEntry, zone: str) -> Iterable[str]:
    minutes = night_minutes(entry.starts_at, entry.ends_at, zone)
    if minutes:
        yield f"{hours_text(minutes)} hours between midnight and 5 in the morning where they live"


def night_minutes(starts_at: datetime, ends_at: datetime, zone: str) -> int:
    """Return how many minutes of the span lie between midnight and five on the clocks of *zone*."""
    minutes, at = 0, starts_at
    while at < ends_at:
        until = min(ends_at, at + timedelta(minutes=15 - at.minute % 15))
        if NIGHT_FROM <= local_time(at, zone).hour < NIGHT_UNTIL:
            minutes += int((until - at).total_seconds() // 60)
        at = until
    return minutes


def _copies(entry: TimeEntry, notes: Counter[str]) -> Iterable[str]:
    count = notes[entry.note.strip().casefold()] if entry.note.strip() else 0
    if count >= COPIES:
        yield f"the same note stands at {count} lines of the week"
