"""Tokens for an organisation's programs, which go on when whoever made them leaves."""

import secrets
from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from marketplace import audit, clock
from marketplace.accounts.actions import make_token
from marketplace.accounts.models import Account, ApiToken, Membership, Organisation, Role
from marketplace.accounts.rules import RoleName, Scope
from marketplace.db import db
from marketplace.organisations.rules import SERVICE_DOMAIN


def make_service_token(
    organisation: Organisation, name: str, scopes: Collection[Scope], life: timedelta, *, by: Account
) -> str:
    """Add an account for a program, a member of *organisation* that never signs in, and return its token this once."""
    key = secrets.token_hex(8)
    account = Account(
        email=f"{key}@{SERVICE_DOMAIN}",
        name=f"{name} (program)",
        password=None,
        fs_uniquifier=secrets.token_hex(32),
        service_of=organisation.id,
        roles=list(db.session.scalars(sa.select(Role).where(Role.name == RoleName.MANAGER))),
    )
    db.session.add(account)
    db.session.flush()
    db.session.add(Membership(organisation_id=organisation.id, account_id=account.id))
    token = make_token(account, name, scopes, life)
    audit.record("service.made", "organisation", organisation.id, actor_id=by.id, account_id=account.id, name=name)
    return token


def end_service_token(token: ApiToken, *, by: Account) -> None:
    """End a program's token, and with it the program's account."""
    token.revoked_at, token.account.active = clock.now(), False
    organisation_id = token.account.service_of
    audit.record("service.ended", "organisation", organisation_id, actor_id=by.id, account_id=token.account_id)
