"""The pages of lines in question: one line with what is said about it, and the disputes."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.disputes import actions, queries
from marketplace.disputes.facts import facts_of
from marketplace.disputes.models import Dispute
from marketplace.disputes.rules import ANSWER_DAYS, STEP_WORDS
from marketplace.disputes.schemas import StepShape
from marketplace.timesheets.rules import REJECT_WORDS
from marketplace.words import say

blueprint = Blueprint("disputes", __name__)


@blueprint.get("/time/disputes")
def index() -> ResponseReturnValue:
    """List the disputes that I see, newest first."""
    listed = web.listed(queries.disputes_of(current_account()), Dispute.id, web.list_query())
    return web.page("disputes/index.html", listed=listed, reasons=REJECT_WORDS)


@blueprint.route("/time/lines/<int:entry_id>", methods=["GET", "POST"])
def line(entry_id: int) -> ResponseReturnValue:
    """Show a line with what is said about it, and take a step."""
    account = current_account()
    queries.get_line(entry_id, account)
    with web.form(StepShape) as form:
        if form.submitted:
            wish = form.load()
            actions.take_step(entry_id, wish["step"], wish["text"], by=account)
            web.commit()
            flash(say("Done. The other side is told."), "success")
            return redirect(url_for(".line", entry_id=entry_id))
    entry = queries.get_line(entry_id, account)
    own = queries.side_of(entry, account) == "worker"
    return web.page(
        "disputes/line.html",
        form=form,
        own=own,
        zone=entry.timesheet.time_zone,
        reasons=REJECT_WORDS,
        step_words=STEP_WORDS,
        days=ANSWER_DAYS,
        **facts_of(entry, account),
    ), form.status
