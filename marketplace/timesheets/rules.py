"""The states and limits of hours; weeks are ISO 8601 weeks in the worker's own time zone."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from marketplace.errors import Refused
from marketplace.words import say

MAX_ENTRY_MINUTES = 16 * 60


# A timer is not started for less: it would run on beyond the budget before anybody looks.
LEAST_FOR_TIMER = 15
# Percent of a budget at which managers are told.
LEVELS = (80, 100)


class EntryState(StrEnum):
    """recorded → submitted → approved / rejected → disputed → approved / rejected."""

    RECORDED = "recorded"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISPUTED = "disputed"


class EntrySource(StrEnum):
    """How an entry came about."""

    TIMER = "timer"
    MANUAL = "manual"


class WordKind(StrEnum):
    """What a word about a line was written for."""

    WRITE = "write"
    EVIDENCE = "evidence"
    ACCEPT = "accept"
    CONTEST = "contest"
    APPROVE = "approve"
    UPHOLD = "uphold"
    APPEAL = "appeal"


class TimesheetState(StrEnum):
    """draft → submitted → approved / partly_approved / rejected → locked → paid."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REJECTED = "rejected"
    LOCKED = "locked"
    PAID = "paid"


# Weeks with rejected lines may be corrected: a new line makes them a draft again.
CORRECTABLE = frozenset({TimesheetState.PARTLY_APPROVED, TimesheetState.REJECTED})


class RejectReason(StrEnum):
    """Why a line is not approved."""

    NO_WORK_FOUND = "no_work_found"
    WRONG_PROJECT = "wrong_project"
    TIME_NOT_PLAUSIBLE = "time_not_plausible"


REJECT_WORDS = {
    RejectReason.NO_WORK_FOUND: "No work was found for this time",
    RejectReason.WRONG_PROJECT: "This time belongs to another project",
    RejectReason.TIME_NOT_PLAUSIBLE: "The time does not fit what was done",
}


def local_time(moment: datetime, time_zone: str) -> datetime:
    """Return *moment* as clocks in *time_zone* show it; its fold is 1 for the second of two equal times."""
    return moment.astimezone(ZoneInfo(time_zone))


def monday_of(moment: datetime, time_zone: str) -> date:
    """Return the Monday of the ISO week that *moment* falls in, in *time_zone*."""
    day = moment.astimezone(ZoneInfo(time_zone)).date()
    return day - timedelta(days=day.weekday())


