"""Pages of money: hours to approve, my earnings, what is owed, payout runs."""

import csv
import io
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, money, web
from marketplace.accounts.access import current_account, may_do
from marketplace.accounts.models import Account
from marketplace.errors import Missing, Refused
from marketplace.formats import page_day, page_money
from marketplace.payees.queries import clients_of
from marketplace.payees.rules import MethodKind
from marketplace.payouts import actions, queries, rules
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import RunState, Weekly
from marketplace.payouts.schemas import DecisionForm, OutcomeForm, RunForm, RunStep
from marketplace.profiles.queries import find_own_profile
from marketplace.projects.models import Project
from marketplace.timesheets.marks import marks_of
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.queries import zone_of
from marketplace.timesheets.rules import REJECT_WORDS
from marketplace.words import say, say_of

blueprint = Blueprint("payouts", __name__)

PAID_BY = {MethodKind.IBAN: "bank", MethodKind.EXTERNAL: "client"}

PEOPLE_AT_ONCE, MOST_PEOPLE = 100, 10**7


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
    found, weekly = queries.balances(account), queries.weekly_earnings(account)
    return web.page(
        "payouts/earnings.html",
        zone=zone_of(worker) if worker else "UTC",
        balances=found,
        charts=[(currency, *_stacked(rows, currency)) for currency, rows in sorted(weekly.items())],
        clients=clients_of(worker, clock.now().astimezone(ZoneInfo(zone_of(worker))).date()) if worker else [],
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
    """Show what is owed together, the people of one currency page by page, and the runs."""
    owed = queries.owed_by_currency()
    known = [one.currency for one in owed]
    asked = request.args.get("currency", "")
    currency = asked if asked in known else known[0] if known else ""
    after = request.args.get("after", default=0, type=int)
    people = queries.people_owed(currency, after if 0 < after < 2**62 else 0, PEOPLE_AT_ONCE + 1) if currency else []
    shown = people[:PEOPLE_AT_ONCE]
    runs = web.listed(sa.select(PayoutRun), PayoutRun.id, _list_query())
    return web.page(
        "payouts/finance.html",
        owed=owed,
        currency=currency,
        people=queries.ready_to_pay(currency, shown) if shown else [],
        next_after=shown[-1] if len(people) > PEOPLE_AT_ONCE else 0,
        is_first=not after,
        drafts={run.currency: run for run in queries.drafts()},
        runs=runs,
        totals=queries.run_totals([run.id for run in runs["items"]]),
    )


@blueprint.get("/finance/preview/<currency>")
def preview(currency: str) -> ResponseReturnValue:
    """Show whom a run would pay, with how much and what for, and who is left out and why."""
    if currency not in money.CURRENCIES:
        raise Missing
    start = request.args.get("from", default=0, type=int)
    start = start if 0 < start < MOST_PEOPLE else 0
    plan = queries.plan_run(currency)
    together = [*plan.left_out, *plan.pays]
    return web.page(
        "payouts/preview.html",
        plan=plan,
        words=rules.SKIP_WORDS,
        shown=together[start : start + PEOPLE_AT_ONCE],
        start=start,
        count=len(together),
        at_once=PEOPLE_AT_ONCE,
        draft=next((run for run in queries.drafts() if run.currency == currency), None),
        may_write=may_do("POST payouts.create_run"),
    )


@blueprint.get("/finance/owed/<int:profile_id>/<currency>")
def owed(profile_id: int, currency: str) -> ResponseReturnValue:
    """Show the lines that somebody is owed for."""
    names = queries.names_of_profiles([profile_id])
    if currency not in money.CURRENCIES or not names:
        raise Missing
    lines = queries.ready_lines_of(profile_id, currency)
    deciders = queries.names_of([entry.decided_by for entry in lines])
    return web.page("payouts/owed.html", name=names[profile_id], currency=currency, lines=lines, names=deciders)


@blueprint.post("/finance/runs")
def create_run() -> ResponseReturnValue:
    """Draft a run."""
    with web.form(RunForm) as form:
        run = actions.create_run(form.load()["currency"], by=current_account())
        web.commit()
        flash(say("The draft is made. Somebody else has to approve it."), "success")
        return redirect(url_for(".run", run_id=run.id))
    web.flash_errors(form)
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
        may_write=may_do("POST payouts.approve_run"),
    )


