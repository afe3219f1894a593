"""The reads of the books: entries, accounts, balances at a moment, and the seal with its proofs."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload, selectinload

from marketplace.accounts.models import Account
from marketplace.db import among, db
from marketplace.errors import Missing, Refused
from marketplace.ledger import proof, rules
from marketplace.ledger.models import LedgerHead, LedgerLeaf, LedgerNode
from marketplace.ledger.rules import Asked, Total
from marketplace.payouts.models import JournalEntry, LedgerAccount, Payout, PayoutLine, Posting
from marketplace.payouts.rules import EntryKind, LedgerKind
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.timesheets.models import TimeEntry
from marketplace.words import say
from marketplace.work.models import Engagement

# An entry may commit behind later ones, never behind so many: what is looked through for the unsealed.
BEHIND = 100_000
Node = Callable[[int, int], str]
# What is read at once of a whole ledger.
CHUNK = 1_000
MOST_OWN = 5_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an entry rests on: the hours of an earning, or the payout of every other event."""

    hours: TimeEntry | None
    payout: Payout | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """The place of an entry in the chain, its hash, and the head (size, root, when) that first covered it."""

    sequence: int
    hash: str
    head: LedgerHead


def entries(asked: Asked) -> sa.Select[JournalEntry]:
    """Return the entries that are asked for, with their postings and accounts."""
    whole = selectinload(JournalEntry.postings).joinedload(Posting.account)
    statement = sa.select(JournalEntry).options(whole)
    equal = {JournalEntry.kind: asked.kind, JournalEntry.id: asked.entry_id, JournalEntry.key: asked.key}
    for column, value in equal.items():
        statement = statement if value is None else statement.where(column == value)
    if asked.from_day:
        statement = statement.where(JournalEntry.made_at >= rules.day_begins(asked.from_day))
    if asked.to_day:
        statement = statement.where(JournalEntry.made_at < rules.day_ends(asked.to_day))
    if asked.payout_id is not None:
        booked = (JournalEntry.source_id == asked.payout_id) & (JournalEntry.kind != EntryKind.EARNING)
        paid = sa.select(Posting.entry_id).join(PayoutLine, PayoutLine.posting_id == Posting.id)
        statement = statement.where(booked | JournalEntry.id.in_(paid.where(PayoutLine.payout_id == asked.payout_id)))
    for kind, owner in ((LedgerKind.PAYABLE, asked.profile_id), (LedgerKind.PROJECT_EXPENSE, asked.project_id)):
        if owner is not None:
            of_owner = sa.select(LedgerAccount.id).where(LedgerAccount.kind == kind, LedgerAccount.owner_id == owner)
            statement = statement.where(_with_posting(Posting.account_id.in_(of_owner)))
    if asked.amount_minor is not None:
        statement = statement.where(_with_posting(sa.func.abs(Posting.amount_minor) == asked.amount_minor))
    if asked.currency:
        statement = statement.where(_with_posting(Posting.currency == asked.currency))
    return statement


def entries_in_order(asked: Asked) -> Iterator[JournalEntry]:
    """Yield the entries that are asked for, oldest first; memory stays flat."""
    last = 0
    while True:
        chunk = entries(asked).where(JournalEntry.id > last).order_by(JournalEntry.id).limit(CHUNK)
        found = db.session.scalars(chunk).all()
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1].id
        db.session.expunge_all()


def _with_posting(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Posting.entry_id == JournalEntry.id, condition)


def get_entry(entry_id: int) -> JournalEntry:
    """Return one entry; raises Missing."""
    entry = db.session.scalar(entries(Asked(entry_id=entry_id)))
    if entry is None:
        raise Missing
    return entry


def evidence_of(entry: JournalEntry) -> Evidence:
    """Return what *entry* rests on."""
    if entry.kind is EntryKind.EARNING:
        whole = joinedload(TimeEntry.engagement).joinedload(Engagement.project), joinedload(TimeEntry.timesheet)
        return Evidence(db.session.get(TimeEntry, entry.source_id, options=whole), None)
    return Evidence(None, db.session.get(Payout, entry.source_id))


def accounts(kind: LedgerKind | None = None, owner_id: int | None = None) -> sa.Select[LedgerAccount]:
    """Return the accounts with their balances."""
    statement = sa.select(LedgerAccount)
    if kind is not None:
        statement = statement.where(LedgerAccount.kind == kind)
    return statement if owner_id is None else statement.where(LedgerAccount.owner_id == owner_id)


