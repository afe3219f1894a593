"""The writes of applications: apply, withdraw, and the manager's answer; an acceptance is an invitation."""

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account
from marketplace.applications import queries, rules
from marketplace.applications.models import Application
from marketplace.applications.rules import DECLINE_WORDS, ApplicationDecline, ApplicationState, Standing
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.events import happened
from marketplace.invitations.actions import offer_seat
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import LIVE, refuse_invite
from marketplace.matches import facts
from marketplace.matches.actions import match_for
from marketplace.projects.models import Project
from marketplace.projects.queries import find_completer
from marketplace.words import say
from matching.eligibility import judge, passes


def apply(project_id: int, note: str, by: Account) -> Application:
    """Ask to join an open project; what its gates say now is kept with it.  A missed gate does not keep anybody out.

    Raises Missing when the project is not open, and Refused when the profile is not ready or the person is on it.
    """
    project = queries.get_open_project(project_id)
    profile = queries.find_locked_profile(by)
    for _, refusal in queries.not_ready(by, profile):
        raise Refused(refusal)
    if profile is None:
        raise Missing
    standing = queries.standings(profile, [project_id]).get(project_id, Standing.NONE)
    if standing is not Standing.NONE:
        raise Refused(rules.STANDING_WORDS[standing])
    if queries.count_waiting(profile) >= rules.MAX_WAITING:
        raise Refused(
            say(
                "%(max_waiting)s of your applications wait for an answer: withdraw one of them first.",
                max_waiting=rules.MAX_WAITING,
            )
        )
    gates = queries.gates_today(project, profile)
    application = Application(
        project=project, profile=profile, version_id=project.requirements.id, note=note, gates=gates
    )
    db.session.add(application)
    db.session.flush()
    missed = [gate["words"] for gate in application.missed]
    audit.record("application.submitted", "application", application.id, actor_id=by.id, missed=missed)
    _happened("submitted", application)
    return application


def withdraw_application(application: Application, by: Account) -> None:
    """Take one's own application back; raises Refused when it was answered before."""
    _lock(application)
    application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, clock.now()
    audit.record("application.withdrawn", "application", application.id, actor_id=by.id)
    _happened("withdrawn", application)


def accept_application(application: Application, override: str, by: Account) -> Invitation:
    """Offer the applicant a seat, or leave it at the invitation that they hold by now; return it.

    *override*: why somebody is taken who by today's facts misses a gate.
    Raises Refused when it was answered, the project is not active, or the person cannot be invited.
    """
    project = db.session.get_one(Project, application.project_id, with_for_update=True, populate_existing=True)
    _lock(application)
    invitation = queries.find_live_invitation(application)
    if invitation is None:
        invitation = _offer(project, application, override, by)
    _accepted(application, invitation, override, by.id)
    return invitation


def _offer(project: Project, application: Application, override: str, by: Account) -> Invitation:
    who = application.profile.pseudonym
    if refusal := refuse_invite(project.state):
        raise Refused(refusal)
    if not facts.considered([application.profile_id]):
        raise Refused(say("%(who)s is not available any more.", who=who))
    judged = judge(facts.gates_of(project), facts.candidate_of(application.profile))
    if refusal := rules.refuse_missed(override, misses_gate=not passes(judged)):
        raise Refused(refusal, field="override_note")
    return offer_seat(project, match_for(project, application.profile_id, by), by)


def _accepted(application: Application, invitation: Invitation, override: str, by: int) -> None:
    application.state, application.invitation_id = ApplicationState.ACCEPTED, invitation.id
    application.decided_at, application.decided_by, application.override_note = clock.now(), by, override
    db.session.flush()
    missed = [gate["words"] for gate in application.missed]
    audit.record(
        "application.accepted",
        "application",
        application.id,
        actor_id=by,
        invitation=invitation.id,
        missed=missed,
        override=bool(override),
    )


def take_invited(invitation_id: int) -> None:
    """Note that whoever was invited from the matches had applied: to invite an applicant is to accept."""
    invitation = db.session.get_one(Invitation, invitation_id)
    application = queries.find_waiting(invitation.project_id, invitation.profile_id)
    if application and invitation.state in LIVE:
        _accepted(application, invitation, "", invitation.confirmed_by)


def decline_application(application: Application, reason: ApplicationDecline, note: str, by: Account) -> None:
    """Say no with a reason that holds, and tell the person; raises Refused when it was answered before."""
    _lock(application)
    if refusal := rules.refuse_reason(reason, note, misses_gate=bool(application.missed)):
        raise Refused(refusal[1], field=refusal[0])
    _declined(application, reason, note, by.id)


def close_applications(project_id: int) -> None:
    """Decline what waits for an answer when its project is completed, as whoever completed it has decided."""
    by = find_completer(project_id)
    for application_id in queries.waiting_ids(project_id) if by else ():
        application = db.session.get_one(Application, application_id, with_for_update=True, populate_existing=True)
        if by and application.state is ApplicationState.SUBMITTED:
            _declined(application, ApplicationDecline.PROJECT_OVER, "", by)


def _declined(application: Application, reason: ApplicationDecline, note: str, by: int) -> None:
    application.state, application.decline_reason = ApplicationState.DECLINED, reason.value
    application.decided_at, application.decided_by, application.decision_note = clock.now(), by, note
    missed = [gate["words"] for gate in application.missed]
    audit.record("application.declined", "application", application.id, actor_id=by, reason=reason.value, missed=missed)
    subject = " ".join(f"Fairmatch: about your application to “{application.project.title}”".split())
    mail.queue(
        application.profile.account.email,
        "application_declined",
        subject,
        application=application,
        reason=DECLINE_WORDS[reason],
    )


def _lock(application: Application) -> None:
    """Hold *application* until the commit; raises Refused when it was answered before."""
    db.session.get_one(Application, application.id, with_for_update=True, populate_existing=True)
    if refusal := rules.refuse_answer(application.state):
        raise Refused(refusal)


def _happened(what: str, application: Application) -> None:
    happened(
        f"application.{what}",
        application.project.organisation_id,
        application_id=application.id,
        project_id=application.project_id,
        annotator=application.profile.pseudonym,
    )
