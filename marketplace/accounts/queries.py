"""Who there is."""

from typing import Any

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import selectinload

from marketplace.accounts.models import Account, ApiToken, Membership, Organisation, WebSession
from marketplace.clock import now
from marketplace.db import db
from marketplace.errors import Missing


def find_account(email: str) -> Account | None:
    """Return the account of *email*, whatever its letters' case."""
    return db.session.scalar(sa.select(Account).where(sa.func.lower(Account.email) == email.strip().lower()))


def get_account(account_id: int) -> Account:
    """Return one account; raises Missing, for one that was erased too."""
    account = db.session.get(Account, account_id)
    if account is None or account.erased_at is not None:
        raise Missing
    return account


def asking_id() -> int | None:
    """Return the id of whoever asks as far as this request has found out, without asking the database."""
    account = g.get("_login_user")
    identity = sa.inspect(account).identity if isinstance(account, Account) else None
    return int(identity[0]) if identity else None


def people(search: str = "") -> sa.Select[Any]:
    """Return the accounts whose name or address holds *search*; those that were erased are nobody's any more."""
    statement = sa.select(Account).where(Account.service_of.is_(None), Account.erased_at.is_(None))
    statement = statement.options(selectinload(Account.roles))
    if search:
        like = f"%{search.lower().replace('%', '').replace('_', '')}%"
        statement = statement.where(
            sa.or_(sa.func.lower(Account.email).like(like), sa.func.lower(Account.name).like(like))
        )
    return statement


def organisations_of(account: Account) -> list[Organisation]:
    """Return the organisations that *account* is a member of, by name."""
    statement = sa.select(Organisation).join(Membership).where(Membership.account_id == account.id)
    return list(db.session.scalars(statement.order_by(Organisation.name)))


def organisations() -> list[tuple[Organisation, list[Membership]]]:
    """Return every organisation with its members."""
    found = list(db.session.scalars(sa.select(Organisation).order_by(Organisation.name)))
    members = db.session.scalars(
        sa.select(Membership).options(selectinload(Membership.account)).order_by(Membership.id)
    ).all()
    return [(one, [member for member in members if member.organisation_id == one.id]) for one in found]


def tokens_of(account: Account) -> sa.Select[Any]:
    """Return the live API tokens of *account*."""
    return sa.select(ApiToken).where(
        ApiToken.account_id == account.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now()
    )


def sessions_of(account: Account) -> list[WebSession]:
    """Return the live sessions of *account*, the latest used first."""
    statement = sa.select(WebSession).where(WebSession.account_id == account.id, WebSession.expires_at > now())
    return list(db.session.scalars(statement.order_by(WebSession.seen_at.desc())))
