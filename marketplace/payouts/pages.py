"""Pages of money: hours to approve, my earnings, payout runs, the ledger."""

import csv
import io
from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import money, web
from marketplace.accounts.access import current_account, may, permit_of
from marketplace.accounts.models import Account
from marketplace.errors import Refused
from marketplace.formats import day_text
from marketplace.payouts import actions, queries, rules
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import JournalEntry, Payout, PayoutRun
from marketplace.payouts.rules import RunState
from marketplace.payouts.schemas import DecisionForm, OutcomeForm, RunForm, RunStep
from marketplace.profiles.queries import find_own_profile
from marketplace.projects.models import Project
from marketplace.timesheets.marks import marks_of
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.queries import zone_of
from marketplace.timesheets.rules import REJECT_WORDS

blueprint = Blueprint("payouts", __name__)


@blueprint.route("/time/approve", methods=["GET", "POST"])
def approve() -> ResponseReturnValue:
    """Show the lines that wait for me and decide on those ticked."""
    return _approve(None)


@blueprint.route("/projects/<int:project_id>/time", methods=["GET", "POST"])
def project_time(project_id: int) -> ResponseReturnValue:
    """Show and decide the lines of one project."""
    return _approve(queries.get_managed_project(project_id, current_account()))


@blueprint.get("/earnings")
def earnings() -> ResponseReturnValue:
    """Show my balance, weeks, lines and payouts."""
    account = current_account()
    worker = find_own_profile(account)
    listed = web.listed(queries.earned_lines(account), TimeEntry.id, _list_query())
    found = queries.balances(account)
    return web.page(
        "payouts/earnings.html",
        zone=zone_of(worker) if worker else "UTC",
        balances=found,
        charts=[(one.currency, _points(queries.weekly_earnings(account, one.currency), one.currency)) for one in found],
        lines=listed,
        payout_of=queries.payouts_by_entry(listed["items"]),
        deciders=queries.names_of([entry.decided_by for entry in listed["items"]]),
        payouts=web.listed(queries.own_payouts(account), Payout.id, {"limit": 24, "cursor": None})["items"],
        reasons=REJECT_WORDS,
        first_page="cursor" not in request.args,
    )


@blueprint.get("/earnings/payouts/<int:payout_id>")
def own_payout(payout_id: int) -> ResponseReturnValue:
    """Show one of my payouts down to the hours that it pays."""
    payout = queries.get_own_payout(payout_id, current_account())
    lines = queries.lines_of(payout)
    return web.page("payouts/payout.html", payout=payout, lines=lines, own=True, names={}, may_write=False)


@blueprint.get("/finance")
def finance() -> ResponseReturnValue:
    """Show what is ready to pay and the runs."""
    ready = queries.ready_to_pay()
    drafts = {run.currency: run for run in queries.drafts()}
    by_currency = {
        currency: [one for one in ready if one.currency == currency]
        for currency in sorted({one.currency for one in ready})
    }
    return web.page(
        "payouts/finance.html",
        ready=by_currency,
        drafts=drafts,
        runs=web.listed(queries.runs(), PayoutRun.id, _list_query()),
        may_write=_may("POST payouts.create_run"),
    )


@blueprint.post("/finance/runs")
def create_run() -> ResponseReturnValue:
    """Draft a run."""
    with web.form(RunForm) as form:
        run = actions.create_run(form.load()["currency"], by=current_account())
        web.commit()
        flash("The draft is made. Somebody else has to approve it.", "success")
        return redirect(url_for(".run", run_id=run.id))
    _flash_errors(form)
    return redirect(url_for(".finance"))


@blueprint.get("/finance/runs/<int:run_id>")
def run(run_id: int) -> ResponseReturnValue:
    """Show a run and its payouts."""
    found = queries.get_run(run_id)
    return web.page(
        "payouts/run.html",
        run=found,
        total=sum(payout.amount_minor for payout in found.payouts),
        names=queries.names_of([found.created_by, found.approved_by]),
        own=found.created_by == current_account().id,
        may_write=_may("POST payouts.approve_run"),
    )


@blueprint.get("/finance/payouts/<int:payout_id>")
def payout(payout_id: int) -> ResponseReturnValue:
    """Show one payout down to the hours that it pays."""
    found = queries.get_payout(payout_id)
    lines = queries.lines_of(found)
    names = queries.names_of([entry.decided_by for entry in lines])
    may_write = _may("POST payouts.outcome")
    return web.page("payouts/payout.html", payout=found, lines=lines, own=False, names=names, may_write=may_write)


@blueprint.post("/finance/runs/<int:run_id>/approve")
def approve_run(run_id: int) -> ResponseReturnValue:
    """Approve a draft."""
    with web.form(RunStep) as form:
        actions.approve_run(run_id, by=current_account())
        web.commit()
        flash("The run is approved; the money is on hold for it. Download the file for the bank.", "success")
    _flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.post("/finance/runs/<int:run_id>/cancel")
