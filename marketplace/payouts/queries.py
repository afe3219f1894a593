"""The reads of the books: lines to decide, what is ready to pay, runs, earnings, balances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.payouts.models import JournalEntry, LedgerAccount, Payout, PayoutLine, PayoutRun, Posting
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState, RunState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement

LINES_AT_ONCE = 200
# So many of those that wait longest are looked through for what is unusual.
LINES_LOOKED_THROUGH = 2000


@dataclass(frozen=True, slots=True)
class ReadyToPay:
    """What one person is owed in one currency: the sum of *postings*, earned in *minutes*."""

    profile_id: int
    name: str
    currency: str
    amount_minor: int
    minutes: int
    postings: Sequence[int]


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the money of one person stands in one currency, in minor units."""

    currency: str
    pending: int
    payable: int
    under_way: int
    paid: int


def lines_to_decide(account: Account, project_id: int | None = None) -> sa.Select[TimeEntry]:
    """Return the lines handed in to projects that *account* manages, the longest waiting first."""
    statement = _managed_lines(account).where(TimeEntry.state == EntryState.SUBMITTED)
    if project_id is not None:
        statement = statement.where(Engagement.project_id == project_id)
    return statement.order_by(Timesheet.submitted_at, Timesheet.id, TimeEntry.starts_at)


def weeks_to_decide(
    account: Account, project_id: int | None = None, *, most: int = LINES_AT_ONCE
) -> list[tuple[Timesheet, list[TimeEntry]]]:
    """Return the first *most* lines to decide by the week they belong to."""
    weeks: dict[int, tuple[Timesheet, list[TimeEntry]]] = {}
    for entry in db.session.scalars(lines_to_decide(account, project_id).limit(most)):
        weeks.setdefault(entry.timesheet_id, (entry.timesheet, []))[1].append(entry)
    return list(weeks.values())


def count_to_decide(account: Account, project_id: int | None = None) -> int:
    """Return how many lines wait for a decision of *account*."""
    waiting = lines_to_decide(account, project_id).with_only_columns(TimeEntry.id).order_by(None).subquery()
    return int(db.session.scalars(sa.select(sa.func.count()).select_from(waiting)).one())


def managed_lines(entry_ids: Collection[int], account: Account) -> list[TimeEntry]:
    """Return these lines, their weeks locked, as they stand now; raises Missing unless *account* manages them all."""
    wanted = set(entry_ids)
    sheets = sa.select(TimeEntry.timesheet_id).where(TimeEntry.id.in_(wanted))
    # Whoever changes the state of a line holds its week; always taken in the same order, so nobody waits in a circle.
    lock = sa.select(Timesheet.id).where(Timesheet.id.in_(sheets)).order_by(Timesheet.id).with_for_update()
    db.session.execute(lock)
    statement = _managed_lines(account).where(TimeEntry.id.in_(wanted)).order_by(TimeEntry.id)
    found = list(db.session.scalars(statement, execution_options={"populate_existing": True}))
    if len(found) != len(wanted):
        raise Missing
    return found


def _managed_lines(account: Account) -> sa.Select[TimeEntry]:
    statement = sa.select(TimeEntry).join(TimeEntry.timesheet).join(TimeEntry.engagement)
    statement = statement.join(Engagement.project).join(Engagement.profile).join(AnnotatorProfile.account)
    shown = contains_eager(TimeEntry.engagement).options(
        contains_eager(Engagement.project),
        contains_eager(Engagement.profile).contains_eager(AnnotatorProfile.account),
    )
    sheet = contains_eager(TimeEntry.timesheet).selectinload(Timesheet.reviewer).lazyload(Account.roles)
    return statement.options(sheet, shown).where(managed_by(account))


def get_managed_project(project_id: int, account: Account) -> Project:
    """Return a project that *account* manages; raises Missing."""
    project = db.session.scalar(sa.select(Project).where(Project.id == project_id, managed_by(account)))
    if project is None:
        raise Missing
    return project


