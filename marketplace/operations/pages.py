"""The doors of those who keep the installation: health, metrics, the queues, the outbox."""

import re

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST

from marketplace import mail, web
from marketplace.accounts.access import current_account
from marketplace.mail import OutgoingMail
from marketplace.operations import metrics, queries
from marketplace.spaces import queries as spaces
from marketplace.tasks import actions as task_actions
from marketplace.tasks import queries as tasks
from marketplace.words import say

blueprint = Blueprint("operations", __name__)


@blueprint.app_template_filter("links_of_ours")
def links_of_ours(text: str) -> Markup:
    """Return *text* with every address of this site a link; another's, which anybody may have had written, is words."""
    site = re.escape(current_app.config["FAIRMATCH"].public_url)
    pieces = re.split(rf"(?<!\S)({site}/[A-Za-z0-9/._~?&=%+-]*)(?!\S)", text)
    link = Markup('<a href="{0}">{0}</a>')
    return Markup("").join(link.format(piece) if at % 2 else piece for at, piece in enumerate(pieces))


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """Say that this process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database, Valkey and the workers answer."""
    found = queries.readiness()
    return jsonify(found), 200 if all(found.values()) else 503


@blueprint.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Give the metrics in the form Prometheus reads."""
    return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/admin/system")
def system() -> ResponseReturnValue:
    """Show what runs, what waits and what is dead."""
    return web.page(
        "operations/system.html",
        readiness=queries.readiness(),
        backlog=tasks.backlog(),
        dead=tasks.dead_tasks(),
        heartbeats=tasks.heartbeats(),
        spaces=spaces.views(),
    )


@blueprint.post("/admin/system/tasks/<int:task_id>/rerun")
def rerun(task_id: int) -> ResponseReturnValue:
    """Try a dead task again."""
    task_actions.rerun_dead(task_id, by=current_account().id)
    web.commit()
    flash(say("The task is on its way again."), "success")
    return redirect(url_for("operations.system"))


@blueprint.get("/admin/outbox")
def outbox() -> ResponseReturnValue:
    """List the mails, newest first."""
    cursor = request.args.get("cursor", type=int)
    query = {"limit": web.PAGE_SIZE, "cursor": cursor if cursor and 0 < cursor < 2**62 else None}
    return web.page("operations/outbox.html", mails=web.listed(queries.outbox(), OutgoingMail.id, query))


@blueprint.post("/admin/outbox/<int:mail_id>/again")
def send_again(mail_id: int) -> ResponseReturnValue:
    """Queue a refused mail once more."""
    mail.send_again(mail_id, by=current_account().id)
    web.commit()
    flash(say("The mail is queued again."), "success")
    return redirect(url_for("operations.outbox"))
