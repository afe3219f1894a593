"""Writing the file of a run, and applying what a bank answers."""

import hashlib

import sqlalchemy as sa
from flask import current_app

from marketplace import audit, clock, storage
from marketplace.accounts.models import Account
from marketplace.bankfiles import queries
from marketplace.bankfiles.models import BankAnswer, BankAnswerNote, BankAnswerRow, BankFile
from marketplace.bankfiles.reading import parse_results
from marketplace.bankfiles.rules import MISMATCHES, Compared, Debtor, Finding, Order, Payment
from marketplace.bankfiles.writing import pain001
from marketplace.config import Config
from marketplace.db import among, db
from marketplace.errors import Missing, Refused
from marketplace.payees import sealing
from marketplace.payees.queries import bank_details
from marketplace.payees.rules import read_iban
from marketplace.payouts.actions import RELEASING, Outcome, record_outcomes
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import PayoutState, RunState, end_to_end_id
from marketplace.words import say

NO_DEBTOR = (
    "The account to pay from is not set. Whoever runs this installation sets PAYOUT_DEBTOR_NAME and"
    " PAYOUT_DEBTOR_IBAN (and PAYOUT_DEBTOR_BIC where the bank wants it)."
)
NOT_APPROVED = "The file is written once the run is approved."


def write_file(run_id: int, *, by: Account) -> BankFile:
    """Write the payment file of an approved run, once; whoever asks again gets the same.

    Whoever is paid by the client, or has changed the account meanwhile, is not in it.  Raises Missing; Refused where
    the run is not approved, nobody is paid by the bank or the account to pay from is not set.
    """
    run = _locked_run(run_id)
    written = queries.find_file(run_id)
    if written is not None:
        return written
    if run.state is not RunState.APPROVED:
        raise Refused(NOT_APPROVED)
    payments = _payments(run)
    order = Order(f"FM-RUN-{run.id}", run.approved_at or clock.now(), _debtor(), list(payments.values()))
    content = pain001(order)
    sha256 = hashlib.sha256(content).hexdigest()
    # The name holds the hash: where this transaction fails, the next file does not lie over this one.
    key = f"bank-files/{run.id}/{sha256}"
    storage.keep(key, sealing.sealed_file(content))
    total = sum(one.amount_minor for one in payments.values())
    file = BankFile(
        run_id=run.id,
        made_by=by.id,
        message_id=order.message_id,
        sha256=sha256,
        storage_key=key,
        currency=run.currency,
        total_minor=total,
        payout_ids=list(payments),
    )
    db.session.add(file)
    db.session.flush()
    facts = {"sha256": sha256, "amount_minor": total, "payouts": len(payments)}
    audit.record("bank_file.written", "payout_run", run.id, actor_id=by.id, **facts)
    return file


def take_file(run_id: int, *, by: Account) -> tuple[BankFile, bytes]:
    """Return the file of a run for the bank, and note who took it: it holds account numbers in the open.

    Raises Missing; Refused once a payment of it did not arrive: what it was for may be paid by another run.
    """
    _locked_run(run_id)
    file = queries.get_file(run_id)
    undone = sa.select(Payout.id).where(among(Payout.id, file.payout_ids), Payout.state.in_(RELEASING))
    if gone := list(db.session.scalars(undone.order_by(Payout.id))):
        raise Refused(
            say(
                "This file is not to be sent any more: payout %(gone)s in it is noted as not "
                "arrived, and the hours that it was for may be paid by another run.",
                gone=gone[0],
            )
        )
    content = queries.content_of(file)
    audit.record("bank_file.taken", "payout_run", run_id, actor_id=by.id, sha256=file.sha256)
    return file, content


def keep_answer(run_id: int, content: bytes, *, by: Account) -> str:
    """Keep a bank's file, sealed, so that it can be looked at before it is applied; return its SHA-256.

    Raises Missing; Refused where the file cannot be read, or nothing of the run was sent.
    """
    run = queries.get_run(run_id)
    if run.state not in {RunState.APPROVED, RunState.SETTLED} or queries.find_file(run_id) is None:
        raise Refused(say("Nothing of this run was sent to a bank: its file is written first."))
    parse_results(content)
    sha256 = hashlib.sha256(content).hexdigest()
    storage.keep(queries.answer_key(run_id, sha256), sealing.sealed_file(content))
    audit.record("bank_answer.given", "payout_run", run_id, actor_id=by.id, sha256=sha256)
    return sha256