def ready_to_pay(currency: str | None = None) -> list[ReadyToPay]:
    """Return what everybody is owed and no payout holds yet, by currency and person."""
    statement = (
        sa.select(
            LedgerAccount.owner_id,
            Account.name,
            Account.email,
            LedgerAccount.currency,
            -sa.func.sum(Posting.amount_minor),
            sa.func.sum(TimeEntry.minutes),
            sa.func.array_agg(Posting.id),
        )
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(TimeEntry, TimeEntry.id == JournalEntry.source_id)
        .join(AnnotatorProfile, AnnotatorProfile.id == LedgerAccount.owner_id)
        .join(AnnotatorProfile.account)
        .where(LedgerAccount.kind == LedgerKind.PAYABLE, JournalEntry.kind == EntryKind.EARNING)
        .where(~sa.exists().where(PayoutLine.posting_id == Posting.id, ~PayoutLine.released))
        .group_by(LedgerAccount.owner_id, LedgerAccount.currency, Account.id)
        .order_by(LedgerAccount.currency, LedgerAccount.owner_id)
    )
    rows = db.session.execute(statement if currency is None else statement.where(LedgerAccount.currency == currency))
    return [
        ReadyToPay(profile_id, name or email, owed_in, int(amount), int(minutes), postings)
        for profile_id, name, email, owed_in, amount, minutes, postings in rows
    ]


def runs() -> sa.Select[PayoutRun]:
    """Return the payout runs with their payouts."""
    return sa.select(PayoutRun).options(selectinload(PayoutRun.payouts))


def drafts() -> list[PayoutRun]:
    """Return the runs that wait for approval."""
    return list(db.session.scalars(sa.select(PayoutRun).where(PayoutRun.state == RunState.DRAFT)))


def get_payout(payout_id: int) -> Payout:
    """Return any payout with its person and run; raises Missing."""
    shown = (joinedload(Payout.profile).joinedload(AnnotatorProfile.account), joinedload(Payout.run))
    payout = db.session.scalar(sa.select(Payout).where(Payout.id == payout_id).options(*shown))
    if payout is None:
        raise Missing
    return payout


def get_run(run_id: int) -> PayoutRun:
    """Return a run with its payouts and people; raises Missing."""
    people = selectinload(PayoutRun.payouts).options(
        joinedload(Payout.profile).joinedload(AnnotatorProfile.account), selectinload(Payout.lines)
    )
    statement = sa.select(PayoutRun).where(PayoutRun.id == run_id).options(people)
    run = db.session.scalar(statement, execution_options={"populate_existing": True})
    if run is None:
        raise Missing
    return run


