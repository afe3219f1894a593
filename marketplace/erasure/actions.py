"""Erasing somebody: what is under way ends, every word of theirs goes in one transaction, files and mails after it."""

import secrets
from typing import Any

import sqlalchemy as sa

from marketplace import audit, clock, mail, storage
from marketplace.accounts import proving
from marketplace.accounts.models import Account, ApiToken, Membership, WebSession
from marketplace.accounts.rules import ERASED_NAME
from marketplace.applications.actions import withdraw_application
from marketplace.db import db
from marketplace.erasure import queries, rules
from marketplace.errors import Missing, Refused
from marketplace.events import Event
from marketplace.invitations.actions import withdraw_invitation
from marketplace.invitations.models import Invitation
from marketplace.notices import Notification, NotificationChoice
from marketplace.notifications.models import NotificationDigest
from marketplace.organisations.models import MemberInvitation
from marketplace.own_data.queries import find_profile_id
from marketplace.payees.actions import forget_methods
from marketplace.payouts.models import Payout
from marketplace.portfolios.models import Portfolio
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.shortlists.models import CandidateMark, CandidateNote
from marketplace.tasks import ring
from marketplace.timesheets.models import Timer
from marketplace.work.actions import end_engagement
from marketplace.work.rules import EndReason

WITHOUT_REASON = Event.facts.op("-")(sa.cast("reason", sa.Text))


def prove(account: Account, password: str, code: str, confirmation: str) -> None:
    """Refuse unless whoever asks typed the words, the password, and the code of the app where there is one."""
    if refusal := rules.refuse_confirmation(confirmation):
        raise Refused(refusal, field="confirmation")
    proving.prove(account, password, code)


def erase(account: Account) -> None:
    """Erase *account*: nobody signs in with it again, no word of theirs is left, books and trail keep a number.

    Raises Refused while money is not settled or the account has other roles; Missing when it was erased before.
    """
    profile = _locked(account)
    profile_id = profile.id if profile else 0
    if blocks := queries.blocks(account, profile_id):
        raise Refused(" ".join(block.words for block in blocks))
    address, nobodys = account.email, f"erased-{secrets.token_hex(16)}{mail.ERASED}"
    counts = _end_what_is_under_way(profile_id, account)
    if profile is not None:
        _empty_profile(profile)
        _empty_rows_of(profile)
    _forget_address(account, nobodys)
    _anonymise(account, nobodys)
    db.session.flush()
    # The only way to words in rows that are only ever added, for which the application has no right.
    db.session.execute(sa.select(sa.func.forget_words(account.id)))
    if profile is not None:
        forget_methods(profile_id)
    db.session.expire_all()
    mail.queue(address, "erased", "Fairmatch: you are erased", account_id=account.id)
    audit.record("account.erased", "account", account.id, actor_id=account.id, **counts)
    ring("account.erased", account.id)


def _locked(account: Account) -> AnnotatorProfile | None:
    """Hold the person, and before that the projects they have to do with, as whoever invites or accepts does."""
    profile_id = find_profile_id(account)
    db.session.execute(
        sa.select(Project.id)
        .where(Project.id.in_(queries.project_ids(profile_id)))
        .order_by(Project.id)
        .with_for_update()
    )
    db.session.get_one(Account, account.id, with_for_update=True, populate_existing=True)
    if account.erased_at is not None:
        raise Missing
    return db.session.get(AnnotatorProfile, profile_id, with_for_update=True, populate_existing=True)


def _end_what_is_under_way(profile_id: int, by: Account) -> dict[str, int]:
    invitations = queries.open_invitations(profile_id)
    for invitation in invitations:
        withdraw_invitation(invitation, by=by)
    applications = queries.waiting_applications(profile_id)
    for application in applications:
        withdraw_application(application, by=by)
    engagements = queries.live_engagements(profile_id)
    for engagement in engagements:
        end_engagement(engagement, EndReason.ERASED, by=by)
    db.session.flush()
    counts = {"invitations": invitations, "applications": applications, "engagements": engagements}
    return {name: len(ended) for name, ended in counts.items()}


def _empty_profile(profile: AnnotatorProfile) -> None:
    profile.languages, profile.degrees, profile.experiences = [], [], []
    profile.country = profile.time_zone = profile.rejection_reason = None
    profile.about = profile.decision_note = ""
    profile.weekly_minutes = profile.min_rate_minor = 0
    profile.state, profile.paused = ProfileState.WITHDRAWN, True
    db.session.flush()


def _empty_rows_of(profile: AnnotatorProfile) -> None:
    """Take the words out of what stays; what triggers freeze, `forget_words` does."""
    own = Invitation.profile_id == profile.id
    for invitation in db.session.scalars(sa.select(Invitation).where(own)):
        invitation.decline_note = ""
        invitation.rate_breakdown = [line | {"fact": "Erased"} for line in invitation.rate_breakdown]
    failed = sa.and_(Payout.profile_id == profile.id, Payout.failure_reason != "")
    db.session.execute(sa.update(Payout).where(failed).values(failure_reason="Erased"))
    paused = sa.and_(Event.facts["annotator"].astext == profile.pseudonym, Event.kind == "engagement.paused")
    db.session.execute(sa.update(Event).where(paused).values(facts=WITHOUT_REASON))
    for held in (Timer, CandidateMark, CandidateNote, Portfolio):
        db.session.execute(sa.delete(held).where(held.profile_id == profile.id))


def _forget_address(account: Account, nobodys: str) -> None:
    """Take the address out of what others have sent to it, and the ways to sign in."""
    sent = sa.func.lower(MemberInvitation.email) == account.email.lower()
    now = clock.now()
    waiting = sa.and_(sent, MemberInvitation.accepted_at.is_(None), MemberInvitation.withdrawn_at.is_(None))
    db.session.execute(sa.update(MemberInvitation).where(waiting).values(withdrawn_at=now))
    accepted = sa.or_(sent, MemberInvitation.accepted_by == account.id)
    db.session.execute(sa.update(MemberInvitation).where(accepted).values(email=nobodys))
    for held in (ApiToken, Membership, WebSession, Notification, NotificationChoice, NotificationDigest):
        db.session.execute(sa.delete(held).where(held.account_id == account.id))
    mail.forget(account.id)


def _anonymise(account: Account, nobodys: str) -> None:
    """Leave nothing but a number.  *nobodys*: what stands for the address; nobody can have guessed and taken it."""
    account.roles, account.webauthn = [], []
    nothing: dict[str, Any] = dict.fromkeys(
        (
            *("password", "confirmed_at", "tf_primary_method", "tf_totp_secret", "tf_last_counter"),
            *("mf_recovery_codes", "fs_webauthn_user_handle"),
        )
    )
    known = {"email": nobodys, "name": ERASED_NAME, "active": False, "erased_at": clock.now()}
    for name, value in (nothing | known | {"fs_uniquifier": secrets.token_hex(32)}).items():
        setattr(account, name, value)


def finish(account_id: int) -> None:
    """Delete the files and mails of somebody who was erased; done again it changes nothing.

    The last mail, which tells them, is waited for, but not for ever.
    """
    account = db.session.get_one(Account, account_id)
    if account.erased_at is None:
        return
    if profile_id := find_profile_id(account):
        storage.drop_all(f"resumes/{profile_id}")
    if mail.is_waiting(account_id) and clock.now() < account.erased_at + rules.WAIT_FOR_MAIL:
        ring("account.erased", account_id, due_at=clock.now() + rules.LOOK_AGAIN)
        return
    mail.drop_all(account_id)