def totals(at: datetime | None = None) -> list[Total]:
    """Return the trial balance: a line for each kind of account and currency; of what was booked before *at*.

    Without *at* from the stored balances, which a trigger keeps; with it from the postings themselves.
    """
    key = (LedgerAccount.currency, LedgerAccount.kind)
    amount: Any = LedgerAccount.balance_minor if at is None else Posting.amount_minor
    debit, credit = (sa.func.coalesce(sa.func.sum(amount).filter(where), 0) for where in (amount > 0, amount < 0))
    statement = sa.select(*key, debit, credit).group_by(*key).order_by(*key)
    if at is not None:
        statement = statement.join(Posting, Posting.account_id == LedgerAccount.id)
        statement = statement.join(JournalEntry, JournalEntry.id == Posting.entry_id).where(JournalEntry.made_at < at)
    return [
        Total(currency, kind, int(plus), int(minus)) for currency, kind, plus, minus in db.session.execute(statement)
    ]


def owner_names(of: Collection[LedgerAccount]) -> dict[tuple[LedgerKind, int], str]:
    """Return the name of the person or project behind each of the accounts that has one."""
    projects = {one.owner_id for one in of if one.kind is LedgerKind.PROJECT_EXPENSE}
    titles = db.session.execute(sa.select(Project.id, Project.title).where(Project.id.in_(projects)))
    found = {(LedgerKind.PROJECT_EXPENSE, number): title for number, title in titles}
    people = {one.owner_id for one in of if one.kind is LedgerKind.PAYABLE}
    names = db.session.execute(
        sa.select(AnnotatorProfile.id, Account.name)
        .join(AnnotatorProfile.account)
        .where(AnnotatorProfile.id.in_(people))
    )
    return found | {(LedgerKind.PAYABLE, number): name or f"Annotator {number:05d}" for number, name in names}


def unsealed(most: int) -> Sequence[JournalEntry]:
    """Return up to *most* entries without a place in the chain, by id, with their postings and accounts."""
    newest = sa.select(sa.func.coalesce(sa.func.max(LedgerLeaf.entry_id), 0)).scalar_subquery()
    statement = (
        entries(Asked())
        .where(JournalEntry.id > newest - BEHIND, ~sa.exists().where(LedgerLeaf.entry_id == JournalEntry.id))
        .order_by(JournalEntry.id)
        .limit(most)
    )
    return db.session.scalars(statement).all()


def count_unsealed() -> int:
    """Return how many entries wait for their seal."""
    newest = sa.select(sa.func.coalesce(sa.func.max(LedgerLeaf.entry_id), 0)).scalar_subquery()
    missing = ~sa.exists().where(LedgerLeaf.entry_id == JournalEntry.id)
    statement = sa.select(sa.func.count()).select_from(JournalEntry)
    return db.session.scalar(statement.where(JournalEntry.id > newest - BEHIND, missing)) or 0


def covered(entry: JournalEntry, reason_sha256: str) -> dict[str, Any]:
    """Return what the seal of *entry* covers, as docs/ledger-proof.md says it."""
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "source_id": entry.source_id,
        "key": entry.key,
        "reverses_id": entry.reverses_id,
        "actor_id": entry.actor_id,
        "made_at": entry.made_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "reason_sha256": reason_sha256,
        "postings": [
            {
                "id": one.id,
                "account": rules.account_name(one.account.kind, one.account.owner_id, one.currency),
                "amount_minor": one.amount_minor,
            }
            for one in entry.postings
        ],
    }


def newest_tree() -> tuple[proof.Tree, str]:
    """Return the tree as it stands, ready to be added to, and the hash of its last entry."""
    tree = proof.Tree()
    last = db.session.scalar(sa.select(LedgerLeaf).order_by(LedgerLeaf.sequence.desc()).limit(1))
    if last is None:
        return tree, proof.NOTHING
    tree.begin(last.sequence, _nodes_for(partial(proof.Tree().begin, last.sequence)))
    return tree, last.hash.hex()


def newest_head() -> LedgerHead | None:
    """Return the head over everything that is sealed, or None before the first seal."""
    return db.session.scalar(sa.select(LedgerHead).order_by(LedgerHead.size.desc()).limit(1))


def sealed(entry: JournalEntry) -> Sealed | None:
    """Return the seal of *entry*, or None while it waits for one."""
    leaf = db.session.scalar(sa.select(LedgerLeaf).where(LedgerLeaf.entry_id == entry.id))
    if leaf is None:
        return None
    first = sa.select(LedgerHead).where(LedgerHead.size >= leaf.sequence).order_by(LedgerHead.size).limit(1)
    return Sealed(leaf.sequence, leaf.hash.hex(), db.session.scalars(first).one())


