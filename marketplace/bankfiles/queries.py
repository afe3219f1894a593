"""The reads of files written for banks and of banks' answers."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import storage
from marketplace.bankfiles.models import BankAnswer, BankAnswerRow, BankFile
from marketplace.bankfiles.reading import Read, parse_results
from marketplace.bankfiles.rules import MISMATCHES, Finding, Reconciliation, Sent, reconcile
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.payees import sealing
from marketplace.payees.models import PayoutMethod
from marketplace.payees.rules import MethodKind
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import end_to_end_id
from marketplace.words import say

Row = BankAnswerRow
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of an answer match, and how many of the others nobody has resolved yet."""

    matched: int
    under_way: int
    mismatched: int
    unresolved: int


def get_run(run_id: int) -> PayoutRun:
    """Return a run without its payouts; raises Missing."""
    run = db.session.get(PayoutRun, run_id)
    if run is None:
        raise Missing
    return run


def find_file(run_id: int) -> BankFile | None:
    """Return the file that was written for a run, or None."""
    return db.session.scalar(sa.select(BankFile).where(BankFile.run_id == run_id))


def get_file(run_id: int) -> BankFile:
    """Return the file that was written for a run; raises Missing."""
    found = find_file(run_id)
    if found is None:
        raise Missing
    return found


def content_of(file: BankFile) -> bytes:
    """Return the file as it was written, byte for byte; raises Refused when what is kept is not it any more."""
    content = sealing.opened_file(storage.fetch(file.storage_key))
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise Refused(
            say("The file that is kept is not the one that was written. Tell whoever runs this installation.")
        )
    return content


def left_out(file: BankFile) -> list[Payout]:
    """Return the payouts of the run that are not in its file."""
    filed = sa.select(sa.func.unnest(BankFile.payout_ids)).where(BankFile.id == file.id)
    statement = sa.select(Payout).where(Payout.run_id == file.run_id, Payout.id.not_in(filed))
    return list(db.session.scalars(statement.options(joinedload(Payout.profile)).order_by(Payout.id)))


def answer_key(run_id: int, sha256: str) -> str:
    """Return where a bank's file is kept, sealed, from the moment that somebody gives it; raises Missing."""
    _refuse_name(sha256)
    return f"bank-answers/{run_id}/{sha256}"


def _refuse_name(sha256: str) -> None:
    if not SHA256.fullmatch(sha256):
        raise Missing


def compare(run_id: int, sha256: str) -> tuple[Read, Reconciliation]:
    """Return what a bank's file says and how it compares with the run as it stands now; changes nothing."""
    read = parse_results(sealing.opened_file(storage.fetch(answer_key(run_id, sha256))))
    return read, reconcile(_sent(run_id), read.results)


def _sent(run_id: int) -> list[Sent]:
    """Return the payments of the run's file, and those that clients make, of which a list may tell as well."""
    filed = set(get_file(run_id).payout_ids)
    columns = sa.select(Payout.id, Payout.amount_minor, Payout.currency, Payout.state, PayoutMethod.kind)
    statement = columns.outerjoin(Payout.method).where(Payout.run_id == run_id).order_by(Payout.id)
    return [
        Sent(one, end_to_end_id(run_id, one), amount, currency, state, expected=one in filed)
        for one, amount, currency, state, kind in db.session.execute(statement)
        if one in filed or kind is MethodKind.EXTERNAL
    ]


def find_answer(run_id: int, sha256: str) -> BankAnswer | None:
    """Return the answer that was applied from this very file, or None; raises Missing for what is no hash."""
    _refuse_name(sha256)
    return db.session.scalar(sa.select(BankAnswer).where(BankAnswer.run_id == run_id, BankAnswer.sha256 == sha256))


def answers(run_id: int | None = None) -> sa.Select[BankAnswer]:
    """Return the answers that were applied, of one run or of all."""
    statement = sa.select(BankAnswer)
    return statement if run_id is None else statement.where(BankAnswer.run_id == run_id)


def counts(answer_ids: Sequence[int]) -> dict[int, Counts]:
    """Return how the rows of each of these answers compare, by one question."""
    is_odd = Row.finding.in_(MISMATCHES)
    statement = (
        sa.select(
            Row.answer_id,
            sa.func.count().filter(Row.finding == Finding.MATCHED),
            sa.func.count().filter(Row.finding == Finding.UNDER_WAY),
            sa.func.count().filter(is_odd),
            sa.func.count().filter(is_odd, ~Row.note.has()),
        )
        .where(Row.answer_id.in_(answer_ids))
        .group_by(Row.answer_id)
    )
    return {answer_id: Counts(*rest) for answer_id, *rest in db.session.execute(statement)}


def mismatches(answer_id: int) -> list[BankAnswerRow]:
    """Return the rows of an answer that somebody has to look at, with the notes of those who did."""
    statement = sa.select(Row).where(Row.answer_id == answer_id, Row.finding.in_(MISMATCHES)).order_by(Row.id)
    return list(db.session.scalars(statement.options(selectinload(Row.note), joinedload(Row.payout))))


def get_row(row_id: int) -> BankAnswerRow:
    """Return one row of an answer; raises Missing."""
    row = db.session.get(BankAnswerRow, row_id, options=[joinedload(Row.answer)])
    if row is None:
        raise Missing
    return row