def apply_answer(run_id: int, sha256: str, *, by: Account) -> BankAnswer:
    """Note the outcome of every payment that matches, and list the others; the same file again changes nothing.

    Raises Missing where no such file was given.
    """
    _locked_run(run_id)
    applied = queries.find_answer(run_id, sha256)
    if applied is not None:
        return applied
    read, found = queries.compare(run_id, sha256)
    answer = BankAnswer(run_id=run_id, made_by=by.id, kind=read.kind, sha256=sha256)
    answer.rows = [_row(one) for one in found.rows]
    db.session.add(answer)
    record_outcomes(run_id, [_outcome(one) for one in found.of(Finding.MATCHED)], by=by)
    facts = {"answer": answer.id, "sha256": sha256, "mismatches": len(found.mismatches), "rows": len(read.results)}
    audit.record("bank_answer.applied", "payout_run", run_id, actor_id=by.id, **facts)
    return answer


def resolve(row_id: int, text: str, *, by: Account) -> BankAnswerRow:
    """Say how a mismatch was resolved; it is said once.  Raises Missing; Refused."""
    row = queries.get_row(row_id)
    _locked_run(row.answer.run_id)
    if row.finding not in MISMATCHES:
        raise Refused(say("This row matches: there is nothing to resolve."))
    if db.session.get(BankAnswerNote, row_id) is not None:
        raise Refused(say("Somebody has resolved this row already."))
    db.session.add(BankAnswerNote(row_id=row.id, text=text, made_by=by.id))
    db.session.flush()
    audit.record("bank_answer.resolved", "payout_run", row.answer.run_id, actor_id=by.id, row=row.id)
    return row


def _locked_run(run_id: int) -> PayoutRun:
    lock = sa.select(PayoutRun).where(PayoutRun.id == run_id).with_for_update()
    run = db.session.scalar(lock, execution_options={"populate_existing": True})
    if run is None:
        raise Missing
    return run


def _debtor() -> Debtor:
    config: Config = current_app.config["FAIRMATCH"]
    if not (config.payout_debtor_name and config.payout_debtor_iban):
        raise Refused(NO_DEBTOR)
    try:
        iban = read_iban(config.payout_debtor_iban)
    except Refused as refusal:
        raise Refused(say("PAYOUT_DEBTOR_IBAN is set wrongly. %(message)s", message=refusal.message)) from None
    return Debtor(config.payout_debtor_name, iban.number, config.payout_debtor_bic)


def _payments(run: PayoutRun) -> dict[int, Payment]:
    """Return the payments of *run* that go through the bank, by payout: as was settled when it was approved."""
    statement = sa.select(Payout).where(Payout.run_id == run.id, Payout.state == PayoutState.IN_TRANSIT)
    payouts = list(db.session.scalars(statement.order_by(Payout.id)))
    accounts = bank_details([one.method_id for one in payouts if one.method_id])
    return {
        one.id: Payment(
            end_to_end_id(run.id, one.id),
            one.amount_minor,
            one.currency,
            accounts[one.method_id].holder,
            accounts[one.method_id].iban,
            accounts[one.method_id].bic,
            f"Fairmatch, payout {one.id} of run {run.id}",
        )
        for one in payouts
        if one.method_id in accounts
    }


def _row(one: Compared) -> BankAnswerRow:
    result, sent = one.result, one.sent
    return BankAnswerRow(
        number=result.row if result else 0,
        payout_id=sent.payout_id if sent else None,
        end_to_end_id=one.end_to_end_id,
        finding=one.finding,
        said=result.said if result else None,
        amount_minor=result.amount_minor if result else None,
        currency=result.currency if result else "",
        reference=result.reference if result else "",
    )


def _outcome(one: Compared) -> Outcome:
    if one.result is None or one.sent is None:
        raise ValueError("only what stands on both sides can match")
    # What is noted here already keeps its own reference and reason.
    state = PayoutState(one.result.said.value)
    if one.sent.state is state:
        return Outcome(one.sent.payout_id, state)
    is_paid = state is PayoutState.PAID
    reference = one.result.reference if is_paid else ""
    return Outcome(one.sent.payout_id, state, reference, "" if is_paid else one.result.reason)
