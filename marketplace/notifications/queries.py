"""The reads of notifications: mine, how many are unread, how I want to be told, and whose digest is due."""

from typing import Any

import sqlalchemy as sa
from flask import g

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.notices import DEFAULTS, FIXED, Kind, Notification, NotificationChoice, Way
from marketplace.notifications.rules import MOST_COUNTED, kinds_for
from marketplace.profiles.models import AnnotatorProfile


def notifications_of(account: Account, kind: Kind | None = None, *, unread: bool = False) -> sa.Select[Any]:
    """Return what *account* was told, of one *kind* where given."""
    found = sa.select(Notification).where(Notification.account_id == account.id)
    if kind is not None:
        found = found.where(Notification.kind == kind)
    return found.where(Notification.read_at.is_(None)) if unread else found


def newest_of(account: Account, limit: int = 5) -> list[Notification]:
    """Return the newest of what *account* was told, and count what is unread with the same question."""
    newest = notifications_of(account).add_columns(_unread(account)).order_by(Notification.id.desc()).limit(limit)
    rows = db.session.execute(newest).all()
    g.unread_count = rows[0][1] if rows else 0
    return [notification for notification, _ in rows]


def get_notification(notification_id: int, account: Account) -> Notification:
    """Return one of *account*; raises Missing."""
    found: Notification | None = db.session.scalar(notifications_of(account).where(Notification.id == notification_id))
    if found is None:
        raise Missing
    return found


def unread_count(account: Account) -> int:
    """Return how many are unread, counted up to MOST_COUNTED, once a request."""
    if "unread_count" not in g:
        g.unread_count = db.session.scalar(sa.select(_unread(account))) or 0
    return int(g.unread_count)


def _unread(account: Account) -> sa.ScalarSelect[int]:
    own = sa.orm.aliased(Notification)
    some = sa.select(own.id).where(own.account_id == account.id, own.read_at.is_(None)).limit(MOST_COUNTED)
    return sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()


def choices_of(account: Account) -> dict[Kind, Way]:
    """Return how *account* is told of each kind that concerns them."""
    rows = sa.select(NotificationChoice.kind, NotificationChoice.way).filter_by(account_id=account.id)
    chosen = {row.kind: row.way for row in db.session.execute(rows)}
    return {kind: chosen.get(kind, DEFAULTS[kind]) for kind in map(Kind, kinds_for(account.role_names))}


def preferences_of(account: Account) -> dict[str, Any]:
    """Return what may be chosen and what is fixed, as the API shows it."""
    ways = choices_of(account)
    return {
        "choices": {kind.value: way.value for kind, way in ways.items() if kind not in FIXED},
        "fixed": {kind.value: way.value for kind, way in ways.items() if kind in FIXED},
        "time_zone": zone_of(account),
    }


def zone_of(account: Account) -> str:
    """Return the zone that *account* lives in, or UTC where none is told."""
    own = sa.select(AnnotatorProfile.time_zone).where(AnnotatorProfile.account_id == account.id)
    return db.session.scalar(own) or "UTC"


def waiting_for_digest() -> list[tuple[int, str]]:
    """Return the accounts with something for a digest, each with its zone."""
    due = sa.select(Notification.account_id).where(Notification.way == Way.DAILY, Notification.mailed_at.is_(None))
    zone = sa.func.coalesce(sa.func.nullif(AnnotatorProfile.time_zone, ""), "UTC")
    people = sa.select(Account.id, zone).outerjoin(AnnotatorProfile, AnnotatorProfile.account_id == Account.id)
    return [
        (one, zone)
        for one, zone in db.session.execute(people.where(Account.id.in_(due), Account.active).order_by(Account.id))
    ]
