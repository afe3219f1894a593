"""Notifications to the people who manage an organisation's projects."""

import sqlalchemy as sa

from marketplace.accounts.models import Account, Membership
from marketplace.db import db
from marketplace.notices import Kind, notify


def tell_managers(
    organisation_id: int,
    kind: Kind,
    news: str,
    thing: str,
    title: str,
    url: str,
    *,
    why: str = "",
    but: int | None = None,
) -> None:
    """Tell every member of an organisation, programs and whoever did it (*but*) left out."""
    members = sa.select(Account).join(Membership, Membership.account_id == Account.id)
    members = members.where(Membership.organisation_id == organisation_id, Account.active, Account.service_of.is_(None))
    for member in db.session.scalars(members.where(Account.id != (but or 0)).order_by(Account.id)):
        notify(member, kind, news, thing, title, url, why=why)
