"""The writes of inviting: invitations and what becomes of them.

Accepting takes a seat and so lives in the feature above, work.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import happened
from marketplace.formats import moment_text
from marketplace.invitations import queries
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import (
    AWAITING,
    DECLINE_WORDS,
    LIVE,
    OPEN,
    TAKE_BACK_WITHIN,
    WARNED_BEFORE,
    DeclineReason,
    InvitationState,
    is_late,
    refuse_answer,
    refuse_invite,
    refuse_reopen,
    warning_due,
)
from marketplace.matches import facts
from marketplace.matches.models import Match
from marketplace.matches.queries import chosen_matches
from marketplace.money import written
from marketplace.notices import Kind, Letter, notify
from marketplace.organisations.telling import tell_managers
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.shortlists.queries import not_chosen_ids
from marketplace.tasks import ring
from marketplace.words import say
from matching.eligibility import judge, passes
from matching.rates import RateOffer

LOOK_AGAIN = "The requirements have changed since this list was made. Look at the new list before you invite."
NOT_CHOSEN = "is marked as not chosen for this project: take the mark away first"
WAIT_FOR_PROJECT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Somebody of a ranking who got no invitation, and why."""

    match: Match
    reason: str

    @property
    def in_words(self) -> str:
        """Who and why, in a sentence."""
        return f"{self.match.profile.pseudonym} {self.reason}."


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of inviting several people: the invitations, and why others got none."""

    made: list[Invitation] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)

    @property
    def skipped(self) -> list[str]:
        """Who got none and why, in words."""
        return [one.in_words for one in self.passed_over]


def invite(project: Project, match_ids: Collection[int], by: Account) -> Invited:
    """Invite the people of some matches, as *by* confirms; those who cannot be invited are named with the reason.

    Raises Refused when the project is not active, its requirements have changed, or nobody is left to invite.
    """
    lock_to_invite(project)
    matches = chosen_matches(project, match_ids)
    if any(run.version_id != project.requirements.id for _, run in matches):
        raise Refused(LOOK_AGAIN)
    result = invite_each(project, [match for match, _ in matches], by)
    if not result.made:
        raise Refused(" ".join(result.skipped), field="match_ids")
    return result


def offer_seat(project: Project, match: Match, by: Account) -> Invitation:
    """Invite one person who has asked for it, though a gate may not pass: whoever calls has looked at that.

    Raises Refused when the project is not active, somebody is invited already, or the band gives less than they ask.
    """
    if refusal := refuse_invite(project.state):
        raise Refused(refusal)
    who = match.profile.pseudonym
    if queries.live_profile_ids(project, [match.profile_id], LIVE):
        raise Refused(say("%(who)s was invited already.", who=who))
    if not_chosen_ids(project.id, [match.profile_id]):
        raise Refused(f"{who} {NOT_CHOSEN}.")
    offered = facts.offer_to(match.profile, project)
    if offered is None:
        raise Refused(say("%(who)s asks for more than the rate band gives.", who=who))
    return _invite_one(project, match, offered, by, None)


def lock_to_invite(project: Project) -> None:
    """Let nobody else invite or join meanwhile; raises Refused when the project is not active."""
    db.session.get_one(Project, project.id, with_for_update=True, populate_existing=True)
    if refusal := refuse_invite(project.state):
        raise Refused(refusal)


def invite_each(
    project: Project, matches: Sequence[Match], by: Account, *, answer_until: datetime | None = None
) -> Invited:
    """Invite the people of *matches* by today's facts, the project's row being locked.

    *answer_until*: when their time to answer is over, else that of the project.
    """
    profile_ids = [match.profile_id for match in matches]
    people = {profile.id: profile for profile, _ in facts.considered(profile_ids)}
    taken = queries.live_profile_ids(project, profile_ids, LIVE)
    left_out = not_chosen_ids(project.id, profile_ids)
    result = Invited()
    for match in matches:
        profile = people.get(match.profile_id)
        outcome = NOT_CHOSEN if match.profile_id in left_out else _offer_or_reason(profile, match, project, taken)
        if isinstance(outcome, str):
            result.passed_over.append(PassedOver(match, outcome))
        else:
            result.made.append(_invite_one(project, match, outcome, by, answer_until))
            taken.add(match.profile_id)
    return result


def _offer_or_reason(
    profile: AnnotatorProfile | None, match: Match, project: Project, taken: set[int]
) -> RateOffer | str:
    """Return the rate to offer by today's facts, or why this person is not invited."""
    if match.profile_id in taken:
        return "was invited already"
    if profile is None:
        return "is not available any more"
    if not passes(judge(facts.gates_of(project), facts.candidate_of(profile))):
        return "has changed the profile and no longer passes every gate"
    return facts.offer_to(profile, project) or "asks for more than the rate band gives"