def cancel_run(run_id: int) -> ResponseReturnValue:
    """Put a draft away."""
    with web.form(RunStep) as form:
        actions.cancel_run(run_id, by=current_account())
        web.commit()
        flash("The draft is cancelled.", "success")
    _flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.post("/finance/payouts/<int:payout_id>/outcome")
def outcome(payout_id: int) -> ResponseReturnValue:
    """Note what the bank did with a payout."""
    run_id = queries.get_payout(payout_id).run_id
    with web.form(OutcomeForm) as form:
        actions.record_outcome(payout_id, **form.load(), by=current_account())
        web.commit()
        flash("Noted.", "success")
    _flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.get("/finance/runs/<int:run_id>/file.csv")
def run_file(run_id: int) -> ResponseReturnValue:
    """Give the payments of an approved run as a CSV file; the end-to-end id says which payout each is."""
    found = queries.get_run(run_id)
    if found.state not in {RunState.APPROVED, RunState.SETTLED}:
        raise Refused("The file is there once the run is approved.")
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(("end_to_end_id", "annotator", "name", "email", "currency", "amount", "state"))
    for payout in found.payouts:
        account = payout.profile.account
        who = (payout.profile.pseudonym, rules.neutral_cell(account.name), rules.neutral_cell(account.email))
        amount = money.plain(payout.amount_minor, payout.currency)
        writer.writerow((f"payout-{payout.id}", *who, payout.currency, amount, payout.state))
    disposition = {"Content-Disposition": f'attachment; filename="payout-run-{found.id}.csv"'}
    return Response(content.getvalue(), mimetype="text/csv", headers=disposition)


@blueprint.get("/finance/ledger")
def ledger() -> ResponseReturnValue:
    """Show the balances and the journal, newest first."""
    accounts = queries.ledger_accounts()
    return web.page(
        "payouts/ledger.html",
        accounts=accounts,
        trial=queries.trial_balance(),
        owners=queries.owner_names(accounts),
        journal=web.listed(queries.journal(), JournalEntry.id, _list_query()),
    )


def _approve(project: Project | None) -> ResponseReturnValue:
    account = current_account()
    with web.form(DecisionForm) as form:
        if form.submitted:
            entries = _decided(form.load())
            web.commit()
            flash(f"Decided on {len(entries)} line{'s' * (len(entries) != 1)}. The people are told.", "success")
            return redirect(request.full_path.rstrip("?"))
    project_id = project.id if project else None
    only_marked = "marked" in request.args
    weeks, marks = _weeks_with_marks(account, project_id, only_marked)
    page = web.page(
        "payouts/approve.html",
        form=form,
        project=project,
        weeks=weeks,
        marks=marks,
        only_marked=only_marked,
        waiting=queries.count_to_decide(account, project_id),
        at_once=queries.LINES_AT_ONCE,
        reasons=[(reason.value, text) for reason, text in REJECT_WORDS.items()],
        estimate=lambda entry: money.earning_minor(entry.rate_minor, entry.minutes),
    )
    return page, form.status


def _weeks_with_marks(
    account: Account, project_id: int | None, only_marked: bool
) -> tuple[list[tuple[Timesheet, list[TimeEntry]]], Mapping[int, list[str]]]:
    """Return the lines that wait by week, and what is unusual about which; where asked only those lines."""
    most = queries.LINES_LOOKED_THROUGH if only_marked else queries.LINES_AT_ONCE
    weeks = queries.weeks_to_decide(account, project_id, most=most)
    marks = marks_of((lines, sheet.time_zone, sheet.week_starts_on) for sheet, lines in weeks)
    if not only_marked:
        return weeks, marks
    shown = set(list(marks)[: queries.LINES_AT_ONCE])
    kept = [(sheet, [line for line in lines if line.id in shown]) for sheet, lines in weeks]
    return [(sheet, lines) for sheet, lines in kept if lines], marks


def _decided(wish: dict[str, Any]) -> Collection[TimeEntry]:
    lines, account = set(wish["lines"]), current_account()
    if wish["verdict"] == "approve":
        return actions.decide_lines(lines, [], by=account)
    rejections = [Rejection(line, wish["reason"], wish["note"], wish["evidence"]) for line in lines]
    return actions.decide_lines([], rejections, by=account)


def _points(weeks: Collection[tuple[Any, int]], currency: str) -> list[tuple[str, float, str]]:
    """Return what bar_chart draws: a label, a length and the text beside it."""
    return [
        (day_text(monday, "d MMM"), float(money.in_major(minor, currency)), money.written(minor, currency))
        for monday, minor in weeks
    ]


def _list_query() -> dict[str, Any]:
    cursor = request.args.get("cursor", type=int)
    return {"limit": web.PAGE_SIZE, "cursor": cursor if cursor and 0 < cursor < 2**62 else None}


def _may(row: str) -> bool:
    method, endpoint = row.split()
    return may(current_account(), permit_of(endpoint, method))


def _flash_errors(form: web.Form) -> None:
    for _, message in form.errors:
        flash(message, "error")