def week_bounds(monday: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return the aware first moment of the week and of the next one, in *time_zone* (DST included)."""
    zone = ZoneInfo(time_zone)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    following = monday + timedelta(days=7)
    return start, datetime(following.year, following.month, following.day, tzinfo=zone)


def minutes_between(starts_at: datetime, ends_at: datetime) -> int:
    """Return the whole minutes from *starts_at* to *ends_at*, rounded down."""
    return int((ends_at - starts_at).total_seconds() // 60)


def whole_minute(moment: datetime) -> datetime:
    """Return *moment* in UTC without its seconds: hours begin and end on whole minutes."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def local_moment(day: date, clock_time: time, time_zone: str, second: bool | None, field: str) -> datetime:
    """Return the moment, in UTC, when clocks in *time_zone* show *clock_time* on *day*.

    *second* chooses where clocks show it twice.  Raises Refused for a time that the change to summer time leaves out,
    and for one that occurs twice while *second* is None; the field is then *field* with ``_occurrence`` behind it.
    """
    shown = f"{clock_time:%H:%M} on {day:%d %b %Y}"
    found = _readings(day, clock_time, time_zone)
    if not found:
        raise Refused(
            say("There was no %(shown)s in %(time_zone)s: the clocks went forward.", shown=shown, time_zone=time_zone),
            field=field,
        )
    if len(found) == 2 and second is None:
        twice = f"{shown} occurred twice in {time_zone}, as the clocks went back: choose which one."
        raise Refused(twice, field=f"{field}_occurrence")
    return found[-1] if second else found[0]


def _readings(day: date, clock_time: time, time_zone: str) -> list[datetime]:
    """Return the moments when clocks show that: none, one or two."""
    local = datetime.combine(day, clock_time, ZoneInfo(time_zone))
    first, later = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > later:
        return []
    return [first] if first == later else [first, later]


def local_span(
    day: date, start: time, end: time, time_zone: str, *, start_second: bool | None, end_second: bool | None
) -> tuple[datetime, datetime]:
    """Return the moments, in UTC, from *start* on *day* to *end*; an end not after the start is on the next day.

    Raises Refused as local_moment does, and when both are the same.
    """
    starts_at = local_moment(day, start, time_zone, start_second, "start")
    twice = len(_readings(day, end, time_zone)) == 2
    if start == end and not twice:
        raise Refused(say("The end has to differ from the start."), field="end")
    if end > start or twice:
        ends_at = local_moment(day, end, time_zone, end_second, "end")
        if ends_at > starts_at:
            return starts_at, ends_at
    return starts_at, local_moment(day + timedelta(days=1), end, time_zone, end_second, "end")


def refuse_span(starts_at: datetime, ends_at: datetime, now: datetime) -> str | None:
    """Return why nobody can have worked from *starts_at* to *ends_at*, or None when they can."""
    minutes = minutes_between(starts_at, ends_at)
    if minutes < 1:
        return "The end has to be at least a minute after the start."
    if minutes > MAX_ENTRY_MINUTES:
        return f"That would be {minutes // 60}:{minutes % 60:02d} hours in one go; an entry holds at most 16 hours."
    if ends_at > now:
        return "Hours can only be logged once they are worked: the end lies in the future."
    return None


def split_by_week(starts_at: datetime, ends_at: datetime, time_zone: str) -> list[tuple[date, datetime, datetime]]:
    """Return the Monday, start and end (UTC) of the part in each week; Monday 00:00 in *time_zone* is the border."""
    parts = []
    while starts_at < ends_at:
        monday = monday_of(starts_at, time_zone)
        until = min(ends_at, week_bounds(monday, time_zone)[1].astimezone(UTC))
        parts.append((monday, starts_at, until))
        starts_at = until
    return parts


def split_at(starts_at: datetime, ends_at: datetime, cuts: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the parts of the span between those *cuts* that lie inside it, each on a whole minute."""
    inside = sorted({cut for cut in map(whole_minute, cuts) if starts_at < cut < ends_at})
    return list(pairwise([starts_at, *inside, ends_at]))


def minutes_by_day(spans: Iterable[tuple[datetime, datetime]], monday: date, time_zone: str) -> list[int]:
    """Return the minutes on each of the seven days from *monday*, midnight in *time_zone* being the border."""
    days = [monday + timedelta(days=number) for number in range(8)]
    borders = [datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC) for day in days]
    kept = list(spans)
    return [
        sum(max(0, minutes_between(max(start, left), min(end, right))) for start, end in kept)
        for left, right in pairwise(borders)
    ]


def remind_at(since: datetime, due: datetime) -> datetime:
    """Return when managers are reminded of a week handed in at *since*: two days before *due*, or half-way to it."""
    return due - min(timedelta(days=2), (due - since) / 2)


def minutes_that_fit(free_minor: int, rate_minor: int) -> int:
    """Return how many minutes at *rate_minor* an hour earn no more than *free_minor*, rounded as earnings are."""
    # round-half-up(rate × minutes / 60) ≤ free  ⇔  rate × minutes × 2 + 60 < (free + 1) × 120
    return max(0, ((max(free_minor, 0) + 1) * 120 - 61) // (rate_minor * 2))


def levels_reached(budget_minor: int, before_minor: int, after_minor: int) -> list[int]:
    """Return which of the told levels, in percent of the budget, were reached in going from one sum to the other."""
    return [level for level in LEVELS if before_minor * 100 < budget_minor * level <= after_minor * 100]


def decided_state(states: Iterable[EntryState]) -> TimesheetState:
    """Return the state of a handed-in week from those of its lines: submitted until each one is decided."""
    found = {EntryState.REJECTED if state is EntryState.DISPUTED else state for state in states}
    if not found or found & {EntryState.RECORDED, EntryState.SUBMITTED}:
        return TimesheetState.SUBMITTED
    if found == {EntryState.APPROVED}:
        return TimesheetState.APPROVED
    return TimesheetState.REJECTED if found == {EntryState.REJECTED} else TimesheetState.PARTLY_APPROVED