def _invite_one(
    project: Project, match: Match, offered: RateOffer, by: Account, answer_until: datetime | None
) -> Invitation:
    now = clock.now()
    invitation = Invitation(
        project_id=project.id,
        profile_id=match.profile_id,
        match_id=match.id,
        offered_rate_minor=offered.rate_minor,
        currency=project.currency,
        rate_breakdown=[asdict(line) for line in offered.lines],
        confirmed_by=by.id,
        made_at=now,
        expires_at=answer_until or now + timedelta(hours=project.invitation_hours),
    )
    db.session.add(invitation)
    db.session.flush()
    ring("invitation.made", invitation.id)
    ring_for_end(invitation)
    audit.record(
        "invitation.made", "invitation", invitation.id, actor_id=by.id, match=match.id, rate=offered.rate_minor
    )
    return invitation


def send_invitation(invitation_id: int) -> None:
    """Mail an invitation that is still open; while its project is paused it waits."""
    invitation = _locked(invitation_id)
    if invitation.sent_at is not None or invitation.state not in OPEN:
        return
    now = clock.now()
    if invitation.project.state is not ProjectState.ACTIVE:
        if invitation.expires_at > now:
            ring("invitation.made", invitation_id, due_at=now + WAIT_FOR_PROJECT)
        return
    invitation.sent_at = now
    if invitation.state is InvitationState.QUEUED:
        invitation.state = InvitationState.SENT
    tell("sent", invitation)
    project = invitation.project
    subject = f"Fairmatch: you are invited to “{project.title}”"
    notify_invited(
        invitation,
        "invitation.received",
        f"{project.organisation.name} invites you to “{project.title}”",
        why=f"{written(invitation.offered_rate_minor, invitation.currency)} an hour. {_until(invitation)}",
        letter=Letter("invitation", subject, {"invitation": invitation}),
    )


def open_invitation(invitation: Invitation) -> bool:
    """Note that the person invited has seen it, once; return whether that was new."""
    if invitation.state not in {InvitationState.QUEUED, InvitationState.SENT}:
        return False
    _locked(invitation.id)
    if invitation.state not in {InvitationState.QUEUED, InvitationState.SENT}:
        return False
    if is_late(invitation.state, invitation.expires_at, clock.now()):
        return False
    invitation.state, invitation.opened_at = InvitationState.OPENED, clock.now()
    return True


def decline_invitation(invitation: Invitation, reason: DeclineReason, note: str, by: Account) -> None:
    """Say no, with a reason; raises Refused when it was answered before or is over.

    It is told when it can no longer be taken back.
    """
    _locked(invitation.id)
    now = clock.now()
    if refusal := refuse_answer(invitation.state, invitation.expires_at, now):
        raise Refused(refusal)
    _let_next_one_in(invitation)
    invitation.state, invitation.answered_at = InvitationState.DECLINED, now
    invitation.decline_reason, invitation.decline_note = reason.value, note
    audit.record("invitation.declined", "invitation", invitation.id, actor_id=by.id, reason=reason.value)
    ring("invitation.settled", invitation.id, due_at=now + TAKE_BACK_WITHIN)


def reopen_invitation(invitation: Invitation, by: Account) -> None:
    """Take a no back; the invitation is open again, until when it was.

    Raises Refused when that is too late, the project is over, or the person was invited anew meanwhile.
    """
    project = db.session.get_one(Project, invitation.project_id, with_for_update=True, populate_existing=True)
    _locked(invitation.id)
    now = clock.now()
    if refusal := refuse_reopen(invitation.state, invitation.answered_at, invitation.expires_at, project.state, now):
        raise Refused(refusal)
    if invitation.decline_told_at is not None:
        raise Refused(say("Your answer has been told to the client already and stays."))
    if queries.live_profile_ids(project, [invitation.profile_id], LIVE):
        raise Refused(say("You have been invited to this project anew. Answer that invitation instead."))
    reason = invitation.decline_reason
    invitation.state, invitation.answered_at = InvitationState.OPENED, None
    invitation.opened_at = invitation.opened_at or now
    invitation.decline_reason, invitation.decline_note = None, ""
    ring_for_end(invitation)
    audit.record("invitation.reopened", "invitation", invitation.id, actor_id=by.id, reason=reason)


def tell_decline(invitation_id: int) -> None:
    """Tell of a no that can no longer be taken back, once."""
    invitation = _locked(invitation_id)
    if invitation.state is not InvitationState.DECLINED or invitation.decline_told_at is not None:
        return
    now = clock.now()
    if invitation.answered_at is None or now < invitation.answered_at + TAKE_BACK_WITHIN:
        return  # said anew after it was taken back: that no has a task of its own
    invitation.decline_told_at = now
    tell("declined", invitation, reason=invitation.decline_reason or "")


