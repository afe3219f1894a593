"""When a budget will be used up, at the pace of the last weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_LOOKED_AT, LEAST_WEEKS = 4, 2
WEEK = timedelta(days=7)
# Further away than this a date would be a guess about another time.
LONGEST_DAYS = 5 * 365


@dataclass(frozen=True, slots=True)
class Pace:
    """What a week costs and when the budget is used up at that; *why_none* says why there is no date."""

    weekly_minor: int
    weeks: int
    used_up_on: date | None
    why_none: str = ""


def pace_of(free_minor: int | None, cost_by_week: Mapping[date, int], today: date) -> Pace:
    """Return the pace of the last whole weeks and when *free_minor* is used up at it.

    *free_minor*: None where the project has no budget.  *cost_by_week*: minor units by the Monday of the week.
    """
    monday = today - timedelta(days=today.weekday())
    begun = min(cost_by_week, default=monday)
    looked_at = [monday - number * WEEK for number in range(1, WEEKS_LOOKED_AT + 1) if monday - number * WEEK >= begun]
    weekly = sum(cost_by_week.get(week, 0) for week in looked_at) // max(len(looked_at), 1)
    if free_minor is None:
        return Pace(weekly, len(looked_at), None, "The project has no budget.")
    if free_minor <= 0:
        return Pace(weekly, len(looked_at), None, "The budget is used up.")
    if len(looked_at) < LEAST_WEEKS:
        return Pace(weekly, len(looked_at), None, "No forecast yet: it needs two whole weeks since the first hours.")
    if weekly <= 0:
        return Pace(weekly, len(looked_at), None, "No forecast: nobody has logged hours in the last whole weeks.")
    days = -(-free_minor * 7 // weekly)
    if days > LONGEST_DAYS:
        return Pace(weekly, len(looked_at), None, "No forecast: at this pace the budget lasts more than five years.")
    return Pace(weekly, len(looked_at), today + timedelta(days=days))
