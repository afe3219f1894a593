"""Who is told of decided hours and of payments: their owners by mail, organisations by events."""

import itertools
from collections.abc import Sequence

import sqlalchemy as sa

from marketplace import clock, money
from marketplace.db import db
from marketplace.events import happened
from marketplace.formats import hours_text, moment_text
from marketplace.notices import Kind, Letter, notify
from marketplace.payouts.models import JournalEntry, Payout, PayoutLine, Posting
from marketplace.payouts.rules import EntryKind, PayoutState
from marketplace.projects.models import Project
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import REJECT_WORDS, EntryState, RejectReason
from marketplace.work.models import Engagement

MOST_LINES = 20


def tell_owners(entries: Sequence[TimeEntry]) -> None:
    """Write one mail to each person whose lines were decided."""
    owned = sorted(entries, key=lambda entry: (entry.profile_id, entry.starts_at))
    for _, group in itertools.groupby(owned, key=lambda entry: entry.profile_id):
        lines = list(group)
        profile = lines[0].engagement.profile
        approved = [entry for entry in lines if entry.state is EntryState.APPROVED]
        told = "Your hours: " + _in_words(len(approved), len(lines) - len(approved))
        words = {"name": profile.account.name, "lines": lines, "reasons": REJECT_WORDS}
        notify(
            profile.account,
            Kind.HOURS,
            "hours.decided",
            f"time_entry:{lines[0].id}:{clock.now().isoformat()}",
            told,
            "/earnings",
            why=_lines(lines),
            letter=Letter("timesheet_decided", told, words),
        )


def _lines(lines: Sequence[TimeEntry]) -> str:
    """Return what became of the first lines; the page has all of them."""
    left = len(lines) - MOST_LINES
    return "\n".join([*map(_line, lines[:MOST_LINES]), *([f"And {left} more."] if left > 0 else [])])


def _line(entry: TimeEntry) -> str:
    """Return what became of one line."""
    began = moment_text(entry.starts_at, entry.timesheet.time_zone)
    line = f"{began}, {hours_text(entry.minutes)} h, {entry.engagement.project.title}: "
    if entry.earning_minor is not None:
        return f"{line}approved, {money.written(entry.earning_minor, entry.currency)}"
    reason = REJECT_WORDS[RejectReason(entry.reject_reason)] if entry.reject_reason else ""
    return f"{line}not approved. {reason}{f': {entry.reject_note}' if entry.reject_note else ''}"


def _in_words(approved: int, rejected: int) -> str:
    parts = [f"{count} {word}" for count, word in ((approved, "approved"), (rejected, "rejected")) if count]
    return ", ".join(parts)


def tell_payee(payout: Payout) -> None:
    """Write to whoever is paid what became of the payment."""
    amount = money.written(payout.amount_minor, payout.currency)
    paid = payout.state is PayoutState.PAID
    told = f"{amount} is on your account" if paid else f"Your payout of {amount} did not arrive"
    words = {"name": payout.profile.account.name, "amount": amount, "payout": payout}
    back = f"{payout.failure_reason} Nothing is lost: the amount is part of the next payout."
    notify(
        payout.profile.account,
        Kind.PAY,
        f"payout.{payout.state}",
        f"payout:{payout.id}",
        told,
        f"/earnings/payouts/{payout.id}",
        why=f"Reference: {payout.reference}" if paid else back,
        letter=Letter("payout_paid" if paid else "payout_back", told, words),
    )


def tell_of_week(sheet: Timesheet) -> None:
    """Tell the organisation that every line of a week is approved."""
    happened(
        "timesheet.approved",
        sheet.engagement.project.organisation_id,
        timesheet_id=sheet.id,
        engagement_id=sheet.engagement_id,
        project_id=sheet.engagement.project_id,
        week=sheet.week_starts_on.isoformat(),
    )


def tell_organisations(payouts: Sequence[Payout]) -> None:
    """Tell each organisation whose hours *payouts* are for what became of each, with the lines that are its own."""
    states = {payout.id: payout.state for payout in payouts}
    lines = (
        sa.select(PayoutLine.payout_id, Project.organisation_id, TimeEntry.id)
        .join(Posting, Posting.id == PayoutLine.posting_id)
        .join(JournalEntry, sa.and_(JournalEntry.id == Posting.entry_id, JournalEntry.kind == EntryKind.EARNING))
        .join(TimeEntry, TimeEntry.id == JournalEntry.source_id)
        .join(Engagement, Engagement.id == TimeEntry.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(PayoutLine.payout_id.in_(states))
        .order_by(PayoutLine.payout_id, Project.organisation_id, TimeEntry.id)
    )
    found = db.session.execute(lines).all()
    for (payout_id, organisation_id), group in itertools.groupby(found, key=lambda line: (line[0], line[1])):
        entry_ids = [line[2] for line in group]
        happened(f"payout.{states[payout_id]}", organisation_id, payout_id=payout_id, time_entry_ids=entry_ids)