def withdraw_invitation(invitation: Invitation, by: Account | None) -> None:
    """Take an open invitation back and tell the person; raises Refused when it was answered or is over."""
    _locked(invitation.id)
    if invitation.state not in OPEN:
        raise Refused(say("This invitation is %(state)s and can no longer be withdrawn.", state=invitation.state))
    _let_next_one_in(invitation)
    invitation.state = InvitationState.WITHDRAWN
    audit.record("invitation.withdrawn", "invitation", invitation.id, actor_id=by.id if by else None)
    tell("withdrawn", invitation)
    ring("invitation.settled", invitation.id)
    if invitation.sent_at is not None:
        subject = f"Fairmatch: the invitation to “{invitation.project.title}” was withdrawn"
        notify_invited(
            invitation,
            "invitation.withdrawn",
            f"The invitation to “{invitation.project.title}” was withdrawn",
            why="This says nothing about you: seats fill, and plans change.",
            letter=Letter("invitation_withdrawn", subject, {"invitation": invitation}),
        )


def expire_invitation(invitation_id: int) -> None:
    """End an invitation that nobody answered in time."""
    invitation = _locked(invitation_id)
    if invitation.state not in AWAITING:
        return
    if invitation.expires_at > clock.now():  # a seat was offered anew, or the worker's clock is ahead of this one
        ring("invitation.expiring", invitation_id, due_at=invitation.expires_at)
        return
    if invitation.sent_at is not None:
        notify_invited(
            invitation,
            "invitation.expired",
            f"The invitation to “{invitation.project.title}” has ended",
            why="It was not answered in time. That does not count against you.",
        )
    _let_next_one_in(invitation)
    invitation.state = InvitationState.EXPIRED
    audit.record("invitation.expired", "invitation", invitation_id, actor_id=None)
    tell("expired", invitation)
    ring("invitation.settled", invitation_id)


def warn_of_end(invitation_id: int) -> None:
    """Tell whoever has not answered an invitation that its time is nearly over."""
    invitation = _locked(invitation_id)
    if invitation.state not in AWAITING or invitation.sent_at is None:
        return
    if not timedelta(0) < invitation.expires_at - clock.now() <= WARNED_BEFORE:
        return  # it is over, or a seat was offered anew for longer
    notify_invited(
        invitation,
        "invitation.ending",
        f"Your invitation to “{invitation.project.title}” ends soon",
        why=_until(invitation),
        turn=invitation.expires_at.isoformat(),
    )


def ring_for_end(invitation: Invitation) -> None:
    """Promise that the end of an invitation, and a warning before it, come in time."""
    ring("invitation.expiring", invitation.id, due_at=invitation.expires_at)
    ring("invitation.ending", invitation.id, due_at=warning_due(invitation.expires_at, clock.now()))


def notify_invited(
    invitation: Invitation, news: str, title: str, *, why: str, letter: Letter | None = None, turn: str = ""
) -> None:
    """Tell the person invited; *turn* tells apart what may happen to one invitation more than once."""
    thing, url = f"invitation:{invitation.id}", f"/invitations/{invitation.id}"
    to = invitation.profile.account
    notify(to, Kind.INVITATIONS, news, f"{thing}:{turn}" if turn else thing, title, url, why=why, letter=letter)


def _until(invitation: Invitation) -> str:
    zone = invitation.profile.time_zone or "UTC"
    named = "" if zone == "UTC" else f" ({zone})"
    return f"It is open until {moment_text(invitation.expires_at, zone)}{named}."


ANSWERED = {
    "accepted": "{who} has joined “{title}”",
    "waitlisted": "{who} waits for a seat on “{title}”",
    "declined": "{who} declined “{title}”",
    "expired": "{who} did not answer the invitation to “{title}” in time",
}


def _tell_managers(what: str, invitation: Invitation, reason: str) -> None:
    """Tell the managers what was answered, by pseudonym and without words of the person's own."""
    profile, project = invitation.profile, invitation.project
    page = "team" if what == "accepted" else "invitations"
    why = DECLINE_WORDS[DeclineReason(reason)] + "." if reason else ""
    tell_managers(
        project.organisation_id,
        Kind.ANSWERS,
        f"invitation.{what}",
        f"invitation:{invitation.id}",
        ANSWERED[what].format(who=profile.pseudonym, title=project.title),
        f"/projects/{project.id}/{page}",
        why=why,
    )


def tell(what: str, invitation: Invitation, **more: str) -> None:
    """Tell whoever listens to the organisation, and its managers, what became of an invitation, by pseudonym."""
    if what in ANSWERED:
        _tell_managers(what, invitation, more.get("reason", ""))
    happened(
        f"invitation.{what}",
        invitation.project.organisation_id,
        invitation_id=invitation.id,
        project_id=invitation.project_id,
        annotator=invitation.profile.pseudonym,
        **more,
    )


def _let_next_one_in(invitation: Invitation) -> None:
    """Ring for the waitlist when this invitation held a seat that had become free."""
    if invitation.state is InvitationState.OPENED and invitation.answered_at is not None:
        ring("seat.freed", invitation.project_id)


def _locked(invitation_id: int) -> Invitation:
    return db.session.get_one(Invitation, invitation_id, with_for_update=True, populate_existing=True)
