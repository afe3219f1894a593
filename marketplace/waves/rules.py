"""The words, limits and sums of inviting in waves: what is believed of the next answer, and how many it is safe to ask.

Nothing here knows the database: the same sums serve the waves, the forecast and the trials of both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import exp, fsum, lgamma

from marketplace.projects.rules import CLOSED, ProjectState

MAX_WAVE = 200
MAX_BOUND_PERCENT = 50
MAX_RANK = 10_000
MAX_OPEN_INVITATIONS = 20
MAX_DAYS_AHEAD = 365
# Of an organisation's ended invitations so many of the newest count.
HISTORY = 200
# Nobody is invited who would have less time than this to answer before the deadline.
LEAST_TIME_TO_ANSWER = timedelta(hours=1)


class PlanState(StrEnum):
    """running → filled / stopped(reason) / finished(reason)."""

    RUNNING = "running"
    FILLED = "filled"
    STOPPED = "stopped"
    FINISHED = "finished"


class EndReason(StrEnum):
    """Why waves end: what a plan's state cannot tell alone."""

    SEATS_FILLED = "seats_filled"
    DEADLINE = "deadline"
    NOBODY_LEFT = "nobody_left"
    BY_MANAGER = "by_manager"
    PROJECT_CLOSED = "project_closed"
    CONFIRMER_LEFT = "confirmer_left"


END_WORDS = {
    EndReason.SEATS_FILLED: "All seats are filled.",
    EndReason.DEADLINE: "The deadline has come.",
    EndReason.NOBODY_LEFT: "Nobody is left whom the rule may invite.",
    EndReason.BY_MANAGER: "A manager stopped it.",
    EndReason.PROJECT_CLOSED: "The project is over.",
    EndReason.CONFIRMER_LEFT: "Whoever confirmed the rule no longer manages this project.",
}
ENDS_AS = {
    EndReason.SEATS_FILLED: PlanState.FILLED,
    EndReason.DEADLINE: PlanState.FINISHED,
    EndReason.NOBODY_LEFT: PlanState.FINISHED,
    EndReason.BY_MANAGER: PlanState.STOPPED,
    EndReason.PROJECT_CLOSED: PlanState.STOPPED,
    EndReason.CONFIRMER_LEFT: PlanState.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of the chance that an invitation is accepted: a Beta distribution, both numbers above 0."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The chance expected for one invitation."""
        return self.alpha / (self.alpha + self.beta)


# Before any answer: two in five say yes, weighing as much as five answers.  So little that twenty of an organisation's
# own outweigh it, and so wide (nine tenths of it lie between 10 and 75 %) that the first waves are careful.
PRIOR = Belief(2.0, 3.0)


def belief_after(accepted: int, ended: int, prior: Belief = PRIOR) -> Belief:
    """Return what is believed when *accepted* of *ended* invitations were.

    Source: the Beta distribution is conjugate to yes and no; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4.
    """
    return Belief(prior.alpha + accepted, prior.beta + ended - accepted)


def chance_of_more_than(seats: int, invited: int, belief: Belief) -> float:
    """Return the chance that more than *seats* of *invited* people accept, who share one unknown rate.

    The Beta-binomial distribution, summed exactly: C(n, k) B(k + α, n - k + β) / B(α, β) over k > *seats*.
    *seats* below 0 give 1.  Source: Gelman et al., Bayesian Data Analysis, 3rd ed., appendix A.
    """
    return 1.0 if seats < 0 else _upper_tail(seats, invited, belief.alpha, belief.beta)


@lru_cache(maxsize=65_536)
def _upper_tail(seats: int, invited: int, alpha: float, beta: float) -> float:
    whole = _log_beta(alpha, beta)
    terms = (
        exp(_log_choose(invited, count) + _log_beta(count + alpha, invited - count + beta) - whole)
        for count in range(seats + 1, invited + 1)
    )
    return min(fsum(terms), 1.0)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


@dataclass(frozen=True, slots=True)
class WaveSize:
    """How many to invite now, and the chance of too many yeses without and with them."""

    people: int
    risk_before: float
    risk_after: float

    @property
    def added(self) -> float:
        """What these people add to the chance; this is booked against the promised bound."""
        return max(self.risk_after - self.risk_before, 0.0)


def spendable(bound: float, booked: float) -> float:
    """Return what the next wave may add to the chance of too many yeses: half of what is left of the bound.

    No sequence of waves can then book more than *bound*, and what is booked bounds the whole chance, however many waves
    follow each other: between two waves the chance of too many yeses, given all answers so far, is a martingale
    (Williams, Probability with Martingales, 10.3), so in the end its mean is the sum of its jumps at the waves.
    """
    return max(bound - booked, 0.0) / 2


def wave_size(room: int, outstanding: int, belief: Belief, *, bound: float, booked: float) -> WaveSize:
    """Return the largest wave with which the chance that more than *room* people accept keeps the promise.

    It adds at most `spendable` of *bound* and *booked*, and stays within *bound* itself: a chance that is high already
    grows by little for each further person, and where it was taken for higher than it is that would be no restraint.
    *room*: seats that nobody has taken or been promised.  *outstanding*: invitations without an answer; each counts in
    full however long it has been silent, which errs on the safe side, for who has been silent long rarely accepts.
    People for whom a seat is there in any case add nothing, so that with nothing outstanding there is at least one.
    """
    if room <= 0:
        return WaveSize(0, 0.0, 0.0)
    before = chance_of_more_than(room, outstanding, belief)
    most_chance = min(before + spendable(bound, booked), bound)

    def fits(people: int) -> bool:
        return chance_of_more_than(room, outstanding + people, belief) <= most_chance

    least, most = min(max(room - outstanding, 0), MAX_WAVE), MAX_WAVE
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return WaveSize(least, before, chance_of_more_than(room, outstanding + least, belief))


def ending_of(
    *, project: ProjectState, confirmer_stays: bool, seats_left: int, deadline: datetime, now: datetime
) -> EndReason | None:
    """Return why waves end now, or None while they go on."""
    if seats_left <= 0:
        return EndReason.SEATS_FILLED
    if project in CLOSED:
        return EndReason.PROJECT_CLOSED
    if not confirmer_stays:
        return EndReason.CONFIRMER_LEFT
    return EndReason.DEADLINE if now >= deadline else None


def refuse_plan(
    *, project: ProjectState, seats: int, free_seats: int, deadline: datetime, now: datetime
) -> tuple[str, str] | None:
    """Return the field and why waves cannot begin, or None when they can."""
    if project is not ProjectState.ACTIVE:
        return "", f"A {project} project cannot invite anybody; it has to be active."
    if free_seats < 1:
        return "seats", "Every seat is taken or promised. Add seats to the project first."
    if seats > free_seats:
        return "seats", f"Only {free_seats} {'seat is' if free_seats == 1 else 'seats are'} free."
    if deadline < now + 2 * LEAST_TIME_TO_ANSWER:
        return "deadline", "Choose a deadline at least two hours from now, so that people can answer."
    if deadline > now + timedelta(days=MAX_DAYS_AHEAD):
        return "deadline", "Choose a deadline within a year."
    return None


def answer_until(now: datetime, hours: int, deadline: datetime) -> datetime:
    """Return until when somebody invited *now* may answer: never beyond the deadline."""
    return min(now + timedelta(hours=hours), deadline)
