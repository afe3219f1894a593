"""The sums of the funnel over time, and the words of the forecast.  Knows no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

# A curve of more days than this is drawn by weeks.
MOST_DAYS = 60
FUTURES = 400


class Stage(StrEnum):
    """The steps of the funnel that a person takes one after the other, once invited."""

    INVITED = "invited"
    OPENED = "opened"
    ACCEPTED = "accepted"
    ACTIVE = "active"


class Basis(StrEnum):
    """What a forecast rests on."""

    FILLED = "filled"
    WAVES = "waves"
    OPEN_INVITATIONS = "open_invitations"


@dataclass(frozen=True, slots=True)
class Step:
    """That one person came to a stage, or with *by* -1 left it, at a moment."""

    stage: Stage
    at: datetime
    by: int = 1


@dataclass(frozen=True, slots=True)
class FunnelDay:
    """How many people stood at each stage, or had passed it, at the end of a day (UTC)."""

    day: date
    invited: int
    opened: int
    accepted: int
    active: int


def days_between(first: date, last: date) -> list[date]:
    """Return the days from *first* to *last*, or of many every seventh, counted so that *last* is among them."""
    count = (last - first).days
    every = 1 if count < MOST_DAYS else 7
    return [last - timedelta(days=back) for back in range(count - count % every, -1, -every)]


def funnel_over_time(steps: Iterable[Step], today: date) -> list[FunnelDay]:
    """Return the stages at the end of each day, from that of the first step until *today*; no steps give none."""
    ordered = sorted(steps, key=lambda step: step.at)
    counts, at, found = dict.fromkeys(Stage, 0), 0, []
    for day in days_between(ordered[0].at.date(), today) if ordered else []:
        while at < len(ordered) and ordered[at].at.date() <= day:
            counts[ordered[at].stage] += ordered[at].by
            at += 1
        found.append(FunnelDay(day, *(counts[stage] for stage in Stage)))
    return found


def counted_reasons(counts: Mapping[str, int], words: Mapping[str, str]) -> Sequence[tuple[str, str, int]]:
    """Return (reason, its words, how often) for every reason, the most frequent first."""
    rows = [(str(reason), text, counts.get(reason, 0)) for reason, text in words.items()]
    return sorted(rows, key=lambda row: -row[2])
