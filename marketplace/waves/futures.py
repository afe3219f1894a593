"""What may come of a rule: answers drawn as they are believed to come, wave after wave, by one seeded chance.

The forecast shows it, and the trials of the promised bound are made of it.  Knows no database.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from marketplace.waves.rules import Belief, belief_after, wave_size

# With fewer times seen than this, answers are drawn evenly over the time there is to answer.
FEWEST_TIMES = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a future begins with.

    *room*: seats to fill.  *open_hours*: for each invitation that is out, how long it has been.  *people*: how many may
    still be invited.  *bound*: what the rule promises; *booked*: what of it is used up.  *hours*: the time to answer.
    *yes_hours*: how long people took to accept.  *declining*: the share of those who do not accept that say so.
    *one_by_one*: invite the next only when nobody's answer is awaited.  *learns*: take the answers into the belief.
    *until_hours*: when the rule ends, counted from now.
    """

    room: int
    belief: Belief
    people: int
    bound: float
    hours: float
    booked: float = 0.0
    open_hours: Sequence[float] = ()
    yes_hours: Sequence[float] = ()
    declining: float = 0.5
    one_by_one: bool = False
    learns: bool = False
    until_hours: float = float("inf")


@dataclass(slots=True)
class Future:
    """One course of things.  *filled_after*: hours until the last seat was taken, None when it never was."""

    filled_after: float | None = None
    accepted: int = 0
    invited: int = 0
    waves: int = 0
    _answers: list[tuple[float, float, bool]] = field(default_factory=list)


def futures(outlook: Outlook, count: int, seed: int, *, rate: float | None = None) -> list[Future]:
    """Return *count* futures, the same for the same *seed*; *rate*: the true rate, else drawn from the belief anew."""
    chance = np.random.default_rng(seed)
    belief = outlook.belief
    rates = chance.beta(belief.alpha, belief.beta, size=count) if rate is None else np.full(count, rate)
    return [_future(outlook, float(one), chance) for one in rates]


def _future(outlook: Outlook, rate: float, chance: np.random.Generator) -> Future:
    found, booked, belief = Future(), outlook.booked, outlook.belief
    for age in outlook.open_hours:
        _ask(found, outlook, rate, chance, begun=-age)
    now, ended = 0.0, 0
    while True:
        room = outlook.room - found.accepted
        left = outlook.people - found.invited
        if room > 0 and left > 0 and now < outlook.until_hours:
            seen = belief_after(found.accepted, ended, belief) if outlook.learns else belief
            people, added = _wave(outlook, room, len(found._answers), seen, booked)
            for _ in range(min(people, left)):
                _ask(found, outlook, rate, chance, begun=now)
            found.invited += min(people, left)
            found.waves += people > 0
            booked += added
        if not found._answers:
            return found
        now, _, yes = heapq.heappop(found._answers)
        ended += 1
        found.accepted += yes
        if found.accepted == outlook.room and yes:
            found.filled_after = now


def _wave(outlook: Outlook, room: int, outstanding: int, belief: Belief, booked: float) -> tuple[int, float]:
    if outlook.one_by_one:
        return int(outstanding == 0), 0.0
    size = wave_size(room, outstanding, belief, bound=outlook.bound, booked=booked)
    return size.people, size.added if size.people else 0.0


def _ask(found: Future, outlook: Outlook, rate: float, chance: np.random.Generator, *, begun: float) -> None:
    """Draw one person's answer and when it comes; of somebody who has been silent only what is still possible."""
    age = max(-begun, 0.0)
    yes = bool(chance.random() < rate)
    speaks = yes or bool(chance.random() < outlook.declining)
    after = _time_to_answer(outlook, chance) if speaks else outlook.hours
    if after <= age:  # they would have said so by now: who has not is taken for somebody who will not
        yes, after = False, outlook.hours
    # Of answers at the same moment chance says which comes first: were it always the noes, waves would know too much.
    heapq.heappush(found._answers, (max(begun + min(after, outlook.hours), 0.0), chance.random(), yes))


def _time_to_answer(outlook: Outlook, chance: np.random.Generator) -> float:
    if len(outlook.yes_hours) < FEWEST_TIMES:
        return float(chance.random() * outlook.hours)
    return float(outlook.yes_hours[int(chance.integers(len(outlook.yes_hours)))])


def quantile(found: Sequence[Future], share: float) -> float | None:
    """Return after how many hours *share* of the futures are filled, or None when fewer than that ever are."""
    hours = sorted(one.filled_after for one in found if one.filled_after is not None)
    place = int(np.ceil(share * len(found))) - 1
    return hours[place] if 0 <= place < len(hours) else None