def names_of(account_ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of these accounts by id."""
    wanted = sa.select(Account.id, Account.name, Account.email).where(
        Account.id.in_({one for one in account_ids if one})
    )
    return {number: name or email for number, name, email in db.session.execute(wanted)}


def lines_of(payout: Payout) -> list[TimeEntry]:
    """Return the time entries that *payout* pays, the earliest first."""
    return list(
        db.session.scalars(
            sa.select(TimeEntry)
            .join(JournalEntry, (JournalEntry.source_id == TimeEntry.id) & (JournalEntry.kind == EntryKind.EARNING))
            .join(Posting, Posting.entry_id == JournalEntry.id)
            .join(PayoutLine, PayoutLine.posting_id == Posting.id)
            .where(PayoutLine.payout_id == payout.id)
            .options(joinedload(TimeEntry.engagement).joinedload(Engagement.project), joinedload(TimeEntry.timesheet))
            .order_by(TimeEntry.starts_at)
        )
    )


def balances(account: Account) -> list[Balance]:
    """Return where the money of *account* stands, a row for each currency, never added together."""
    expected = sa.func.sum((TimeEntry.rate_minor * TimeEntry.minutes * 2 + 60) / 120)
    own = AnnotatorProfile.account_id == account.id
    waiting = sa.select(TimeEntry.currency, expected).join(
        AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id
    )
    waiting = waiting.where(own, TimeEntry.state == EntryState.SUBMITTED).group_by(TimeEntry.currency)
    payable = sa.select(LedgerAccount.currency, -LedgerAccount.balance_minor).where(
        LedgerAccount.kind == LedgerKind.PAYABLE,
        LedgerAccount.owner_id.in_(sa.select(AnnotatorProfile.id).where(own)),
    )
    sent = sa.select(Payout.currency, sa.func.sum(Payout.amount_minor)).join(Payout.profile).where(own)
    sent = sent.group_by(Payout.currency)
    parts = [
        {currency: int(total) for currency, total in db.session.execute(statement)}
        for statement in (
            waiting,
            payable,
            sent.where(Payout.state == PayoutState.IN_TRANSIT),
            sent.where(Payout.state == PayoutState.PAID),
        )
    ]
    return [
        Balance(one, *(part.get(one, 0) for part in parts)) for one in sorted({key for part in parts for key in part})
    ]


def weekly_earnings(account: Account, currency: str, weeks: int = 12) -> list[tuple[date, int]]:
    """Return the Monday and the approved earnings of the latest *weeks* that have any, the earliest first."""
    statement = (
        sa.select(Timesheet.week_starts_on, sa.func.sum(TimeEntry.earning_minor))
        .join(TimeEntry, TimeEntry.timesheet_id == Timesheet.id)
        .join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
        .where(AnnotatorProfile.account_id == account.id, TimeEntry.currency == currency)
        .where(TimeEntry.state == EntryState.APPROVED)
        .group_by(Timesheet.week_starts_on)
        .order_by(Timesheet.week_starts_on.desc())
        .limit(weeks)
    )
    return [(monday, int(total or 0)) for monday, total in reversed(db.session.execute(statement).all())]


def earned_lines(account: Account) -> sa.Select[TimeEntry]:
    """Return the lines of *account* that were handed in, with project and week."""
    statement = sa.select(TimeEntry).join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
    statement = statement.where(AnnotatorProfile.account_id == account.id, TimeEntry.state != EntryState.RECORDED)
    project = joinedload(TimeEntry.engagement).joinedload(Engagement.project)
    return statement.options(project, joinedload(TimeEntry.timesheet))


def payouts_by_entry(entries: Collection[TimeEntry]) -> dict[int, Payout]:
    """Return the payout that pays, or is about to pay, each of *entries* by the id of the line."""
    statement = (
        sa.select(JournalEntry.source_id, Payout)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(PayoutLine, (PayoutLine.posting_id == Posting.id) & ~PayoutLine.released)
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .where(JournalEntry.kind == EntryKind.EARNING, JournalEntry.source_id.in_([entry.id for entry in entries]))
    )
    return dict(iter(db.session.execute(statement)))


def own_payouts(account: Account) -> sa.Select[Payout]:
    """Return the payouts of *account* whose run was approved."""
    statement = sa.select(Payout).join(Payout.profile).where(AnnotatorProfile.account_id == account.id)
    return statement.where(Payout.state != PayoutState.PENDING)


def get_own_payout(payout_id: int, account: Account) -> Payout:
    """Return one payout of *account*; raises Missing."""
    payout = db.session.scalar(own_payouts(account).where(Payout.id == payout_id))
    if payout is None:
        raise Missing
    return payout


def ledger_accounts() -> list[LedgerAccount]:
    """Return every account with its balance, by currency and kind."""
    order = (LedgerAccount.currency, LedgerAccount.kind, LedgerAccount.owner_id)
    return list(db.session.scalars(sa.select(LedgerAccount).order_by(*order)))


def trial_balance() -> list[tuple[str, LedgerKind, int]]:
    """Return currency, kind and sum of the stored balances, a line for each."""
    kinds = (LedgerAccount.currency, LedgerAccount.kind)
    statement = sa.select(*kinds, sa.func.sum(LedgerAccount.balance_minor)).group_by(*kinds).order_by(*kinds)
    return [(currency, kind, int(total)) for currency, kind, total in db.session.execute(statement)]


def journal(kind: EntryKind | None = None) -> sa.Select[JournalEntry]:
    """Return the journal entries with their postings and accounts."""
    whole = selectinload(JournalEntry.postings).joinedload(Posting.account)
    statement = sa.select(JournalEntry).options(whole)
    return statement if kind is None else statement.where(JournalEntry.kind == kind)


def owner_names(accounts: Collection[LedgerAccount]) -> dict[tuple[LedgerKind, int], str]:
    """Return the person or project behind each of *accounts* that has one."""
    people = {one.owner_id for one in accounts if one.kind is LedgerKind.PAYABLE}
    projects = {one.owner_id for one in accounts if one.kind is LedgerKind.PROJECT_EXPENSE}
    titles = db.session.execute(sa.select(Project.id, Project.title).where(Project.id.in_(projects)))
    named = sa.select(AnnotatorProfile.id, Account.name).join(AnnotatorProfile.account)
    found = {(LedgerKind.PROJECT_EXPENSE, number): title for number, title in titles}
    return found | {
        (LedgerKind.PAYABLE, number): name
        for number, name in db.session.execute(named.where(AnnotatorProfile.id.in_(people)))
    }