@blueprint.get("/finance/payouts/<int:payout_id>")
def payout(payout_id: int) -> ResponseReturnValue:
    """Show one payout down to the hours that it pays."""
    found = queries.get_payout(payout_id)
    lines = queries.lines_of(found)
    names = queries.names_of([entry.decided_by for entry in lines])
    may_write = may_do("POST payouts.outcome")
    return web.page("payouts/payout.html", payout=found, lines=lines, own=False, names=names, may_write=may_write)


@blueprint.post("/finance/runs/<int:run_id>/approve")
def approve_run(run_id: int) -> ResponseReturnValue:
    """Approve a draft."""
    with web.form(RunStep) as form:
        actions.approve_run(run_id, by=current_account())
        web.commit()
        flash(say("The run is approved; the money is on hold for it. Download the file for the bank."), "success")
    web.flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.post("/finance/runs/<int:run_id>/cancel")
def cancel_run(run_id: int) -> ResponseReturnValue:
    """Put a draft away."""
    with web.form(RunStep) as form:
        actions.cancel_run(run_id, by=current_account())
        web.commit()
        flash(say("The draft is cancelled."), "success")
    web.flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.post("/finance/payouts/<int:payout_id>/outcome")
def outcome(payout_id: int) -> ResponseReturnValue:
    """Note what the bank did with a payout."""
    run_id = queries.get_payout(payout_id).run_id
    with web.form(OutcomeForm) as form:
        actions.record_outcome(payout_id, **form.load(), by=current_account())
        web.commit()
        flash(say("Noted."), "success")
    web.flash_errors(form)
    return redirect(url_for(".run", run_id=run_id))


@blueprint.get("/finance/runs/<int:run_id>/file.csv")
def run_file(run_id: int) -> ResponseReturnValue:
    """Give the payments of an approved run as a CSV file; the end-to-end id says which payout each is."""
    found = queries.get_run(run_id)
    if found.state not in {RunState.APPROVED, RunState.SETTLED}:
        raise Refused(say("The file is there once the run is approved."))
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(("end_to_end_id", "annotator", "name", "email", "currency", "amount", "state", "paid_by"))
    for payout in found.payouts:
        account = payout.profile.account
        who = (payout.profile.pseudonym, rules.neutral_cell(account.name), rules.neutral_cell(account.email))
        amount = money.plain(payout.amount_minor, payout.currency)
        by = PAID_BY[payout.method.kind] if payout.method else "nobody: there was no way to pay them"
        writer.writerow((rules.end_to_end_id(found.id, payout.id), *who, payout.currency, amount, payout.state, by))
    disposition = {"Content-Disposition": f'attachment; filename="payout-run-{found.id}.csv"'}
    return Response(content.getvalue(), mimetype="text/csv", headers=disposition)


def _approve(project: Project | None) -> ResponseReturnValue:
    account = current_account()
    with web.form(DecisionForm) as form:
        if form.submitted:
            entries = _decided(form.load())
            web.commit()
            flash(
                say_of(
                    len(entries),
                    "Decided on %(n)s line. The people are told.",
                    "Decided on %(n)s lines. The people are told.",
                ),
                "success",
            )
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


def _stacked(earned: Collection[Weekly], currency: str) -> tuple[list[Any], list[str]]:
    """Return the rows and parts that stacked_bars draws, with the amounts as people write them."""
    names, weeks = rules.by_week(earned)
    rows = [
        (
            page_day(monday, "d MMM"),
            [float(money.in_major(minor, currency)) for minor in values],
            page_money(sum(values), currency),
            [page_money(minor, currency) for minor in values],
        )
        for monday, values in weeks
    ]
    return rows, names


def _list_query() -> dict[str, Any]:
    cursor = request.args.get("cursor", type=int)
    return {"limit": web.PAGE_SIZE, "cursor": cursor if cursor and 0 < cursor < 2**62 else None}
