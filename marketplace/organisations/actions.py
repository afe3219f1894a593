"""Writes on who belongs to an organisation."""

import secrets

import sqlalchemy as sa

from marketplace import audit, clock, mail
from marketplace.accounts.actions import grant_role, revoke_role
from marketplace.accounts.models import Account, Membership, Organisation
from marketplace.accounts.queries import find_account, get_account
from marketplace.accounts.rules import RoleName
from marketplace.accounts.sessions import hashed
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.organisations import queries, rules
from marketplace.organisations.models import MemberInvitation


def invite_member(organisation: Organisation, email: str, *, is_owner: bool, by: Account) -> MemberInvitation:
    """Invite an address by mail, whether it has an account or not; raises Refused for members and those invited."""
    _lock(organisation)
    account = find_account(email)
    if account and queries.find_place(organisation.id, account):
        raise Refused(rules.ALREADY_IN, field="email")
    same = sa.func.lower(MemberInvitation.email) == email.strip().lower()
    for one in db.session.scalars(queries.open_invitations(organisation).where(same)):
        if one.expires_at > clock.now():
            raise Refused(rules.ALREADY_INVITED, field="email")
        one.withdrawn_at = clock.now()
    db.session.flush()
    invitation = MemberInvitation(organisation=organisation, email=email.strip(), is_owner=is_owner, inviter=by)
    _mail(invitation)
    audit.record("member.invited", "organisation", organisation.id, actor_id=by.id, invitation_id=invitation.id)
    return invitation


def invite_again(invitation: MemberInvitation, *, by: Account) -> None:
    """Mail a new link and begin the time anew; the earlier link is good no more."""
    _mail(invitation)
    audit.record(
        "member.invited_again", "organisation", invitation.organisation_id, actor_id=by.id, invitation_id=invitation.id
    )


def withdraw_invitation(invitation: MemberInvitation, *, by: Account) -> None:
    """Take an open invitation back."""
    invitation.withdrawn_at = clock.now()
    audit.record(
        "member.invitation_withdrawn",
        "organisation",
        invitation.organisation_id,
        actor_id=by.id,
        invitation_id=invitation.id,
    )


def accept_invitation(key: str, *, by: Account) -> Membership:
    """Make *by* a member, and thereby a manager, if the invitation was sent to their address.

    Raises Refused for a link that is no longer good, or of somebody else.
    """
    invitation = queries.find_by_key(key)
    if invitation is None:
        raise Refused(rules.OVER)
    _lock(invitation.organisation)
    db.session.refresh(invitation)
    if invitation.withdrawn_at or invitation.accepted_at:
        raise Refused(rules.OVER)
    if invitation.email.lower() != by.email.lower() or by.confirmed_at is None:
        raise Refused(rules.NOT_YOURS)
    invitation.accepted_at, invitation.accepted_by = clock.now(), by.id
    member = queries.find_place(invitation.organisation_id, by)
    if member is None:
        member = Membership(organisation=invitation.organisation, account=by, is_owner=invitation.is_owner)
        db.session.add(member)
    grant_role(by, RoleName.MANAGER, by=invitation.inviter)
    db.session.flush()
    audit.record("member.added", "organisation", invitation.organisation_id, actor_id=by.id, account_id=by.id)
    return member


def set_review_days(organisation: Organisation, days: int, *, by: Account) -> None:
    """Say within how many days hours are decided; weeks that are handed in already keep their deadline."""
    audit.record(
        "organisation.review_days",
        "organisation",
        organisation.id,
        actor_id=by.id,
        before=organisation.review_days,
        after=days,
    )
    organisation.review_days = days


def set_owner(member: Membership, *, is_owner: bool, by: Account) -> None:
    """Make a member an owner, or a manager who is none; raises Refused for the last owner."""
    _lock(member.organisation)
    db.session.refresh(member)
    if member.is_owner and not is_owner:
        _refuse_last_owner(member)
    member.is_owner = is_owner
    audit.record(
        "member.owner" if is_owner else "member.no_owner",
        "organisation",
        member.organisation_id,
        actor_id=by.id,
        account_id=member.account_id,
    )


def remove_member(member: Membership, *, by: Account) -> None:
    """End a membership, and with the last one the role of manager; raises Refused for the last owner."""
    _lock(member.organisation)
    if member.is_owner:
        _refuse_last_owner(member)
    account = get_account(member.account_id)
    organisation_id = member.organisation_id
    db.session.delete(member)
    db.session.flush()
    if db.session.scalar(sa.select(Membership.id).filter_by(account_id=account.id).limit(1)) is None:
        revoke_role(account, RoleName.MANAGER, by=by)
    audit.record("member.removed", "organisation", organisation_id, actor_id=by.id, account_id=account.id)


def _lock(organisation: Organisation) -> None:
    """Let one change of who belongs to it come after the other."""
    locked = sa.select(Organisation.id).where(Organisation.id == organisation.id).with_for_update()
    if db.session.scalar(locked) is None:
        raise Missing


def _refuse_last_owner(member: Membership) -> None:
    others = sa.select(Membership.id).where(
        Membership.organisation_id == member.organisation_id, Membership.is_owner, Membership.id != member.id
    )
    if db.session.scalar(others.limit(1)) is None:
        raise Refused(rules.LAST_OWNER)


def _mail(invitation: MemberInvitation) -> None:
    key = secrets.token_urlsafe(32)
    invitation.key_hash, invitation.expires_at = hashed(key), clock.now() + rules.OPEN_FOR
    db.session.add(invitation)
    db.session.flush()
    mail.queue(
        to=invitation.email,
        template="member_invitation",
        subject="Fairmatch: an organisation invites you",
        organisation=invitation.organisation.name,
        inviter=invitation.inviter.name,
        is_owner=invitation.is_owner,
        key=key,
        expires_at=invitation.expires_at,
    )
