"""Inviting from the top of the ranking: those who come next, and why some of them are passed over."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations.actions import Invited, PassedOver, invite_each, lock_to_invite
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import AWAITING, InvitationState
from marketplace.matches import actions as matching
from marketplace.matches import queries as match_queries
from marketplace.matches.models import Match, MatchRun
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.projects.models import Project
from marketplace.words import say

# Two plans of different projects that count somebody's open invitations at once would both find room.
COUNTING = 0x77617665
# Why nobody is asked a second time unless a manager chooses them by name.
ANSWERED_BEFORE = {
    InvitationState.DECLINED: "has declined this project before",
    InvitationState.EXPIRED: "did not answer the last invitation to this project",
    InvitationState.WITHDRAWN: "had an invitation to this project that was withdrawn",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go.  *most_rank*: the last rank to invite.  *most_open*: the most open invitations of one person.

    *answer_until*: when the time to answer is over; None: as the project says.
    """

    most_rank: int | None = None
    most_open: int | None = None
    answer_until: datetime | None = None


def invite_best(project: Project, count: int, by: Account) -> Invited:
    """Invite the best *count* people of the ranking who were not invited to this project before.

    Raises Refused when the project is not active, its wishes are still being read, or nobody is left.
    """
    lock_to_invite(project)
    _, result = invite_down(project, count, by, Limits())
    if not result.made:
        raise Refused(say("Nobody is left in the ranking whom you have not invited before."), field="count")
    return result


def invite_down(project: Project, count: int, by: Account, limits: Limits) -> tuple[MatchRun, Invited]:
    """Go down the newest ranking until *count* people are invited, the project's row being locked.

    Return the ranking, and whom it named: those invited and those passed over, best first.
    Raises Refused while the wishes are still being read.
    """
    if limits.most_open is not None:
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(COUNTING)))
    run = matching.make_match_run(project, by)
    last = min(run.scored, limits.most_rank or run.scored)
    result, after = Invited(), 0
    while len(result.made) < count and after < last:
        most = min(MATCHES_ON_A_PAGE, last - after)
        matching.ensure_worded(run, range(after + 1, after + most + 1))
        _invite_some(project, match_queries.ranked(run, after=after, most=most), count, by, limits, result)
        after += most
    return run, result


def _invite_some(
    project: Project, matches: list[Match], count: int, by: Account, limits: Limits, result: Invited
) -> None:
    """Add to *result* what comes of *matches*, best first, until *count* are invited."""
    reasons = _reasons(project, [match.profile_id for match in matches], limits)
    for match in matches:
        if len(result.made) >= count:
            return
        if reason := reasons.get(match.profile_id):
            result.passed_over.append(PassedOver(match, reason))
            continue
        one = invite_each(project, [match], by, answer_until=limits.answer_until)
        result.made.extend(one.made)
        result.passed_over.extend(one.passed_over)


def _reasons(project: Project, profile_ids: Collection[int], limits: Limits) -> dict[int, str]:
    """Return why some of the people are not asked by a rule, whatever their facts."""
    before = sa.select(Invitation.profile_id, Invitation.state).where(
        Invitation.project_id == project.id, Invitation.profile_id.in_(profile_ids)
    )
    found = {
        profile_id: ANSWERED_BEFORE.get(state, "was invited already")
        for profile_id, state in db.session.execute(before.order_by(Invitation.id))
    }
    if limits.most_open is None:
        return found
    held = _open_invitations(profile_ids)
    full = "holds as many open invitations as the rule allows"
    return {one: full for one in profile_ids if held[one] >= limits.most_open} | found


def _open_invitations(profile_ids: Collection[int]) -> Counter[int]:
    """Return how many invitations each of the people has yet to answer, whoever's they are."""
    statement = sa.select(Invitation.profile_id, sa.func.count()).where(
        Invitation.profile_id.in_(profile_ids), Invitation.state.in_(AWAITING), Invitation.expires_at > clock.now()
    )
    return Counter(dict(db.session.execute(statement.group_by("profile_id")).all()))
