"""Who belongs to an organisation, and who is invited to."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import Account, ApiToken, Membership, Organisation
from marketplace.accounts.rules import RoleName
from marketplace.accounts.sessions import hashed
from marketplace.clock import now
from marketplace.db import db
from marketplace.errors import Missing, NotAllowed
from marketplace.organisations.models import OPEN, MemberInvitation
from marketplace.organisations.rules import ONLY_OWNERS


def own_organisations(account: Account) -> sa.Select[Any]:
    """Return the organisations of *account*."""
    return sa.select(Organisation).join(Membership).where(Membership.account_id == account.id)


def get_organisation(organisation_id: int, account: Account, *, as_owner: bool = False) -> Organisation:
    """Return an organisation of *account*, or any to an admin; raises Missing, and NotAllowed for who is no owner."""
    found = db.session.get(Organisation, organisation_id)
    place = find_place(organisation_id, account)
    if found is None or (place is None and not _is_admin(account)):
        raise Missing
    if as_owner and not _is_admin(account) and not (place and place.is_owner):
        raise NotAllowed(ONLY_OWNERS)
    return found


def is_owner(organisation: Organisation, account: Account) -> bool:
    """Return whether *account* may change who belongs to it."""
    place = find_place(organisation.id, account)
    return _is_admin(account) or bool(place and place.is_owner)


def find_place(organisation_id: int, account: Account) -> Membership | None:
    """Return the membership of *account* there, or None."""
    return db.session.scalar(sa.select(Membership).filter_by(organisation_id=organisation_id, account_id=account.id))


def members_of(organisation: Organisation) -> sa.Select[Any]:
    """Return the members with their accounts."""
    members = sa.select(Membership).join(Account, Account.id == Membership.account_id)
    members = members.where(Membership.organisation_id == organisation.id, Account.service_of.is_(None))
    return members.options(joinedload(Membership.account))


def get_member(organisation: Organisation, member_id: int) -> Membership:
    """Return a member of *organisation*; raises Missing."""
    found = db.session.get(Membership, member_id)
    if found is None or found.organisation_id != organisation.id:
        raise Missing
    return found


def open_invitations(organisation: Organisation) -> sa.Select[Any]:
    """Return the invitations that nobody has answered, whether their time is over or not."""
    waiting = sa.select(MemberInvitation).where(MemberInvitation.organisation_id == organisation.id, OPEN)
    return waiting.options(joinedload(MemberInvitation.inviter))


def get_open_invitation(organisation: Organisation, invitation_id: int) -> MemberInvitation:
    """Return an open invitation of *organisation*; raises Missing."""
    found: MemberInvitation | None = db.session.scalar(
        open_invitations(organisation).where(MemberInvitation.id == invitation_id)
    )
    if found is None:
        raise Missing
    return found


def find_by_key(key: str) -> MemberInvitation | None:
    """Return the open invitation whose link holds *key* and whose time is not over, or None."""
    alive = sa.select(MemberInvitation).where(OPEN, MemberInvitation.expires_at > now())
    return db.session.scalar(alive.where(MemberInvitation.key_hash == hashed(key)))


def service_tokens_of(organisation: Organisation) -> sa.Select[Any]:
    """Return the live tokens of the organisation's programs."""
    alive = sa.select(ApiToken).join(Account, Account.id == ApiToken.account_id)
    return alive.where(
        Account.service_of == organisation.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now()
    )


def get_service_token(organisation: Organisation, token_id: int) -> ApiToken:
    """Return a live token of the organisation's programs; raises Missing."""
    found: ApiToken | None = db.session.scalar(service_tokens_of(organisation).where(ApiToken.id == token_id))
    if found is None:
        raise Missing
    return found


def _is_admin(account: Account) -> bool:
    return RoleName.ADMIN in account.role_names