def proof_of(entry_ids: Collection[int]) -> dict[str, Any]:
    """Return the proof that those of the entries that are sealed are in the books, as ``verify-ledger`` reads it.

    Raises Refused while nothing is sealed.
    """
    head = newest_head()
    if head is None:
        raise Refused(say("Nothing is sealed yet; the books are sealed once a minute."))
    chosen = _leaves().where(among(LedgerLeaf.entry_id, entry_ids), LedgerLeaf.sequence <= head.size)
    found, size = db.session.scalars(chosen).all(), head.size

    def paths(node: Node) -> list[list[str]]:
        return [proof.audit_path(leaf.sequence - 1, 0, size, node) for leaf in found]

    return {
        "type": "statement-proof",
        "version": proof.VERSION,
        "head": _told_head(head),
        "entries": [_told(leaf) | {"path": path} for leaf, path in zip(found, paths(_nodes_for(paths)), strict=True)],
    }


def own_entry_ids(account: Account) -> list[int]:
    """Return the newest entries that concern what *account* is owed, up to MOST_OWN of them."""
    statement = (
        sa.select(Posting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(AnnotatorProfile, AnnotatorProfile.id == LedgerAccount.owner_id)
        .where(LedgerAccount.kind == LedgerKind.PAYABLE, AnnotatorProfile.account_id == account.id)
        .order_by(Posting.entry_id.desc())
        .limit(MOST_OWN)
    )
    return list(dict.fromkeys(db.session.scalars(statement)))


def exported() -> Iterator[dict[str, Any]]:
    """Yield the lines of the whole sealed ledger but its last, as ``verify-ledger`` reads them; memory stays flat."""
    head = newest_head()
    size = head.size if head else 0
    yield {
        "type": "ledger",
        "version": proof.VERSION,
        "size": size,
        "root": head.root.hex() if head else proof.Tree().root,
    }
    for first in range(0, size, CHUNK):
        until = min(first + CHUNK, size)
        within = LedgerHead.size.between(first + 1, until)
        heads = {one.size: one for one in db.session.scalars(sa.select(LedgerHead).where(within))}
        chunk = _leaves().where(LedgerLeaf.sequence.between(first + 1, until))
        for leaf in db.session.scalars(chunk):
            yield {"type": "entry"} | _told(leaf)
            if leaf.sequence in heads:
                yield {"type": "head"} | _told_head(heads[leaf.sequence])
        db.session.expunge_all()


def _leaves() -> sa.Select[LedgerLeaf]:
    whole = joinedload(LedgerLeaf.entry).selectinload(JournalEntry.postings).joinedload(Posting.account)
    return sa.select(LedgerLeaf).options(whole).order_by(LedgerLeaf.sequence)


def _told(leaf: LedgerLeaf) -> dict[str, Any]:
    return {
        "sequence": leaf.sequence,
        "previous": leaf.previous.hex(),
        "hash": leaf.hash.hex(),
        "entry": covered(leaf.entry, leaf.reason_sha256.hex()),
        "reason": leaf.entry.reason,
    }


def _told_head(head: LedgerHead) -> dict[str, Any]:
    sealed_at = head.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {"size": head.size, "root": head.root.hex(), "sealed_at": sealed_at}


def _nodes_for(use: Callable[[Node], object]) -> Node:
    """Return what gives the hash of a whole subtree by level and place, having read with one query what *use* asks."""
    wanted: set[tuple[int, int]] = set()

    def note(level: int, place: int) -> str:
        wanted.add((level, place))
        return proof.NOTHING

    use(note)
    # As two arrays: thousands of entries need more nodes than a statement holds parameters.
    levels = sa.literal([level for level, _ in wanted], ARRAY(sa.BigInteger))
    places = sa.literal([place for _, place in wanted], ARRAY(sa.BigInteger))
    asked = sa.func.unnest(levels, places).table_valued("level", "place").render_derived()
    found = sa.select(LedgerNode.level, LedgerNode.place, LedgerNode.hash).join(
        asked, (LedgerNode.level == asked.c.level) & (LedgerNode.place == asked.c.place)
    )
    rows = {(level, place): node.hex() for level, place, node in db.session.execute(found)}
    return lambda level, place: rows[level, place]
