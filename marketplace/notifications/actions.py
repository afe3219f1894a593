"""The writes of notifications: read, chosen, gathered into the digest of a day, forgotten."""

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.notices import FIXED, KIND_NAMES, Kind, Notification, NotificationChoice, Way, stop_url, way_of
from marketplace.notifications import queries, rules
from marketplace.notifications.models import NotificationDigest
from marketplace.words import say


def read_one(notification: Notification) -> None:
    """Note that its owner has seen it; seen again changes nothing."""
    if notification.read_at is None:
        notification.read_at = clock.now()


def read_all(account: Account, up_to: int | None = None) -> int:
    """Note that *account* has seen everything, or what came no later than *up_to*; return how many were unread."""
    unread = sa.update(Notification).where(Notification.account_id == account.id, Notification.read_at.is_(None))
    if up_to is not None:
        unread = unread.where(Notification.id <= up_to)
    read = db.session.execute(unread.values(read_at=clock.now()).returning(Notification.id))
    return len(read.all())


def choose(account: Account, wishes: Mapping[str, str], *, by: Account | None) -> None:
    """Tell *account* of each kind of *wishes* in the way it says; what is not named stays as it is.

    Raises Refused for kinds that cannot be chosen.
    """
    before = queries.choices_of(account)
    for name, way in wishes.items():
        kind = Kind(name)
        if kind not in before:
            raise Refused(
                say("%(kind_names)s: this does not concern your roles.", kind_names=KIND_NAMES[kind]),
                field=f"choices.{name}",
            )
        if kind in FIXED:
            raise Refused(
                say("Mails about %(lower)s always come at once.", lower=KIND_NAMES[kind].lower()),
                field=f"choices.{name}",
            )
        if before[kind] is not Way(way):
            _choose(account.id, kind, Way(way), by)


def stop_mails(account_id: int, kind: Kind | None) -> bool:
    """Stop mails of *kind*, or (None) the digest, as a signed link says; return whether there was such an account."""
    account = db.session.get(Account, account_id, with_for_update=True)
    if account is None or kind in FIXED:
        return False
    digest = [one for one, way in queries.choices_of(account).items() if way is Way.DAILY]
    for one in digest if kind is None else [kind]:
        if way_of(account_id, one) is not Way.PAGE:
            _choose(account_id, one, Way.PAGE, None)
    return True


def _choose(account_id: int, kind: Kind, way: Way, by: Account | None) -> None:
    row = insert(NotificationChoice).values(account_id=account_id, kind=kind, way=way, chosen_at=clock.now())
    changed = {"way": way, "chosen_at": clock.now()}
    key = [NotificationChoice.account_id, NotificationChoice.kind]
    db.session.execute(row.on_conflict_do_update(index_elements=key, set_=changed))
    actor_id = by.id if by else None
    audit.record("notification.chosen", "account", account_id, actor_id=actor_id, kind=kind.value, way=way.value)
    if way is not Way.DAILY:  # what waits for a digest that is not wanted any more is not mailed later
        waiting = sa.update(Notification).where(
            Notification.account_id == account_id,
            Notification.kind == kind,
            Notification.way == Way.DAILY,
            Notification.mailed_at.is_(None),
        )
        db.session.execute(waiting.values(way=Way.PAGE))


def send_digests() -> None:
    """Write to everybody whose day has begun what waits for their digest (a sweep)."""
    for account_id, zone in queries.waiting_for_digest():
        if day := rules.digest_day(clock.now(), zone):
            _send_digest(account_id, day, zone)


def _send_digest(account_id: int, day: date, zone: str) -> None:
    """Write one digest for *day*, unless it was written; what was read on the page since is left out."""
    made = insert(NotificationDigest).values(account_id=account_id, day=day, made_at=clock.now())
    if db.session.scalar(made.on_conflict_do_nothing().returning(NotificationDigest.account_id)) is None:
        return
    waiting = sa.select(Notification).where(
        Notification.account_id == account_id, Notification.way == Way.DAILY, Notification.mailed_at.is_(None)
    )
    found = list(db.session.scalars(waiting.order_by(Notification.id).with_for_update()))
    for one in found:
        one.mailed_at = clock.now()
    unread = [one for one in found if one.read_at is None]
    if unread:
        shown = unread[-rules.MOST_IN_A_DIGEST :]
        mail.queue(
            db.session.get_one(Account, account_id).email,
            "digest",
            f"Fairmatch: {len(unread)} thing{'s' if len(unread) > 1 else ''} to know, {day:%-d %b %Y}",
            stop_url=stop_url(account_id, None),
            notifications=shown,
            more=len(unread) - len(shown),
            kind_names=KIND_NAMES,
            zone=zone,
        )


def drop_old() -> None:
    """Forget what was told half a year ago, and the days of digests with it (a sweep)."""
    before = clock.now() - rules.KEPT_FOR
    db.session.execute(sa.delete(Notification).where(Notification.created_at < before))
    db.session.execute(sa.delete(NotificationDigest).where(NotificationDigest.made_at < before))
