"""Pages of statements: one's own, and for finance anybody's; each as page, PDF and CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, money, web
from marketplace.accounts.access import current_account
from marketplace.payouts.queries import balances
from marketplace.payouts.rules import neutral_cell
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import find_own_profile, own_profile
from marketplace.statements import pdf, queries
from marketplace.statements.rules import PART_WORDS, Movement, Part, Statement
from marketplace.timesheets.queries import zone_of
from marketplace.timesheets.rules import monday_of

blueprint = Blueprint("statements", __name__)
HEAD = (
    *("booked_at", "entry_id", "what", "project", "time_entry_id", "starts_at", "ends_at", "minutes", "rate"),
    *("approved_by", "approved_at", "payout_id", "reference", "reason", "currency", "owed", "on_way", "balance"),
)


@blueprint.get("/earnings/made-of")
def made_of() -> ResponseReturnValue:
    """Show what one of my balances is made of: the lines, or the payouts."""
    account = current_account()
    known = {one.currency: one for one in balances(account)}
    currency = request.args.get("currency", "")
    part = next((one for one in Part if one == request.args.get("part")), Part.APPROVED)
    if currency not in known:
        return redirect(url_for("payouts.earnings"))
    return web.page(
        "statements/made_of.html",
        part=part,
        words=PART_WORDS[part],
        balance=known[currency],
        zone=zone_of(own_profile(account)),
        listed=queries.made_of(account, part, currency, web.list_query()),
        other_minor=queries.not_of_hours(account, known[currency]) if part is Part.APPROVED else 0,
        first_page="cursor" not in request.args,
    )


@blueprint.get("/earnings/statements")
def index() -> ResponseReturnValue:
    """List my months and years."""
    return _index(find_own_profile(current_account()), own=True)


@blueprint.get("/earnings/statements/<period>")
def show(period: str) -> ResponseReturnValue:
    """Show one of my months or years."""
    return _show(own_profile(current_account()), period, own=True)


@blueprint.get("/earnings/statements/<period>/statement.csv")
def csv_file(period: str) -> ResponseReturnValue:
    """Give one of my months or years as CSV."""
    return _csv(own_profile(current_account()), period)


@blueprint.get("/earnings/statements/<period>/statement.pdf")
def pdf_file(period: str) -> ResponseReturnValue:
    """Give one of my months or years as PDF."""
    return _pdf(own_profile(current_account()), period)


@blueprint.get("/earnings/entries/<int:journal_id>")
def entry(journal_id: int) -> ResponseReturnValue:
    """Show one movement of mine down to its time entry, rate, approval and both sides in the books."""
    return _entry(own_profile(current_account()), journal_id, own=True)


@blueprint.get("/finance/people/<int:profile_id>/statements")
def person_index(profile_id: int) -> ResponseReturnValue:
    """List somebody's months and years."""
    return _index(queries.get_profile(profile_id), own=False)


@blueprint.get("/finance/people/<int:profile_id>/statements/<period>")
def person_show(profile_id: int, period: str) -> ResponseReturnValue:
    """Show one of somebody's months or years."""
    return _show(queries.get_profile(profile_id), period, own=False)


@blueprint.get("/finance/people/<int:profile_id>/statements/<period>/statement.csv")
def person_csv_file(profile_id: int, period: str) -> ResponseReturnValue:
    """Give one of somebody's months or years as CSV."""
    return _csv(queries.get_profile(profile_id), period)


@blueprint.get("/finance/people/<int:profile_id>/statements/<period>/statement.pdf")
def person_pdf_file(profile_id: int, period: str) -> ResponseReturnValue:
    """Give one of somebody's months or years as PDF."""
    return _pdf(queries.get_profile(profile_id), period)


@blueprint.get("/finance/people/<int:profile_id>/entries/<int:journal_id>")
def person_entry(profile_id: int, journal_id: int) -> ResponseReturnValue:
    """Show one movement of somebody down to its evidence."""
    return _entry(queries.get_profile(profile_id), journal_id, own=False)


def _index(profile: AnnotatorProfile | None, *, own: bool) -> ResponseReturnValue:
    listed = queries.listed(profile) if profile else []
    return web.page("statements/index.html", profile=profile, listed=listed, own=own, link=_linker(profile, own))


def _show(profile: AnnotatorProfile, period: str, *, own: bool) -> ResponseReturnValue:
    statement = _asked(profile, period)
    return web.page(
        "statements/show.html",
        statement=statement,
        currencies=queries.currencies_of(profile),
        is_open=statement.ends_at > clock.now(),
        own=own,
        link=_linker(profile, own),
    )


def _entry(profile: AnnotatorProfile, journal_id: int, *, own: bool) -> ResponseReturnValue:
    line, currency = queries.movement(profile, journal_id)
    return web.page(
        "statements/entry.html",
        line=line,
        currency=currency,
        zone=zone_of(profile),
        month=f"{line.booked_at.astimezone(ZoneInfo(zone_of(profile))):%Y-%m}",
        monday=monday_of(line.work.starts_at, zone_of(profile)) if line.work else None,
        postings=queries.postings(journal_id),
        profile=profile,
        own=own,
        link=_linker(profile, own),
    )


def _pdf(profile: AnnotatorProfile, period: str) -> Response:
    statement = _asked(profile, period)
    return _file(statement, "pdf", pdf.drawn(statement, is_open=statement.ends_at > clock.now()), "application/pdf")


def _csv(profile: AnnotatorProfile, period: str) -> Response:
    statement = _asked(profile, period)
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(HEAD)
    plain = money.plain
    writer.writerow(
        (
            *(statement.starts_at.isoformat(), "", "Opening balance", *[""] * 11, statement.currency, "", ""),
            plain(statement.opening.owed_minor, statement.currency),
        )
    )
    writer.writerows(_row(line, statement.currency) for line in statement.lines)
    return _file(statement, "csv", content.getvalue(), "text/csv")


def _row(line: Movement, currency: str) -> tuple[object, ...]:
    work, paying = line.work, line.paying
    approved_at = work.approved_at.isoformat() if work and work.approved_at else ""
    about = (
        (
            *(neutral_cell(work.project), work.entry_id, work.starts_at.isoformat(), work.ends_at.isoformat()),
            *(line.minutes, money.plain(work.rate_minor, currency), neutral_cell(work.approved_by), approved_at),
        )
        if work
        else [""] * 8
    )
    payout = (paying.payout_id, neutral_cell(paying.reference)) if paying else ("", "")
    amounts = (money.plain(one, currency) for one in (line.owed_minor, line.on_way_minor, line.balance_minor))
    what = (line.booked_at.isoformat(), line.entry_id, neutral_cell(line.words))
    return (*what, *about, *payout, neutral_cell(line.reason), currency, *amounts)


def _asked(profile: AnnotatorProfile, period: str) -> Statement:
    return queries.statement(profile, period, request.args.get("currency"))


def _file(statement: Statement, suffix: str, content: str | bytes, kind: str) -> Response:
    name = f"statement-{statement.profile_id}-{statement.period.name}-{statement.currency}.{suffix}"
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _linker(profile: AnnotatorProfile | None, own: bool) -> Callable[..., str]:
    """Return what makes addresses of these pages for whoever looks: the person, or finance."""

    def link(page: str, **values: Any) -> str:
        if own:
            return url_for(f"statements.{page}", **values)
        return url_for(f"statements.person_{page}", profile_id=profile.id if profile else 0, **values)

    return link
