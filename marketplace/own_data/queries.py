"""Everything that is held about one person, as plain values, table by table."""

import datetime as dt
import enum
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Account
from marketplace.db import Base, db
from marketplace.invitations.models import Invitation
from marketplace.own_data.rules import HELD, SECRET, SECRET_OF
from marketplace.payouts.models import LedgerAccount, Payout
from marketplace.payouts.rules import LedgerKind
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.work.models import Engagement

Condition = sa.ColumnElement[bool]


def everything_of(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Return every record held about *account*, by table, oldest first, without what would let others act for them."""
    ways = _ways(account, find_profile_id(account))
    found: dict[str, list[dict[str, Any]]] = {}
    for name in HELD:
        table = Base.metadata.tables[name]
        hidden = SECRET | SECRET_OF.get(name, frozenset())
        columns = [column for column in table.columns if column.name not in hidden]
        rows = db.session.execute(sa.select(*columns).where(ways[name](table)).order_by(*table.primary_key))
        found[name] = [{key: _plain(value) for key, value in row.items()} for row in rows.mappings()]
    return found


def counts_of(account: Account, profile_id: int | None = None) -> dict[str, int]:
    """Return how many records of each table are held about *account*, by one question; *profile_id* where known."""
    profile_id = find_profile_id(account) if profile_id is None else profile_id
    ways = _ways(account, profile_id)
    counted = []
    for name in HELD:
        table = Base.metadata.tables[name]
        count = sa.select(sa.func.count()).select_from(table).where(ways[name](table))
        counted.append(count.scalar_subquery().label(name))
    return dict(db.session.execute(sa.select(*counted)).mappings().one())


def find_profile_id(account: Account) -> int:
    """Return the id of *account*'s profile, or 0."""
    return db.session.scalar(sa.select(AnnotatorProfile.id).where(AnnotatorProfile.account_id == account.id)) or 0


def resume_files(account: Account) -> Iterator[tuple[str, str]]:
    """Yield the name in the archive and the storage key of every résumé of *account*, oldest first."""
    own = sa.select(Resume.id, Resume.filename, Resume.storage_key).join(Resume.profile)
    for resume_id, filename, key in db.session.execute(
        own.where(AnnotatorProfile.account_id == account.id).order_by(Resume.id)
    ):
        yield f"resumes/{resume_id}-{filename}", key


def _ways(account: Account, profile_id: int) -> dict[str, Callable[[sa.Table], Condition]]:
    """Return, by table, the condition that a record is about *account*."""

    def by_account(table: sa.Table) -> Condition:
        return table.c.account_id == account.id

    def by_profile(table: sa.Table) -> Condition:
        return table.c.profile_id == profile_id

    def within(column: str, owner: Any) -> Callable[[sa.Table], Condition]:
        return lambda table: table.c[column].in_(owner)

    resumes = sa.select(Resume.id).where(Resume.profile_id == profile_id)
    engagements = sa.select(Engagement.id).where(Engagement.profile_id == profile_id)
    lines = sa.select(Base.metadata.tables["time_entry"].c.id).where(
        Base.metadata.tables["time_entry"].c.profile_id == profile_id
    )
    payouts = sa.select(Payout.id).where(Payout.profile_id == profile_id)
    books = sa.select(LedgerAccount.id).where(
        LedgerAccount.kind == LedgerKind.PAYABLE, LedgerAccount.owner_id == profile_id
    )
    posting = Base.metadata.tables["posting"]
    booked = sa.select(posting.c.entry_id).where(posting.c.account_id.in_(books))
    return {
        **dict.fromkeys(HELD, by_profile),
        **dict.fromkeys(("account_role", "annotator_profile", "api_token", "membership", "passkey"), by_account),
        "web_session": by_account,
        "account": lambda table: table.c.id == account.id,
        "audit_event": lambda table: _audited(table, account, profile_id),
        "engagement_rate": within("engagement_id", engagements),
        "journal_entry": within("id", booked),
        "ledger_account": within("id", books),
        **dict.fromkeys(("notification", "notification_choice", "notification_digest"), by_account),
        "dispute": lambda table: table.c.entry_id.in_(lines),
        "line_word": lambda table: sa.or_(table.c.entry_id.in_(lines), table.c.author_id == account.id),
        "message": lambda table: sa.or_(table.c.engagement_id.in_(engagements), table.c.sender_id == account.id),
        "member_invitation": lambda table: sa.or_(
            sa.func.lower(table.c.email) == account.email.lower(), table.c.accepted_by == account.id
        ),
        "outgoing_mail": by_account,
        "payout_line": within("payout_id", payouts),
        "posting": within("account_id", books),
        "resume_passage": within("resume_id", resumes),
        "wave_invitation": within("invitation_id", sa.select(Invitation.id).where(Invitation.profile_id == profile_id)),
        "timesheet": within("engagement_id", engagements),
    }


def _audited(table: sa.Table, account: Account, profile_id: int) -> Condition:
    """Return the condition that somebody did a thing, or that it was done to what is theirs."""
    things: dict[str, Any] = {"account": [account.id], "annotator_profile": [profile_id]}
    for name in ("engagement", "invitation", "resume", "time_entry"):
        own = Base.metadata.tables[name]
        things[name] = sa.select(own.c.id).where(own.c.profile_id == profile_id)
    touched = [sa.and_(table.c.object_kind == kind, table.c.object_id.in_(ids)) for kind, ids in things.items()]
    return sa.or_(table.c.actor_id == account.id, *touched)


def _plain(value: Any) -> Any:
    """Return *value* as JSON has it: moments and days in ISO 8601, words of a kind as words."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value
