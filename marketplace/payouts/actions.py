"""Writes that move money: deciding on hours, booking, payout runs and what came of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from marketplace import audit, clock, money
from marketplace.accounts.models import Account
from marketplace.db import among, db
from marketplace.errors import Missing, Refused
from marketplace.payees import queries as payees
from marketplace.payouts import queries, rules, telling
from marketplace.payouts.models import JournalEntry, LedgerAccount, Payout, PayoutLine, PayoutRun, Posting
from marketplace.payouts.queries import RunPlan
from marketplace.payouts.rules import AccountName, EntryKind, LedgerKind, Movement, PayoutState, RunState
from marketplace.projects.models import ProjectCommitment
from marketplace.timesheets.models import LineWord, TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState, RejectReason, TimesheetState, WordKind, decided_state
from marketplace.words import say

RELEASING = frozenset({PayoutState.FAILED, PayoutState.RETURNED})


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that is not approved, and why."""

    entry_id: int
    reason: RejectReason
    note: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank did with one payout: paid with its *reference*, failed or returned with the *reason*."""

    payout_id: int
    outcome: PayoutState
    reference: str = ""
    reason: str = ""


def decide_lines(approve: Collection[int], reject: Sequence[Rejection], *, by: Account) -> list[TimeEntry]:
    """Approve and reject lines, booking each approved one's earning, and mail their owners.

    Raises Missing unless *by* manages them all; Refused for lines decided before and for one's own.
    """
    rejections = {one.entry_id: one for one in reject}
    if rejections.keys() & set(approve):
        raise Refused(say("The same line cannot be approved and rejected."))
    entries = queries.managed_lines([*approve, *rejections], by)
    _lock_commitments({entry.engagement.project_id for entry in entries if entry.id in rejections})
    for entry in entries:
        if entry.state is not EntryState.SUBMITTED:
            raise Refused(
                say(
                    "The line of %(starts_at)s UTC is %(state)s already.",
                    starts_at=f"{entry.starts_at:%d %b %Y, %H:%M}",
                    state=entry.state,
                )
            )
        if entry.engagement.profile.account_id == by.id:
            raise Refused(say("Nobody decides on their own hours; another manager has to."))
        _decide(entry, rejections.get(entry.id), by)
    db.session.flush()
    _record(entries, by)
    # A fraction of a yen rounds to nothing: there is nothing to book then.
    post([_earned(entry) for entry in entries if entry.earning_minor], by=by)
    _refresh_sheets({entry.timesheet_id for entry in entries})
    telling.tell_owners(entries)
    return entries


def approve_disputed(entry: TimeEntry, *, by: Account) -> None:
    """Approve a line under dispute after all and book its earning; its week is locked already."""
    _decide(entry, None, by)
    db.session.flush()
    _record([entry], by)
    post([_earned(entry)] if entry.earning_minor else [], by=by)
    _refresh_sheets({entry.timesheet_id})


def post(movements: Sequence[Movement], *, by: Account | None) -> None:
    """Book *movements*, each at most once for its key; the database sees to it that the books balance."""
    accounts = _locked_accounts(movements)
    for movement in movements:
        entry = JournalEntry(
            kind=movement.kind,
            source_id=movement.source_id,
            key=movement.key,
            actor_id=by.id if by else None,
            reason=movement.reason,
            posting_count=len(movement.amounts),
        )
        entry.postings = [
            Posting(account=accounts[name], currency=name.currency, amount_minor=amount)
            for name, amount in movement.amounts
        ]
        db.session.add(entry)
    db.session.flush()


def create_run(currency: str, *, by: Account) -> PayoutRun:
    """Draft a run that pays what is owed in *currency* to everybody who can be paid; nothing is held until approved.

    Raises Refused where a draft waits, or nobody can be paid.
    """
    if db.session.scalar(sa.select(PayoutRun.id).filter_by(currency=currency, state=RunState.DRAFT)):
        raise Refused(say("There is a draft in %(currency)s already; approve or cancel it first.", currency=currency))
    plan = queries.plan_run(currency)
    if not plan.pays:
        raise Refused(_nobody(plan))
    run = PayoutRun(currency=currency, created_by=by.id)
    run.payouts = [
        Payout(
            profile_id=one.owed.profile_id,
            currency=currency,
            amount_minor=one.owed.amount_minor,
            lines=[PayoutLine(posting_id=posting_id) for posting_id in one.owed.postings],
        )
        for one in plan.pays
    ]
    db.session.add(run)
    db.session.flush()
    facts = {"currency": currency, "amount_minor": _total(run), "payouts": len(run.payouts)}
    facts |= {f"left_out_{why}": people for why, people, _ in plan.reasons}
    audit.record("payout_run.created", "payout_run", run.id, actor_id=by.id, **facts)
    return run


def _nobody(plan: RunPlan) -> str:
    if not plan.left_out:
        return f"Nothing is ready to be paid in {plan.currency}."
    reasons = "; ".join(f"{people}: {rules.SKIP_WORDS[why]}" for why, people, _ in plan.reasons)
    return f"Nobody who is owed in {plan.currency} can be paid now ({reasons})."


def approve_run(run_id: int, *, by: Account) -> PayoutRun:
    """Hold the money of a draft and send it on its way; another person than its maker has to."""
    run = _locked_run(run_id, RunState.DRAFT)
    if run.created_by == by.id:
        raise Refused(say("A run is approved by another person than the one who created it."))
    sheets = _locked_sheets(run.payouts)
    methods = payees.usable_methods([payout.profile_id for payout in run.payouts], clock.now())
    holds = [_movement(EntryKind.HOLD, payout) for payout in run.payouts]
    accounts = _locked_accounts(holds)
    for payout in run.payouts:
        owed = -accounts[AccountName(LedgerKind.PAYABLE, payout.profile_id, payout.currency)].balance_minor
        if owed < payout.amount_minor:
            raise Refused(say("What is owed has changed since this run was created; cancel it and create a new one."))
        payout.state, payout.changed_at = PayoutState.IN_TRANSIT, clock.now()
        payout.method_id = methods.get(payout.profile_id)
    run.state, run.approved_by, run.approved_at = RunState.APPROVED, by.id, clock.now()
    post(holds, by=by)
    _refresh_sheets(sheets)
    audit.record("payout_run.approved", "payout_run", run.id, actor_id=by.id, amount_minor=_total(run))
    return run


def cancel_run(run_id: int, *, by: Account) -> PayoutRun:
    """Put a draft away; what it would have paid is ready again."""
    run = _locked_run(run_id, RunState.DRAFT)
    _release(run.payouts)
    run.state = RunState.CANCELLED
    audit.record("payout_run.cancelled", "payout_run", run.id, actor_id=by.id)
    return run


def record_outcome(
    payout_id: int, outcome: PayoutState, *, reference: str = "", reason: str = "", by: Account
) -> Payout:
    """Note what the bank did with a payout: paid (with its *reference*), failed or returned (with the *reason*).

    The same outcome again changes nothing.  Raises Missing; Refused for a move that cannot be.
    """
    run_id = db.session.scalar(sa.select(Payout.run_id).where(Payout.id == payout_id))
    [payout] = record_outcomes(run_id or 0, [Outcome(payout_id, outcome, reference, reason)], by=by)
    return payout


def record_outcomes(run_id: int, outcomes: Sequence[Outcome], *, by: Account) -> list[Payout]:
    """Note what the bank did with many payouts of one run, as :func:`record_outcome` does: all of them, or none."""
    run = _locked_run(run_id, None)
    known = {payout.id: payout for payout in run.payouts}
    if not known.keys() >= {one.payout_id for one in outcomes}:
        raise Missing
    pairs = [(known[one.payout_id], one) for one in outcomes]
    new = [(payout, one) for payout, one in pairs if not _is_noted(payout, one)]
    for payout, one in new:
        _refuse_outcome(payout, one)
    sheets = _locked_sheets([payout for payout, _ in new])
    post(
        [
            _movement(kind, payout, one.reason)
            for payout, one in new
            for kind in rules.outcome_events(payout.state, one.outcome)
        ],
        by=by,
    )
    for payout, one in new:
        payout.state, payout.changed_at = one.outcome, clock.now()
        payout.reference, payout.failure_reason = one.reference or payout.reference, one.reason
    db.session.flush()
    _release([payout for payout, _ in new if payout.state in RELEASING])
    _settle_if_final(run)
    _refresh_sheets(sheets)
    for payout, one in new:
        facts = {"outcome": one.outcome, "reference": one.reference, "reason": one.reason}
        audit.record("payout.outcome", "payout", payout.id, actor_id=by.id, **facts)
        telling.tell_payee(payout)
    telling.tell_organisations([payout for payout, _ in new])
    return [payout for payout, _ in pairs]


def _is_noted(payout: Payout, one: Outcome) -> bool:
    same = one.reference in {"", payout.reference} and one.reason in {"", payout.failure_reason}
    return payout.state is one.outcome and same


def _refuse_outcome(payout: Payout, one: Outcome) -> None:
    if refusal := rules.refuse_outcome(payout.state, one.outcome):
        raise Refused(refusal)
    if one.outcome is PayoutState.PAID and not one.reference:
        raise Refused(say("Give the bank's reference of the payment."), field="reference")
    if one.outcome in RELEASING and not one.reason:
        raise Refused(say("Say why the payment did not arrive."), field="reason")


def _lock_commitments(project_ids: Collection[int]) -> None:
    """Hold the sums that rejecting takes from, in one order for all: nobody waits in a circle."""
    sums = sa.select(ProjectCommitment.project_id).where(ProjectCommitment.project_id.in_(project_ids))
    db.session.execute(sums.order_by(ProjectCommitment.project_id).with_for_update())


def _decide(entry: TimeEntry, rejection: Rejection | None, by: Account) -> None:
    entry.decided_by, entry.decided_at = by.id, clock.now()
    if rejection is None:
        entry.state, entry.reject_reason = EntryState.APPROVED, None
        entry.earning_minor = money.earning_minor(entry.rate_minor, entry.minutes)
        return
    entry.state, entry.reject_reason, entry.reject_note = EntryState.REJECTED, rejection.reason, rejection.note
    if rejection.evidence:
        word = LineWord(entry_id=entry.id, kind=WordKind.EVIDENCE, author_id=by.id, text=rejection.evidence)
        db.session.add(word)


def _record(entries: Iterable[TimeEntry], by: Account) -> None:
    approved = {
        one.id: {"earning_minor": one.earning_minor, "currency": one.currency}
        for one in entries
        if one.state is EntryState.APPROVED
    }
    rejected = {one.id: {"reason": one.reject_reason} for one in entries if one.state is EntryState.REJECTED}
    audit.record_many("time.approved", "time_entry", approved, actor_id=by.id)
    audit.record_many("time.rejected", "time_entry", rejected, actor_id=by.id)


def _earned(entry: TimeEntry) -> Movement:
    return Movement(
        EntryKind.EARNING,
        entry.id,
        entry.earning_minor or 0,
        entry.currency,
        profile_id=entry.profile_id,
        project_id=entry.engagement.project_id,
    )


def _movement(kind: EntryKind, payout: Payout, reason: str = "") -> Movement:
    return Movement(kind, payout.id, payout.amount_minor, payout.currency, payout.profile_id, reason=reason)


def _locked_accounts(movements: Iterable[Movement]) -> dict[AccountName, LedgerAccount]:
    """Return every account that *movements* touch, made where missing, locked in one order for all."""
    names = {name for movement in movements for name, _ in movement.amounts}
    known = _find_accounts(names, lock=False)
    missing = sorted(names - known.keys(), key=lambda name: (name.kind, name.owner_id, name.currency))
    if missing:
        rows = [
            {
                "kind": name.kind,
                "owner_id": name.owner_id,
                "currency": name.currency,
                "never_overdrawn": name.kind in rules.NEVER_OVERDRAWN,
            }
            for name in missing
        ]
        db.session.execute(insert(LedgerAccount).on_conflict_do_nothing(), rows)
    return _find_accounts(names, lock=True)


def _find_accounts(names: Collection[AccountName], *, lock: bool) -> dict[AccountName, LedgerAccount]:
    # As three arrays: a run may pay more people than a statement holds parameters.
    kinds = sa.literal([str(one.kind) for one in names], ARRAY(sa.Text))
    owners = sa.literal([one.owner_id for one in names], ARRAY(sa.BigInteger))
    currencies = sa.literal([one.currency for one in names], ARRAY(sa.Text))
    wanted = sa.func.unnest(kinds, owners, currencies).table_valued("kind", "owner_id", "currency").render_derived()
    statement = sa.select(LedgerAccount).join(
        wanted,
        (LedgerAccount.kind == sa.type_coerce(wanted.c.kind, LedgerAccount.kind.type))
        & (LedgerAccount.owner_id == wanted.c.owner_id)
        & (LedgerAccount.currency == sa.cast(wanted.c.currency, sa.CHAR(3))),
    )
    if lock:
        statement = statement.order_by(LedgerAccount.id).with_for_update(key_share=True, of=LedgerAccount)
    found = db.session.scalars(statement, execution_options={"populate_existing": True})
    return {AccountName(one.kind, one.owner_id, one.currency): one for one in found}


def _locked_run(run_id: int, wanted: RunState | None) -> PayoutRun:
    """Return a run, locked, with its payouts as they stand now; raises Missing, and Refused unless *wanted*."""
    lock = sa.select(PayoutRun.id).where(PayoutRun.id == run_id).with_for_update()
    if db.session.scalar(lock) is None:
        raise Missing
    run = queries.get_run(run_id)
    if wanted and run.state is not wanted:
        raise Refused(say("This run is %(state)s already.", state=run.state))
    return run


def _release(payouts: Iterable[Payout]) -> None:
    lines = among(PayoutLine.payout_id, [payout.id for payout in payouts])
    db.session.execute(sa.update(PayoutLine).where(lines, ~PayoutLine.released).values(released=True))


def _settle_if_final(run: PayoutRun) -> None:
    if run.state is RunState.APPROVED and all(payout.state in rules.FINAL for payout in run.payouts):
        run.state, run.settled_at = RunState.SETTLED, clock.now()


def _total(run: PayoutRun) -> int:
    return sum(payout.amount_minor for payout in run.payouts)


def _locked_sheets(payouts: Iterable[Payout]) -> set[int]:
    """Lock the timesheets that the earnings of *payouts* come from and return their ids.

    Timesheets before accounts, as in approving hours: nobody waits in a circle.
    """
    statement = (
        sa.select(TimeEntry.timesheet_id)
        .join(JournalEntry, (JournalEntry.source_id == TimeEntry.id) & (JournalEntry.kind == EntryKind.EARNING))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(PayoutLine, PayoutLine.posting_id == Posting.id)
        .where(among(PayoutLine.payout_id, [payout.id for payout in payouts]))
    )
    lock = sa.select(Timesheet.id).where(Timesheet.id.in_(statement)).order_by(Timesheet.id).with_for_update()
    return set(db.session.scalars(lock))


def _refresh_sheets(sheet_ids: Collection[int]) -> None:
    """Give each decided week its state: locked once a payout holds a line of it, paid once all its lines are paid."""
    db.session.flush()
    sheets = list(db.session.scalars(sa.select(Timesheet).where(among(Timesheet.id, sheet_ids))))
    entries = list(db.session.scalars(sa.select(TimeEntry).where(among(TimeEntry.timesheet_id, sheet_ids))))
    payouts = queries.payouts_by_entry(entries)
    by_sheet: dict[int, list[TimeEntry]] = {}
    for entry in entries:
        by_sheet.setdefault(entry.timesheet_id, []).append(entry)
    for sheet in sheets:
        lines = by_sheet.get(sheet.id, [])
        state = decided_state(entry.state for entry in lines)
        if sheet.state is TimesheetState.DRAFT or state is TimesheetState.SUBMITTED:
            continue
        earned = [payouts.get(entry.id) for entry in lines if entry.earning_minor]
        sent = [payout for payout in earned if payout and payout.state is not PayoutState.PENDING]
        if sent:
            paid = len(sent) == len(earned) and all(payout.state is PayoutState.PAID for payout in sent)
            state = TimesheetState.PAID if paid else TimesheetState.LOCKED
        if state is TimesheetState.APPROVED and sheet.state is not TimesheetState.APPROVED:
            telling.tell_of_week(sheet)
        sheet.state, sheet.decided_at = state, sheet.decided_at or clock.now()
    db.session.flush()
