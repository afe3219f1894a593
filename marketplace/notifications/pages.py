"""Notifications in the browser: what changed and why, how to be told, and the link that stops mails."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.notices import FIXED, KIND_NAMES, Kind, Notification, read_stop_token
from marketplace.notifications import actions, queries
from marketplace.notifications.rules import KIND_HINTS, WAY_NAMES, kinds_for
from marketplace.notifications.schemas import ChoicesShape, NotificationQuery, ReadingShape
from marketplace.words import say

blueprint = Blueprint("notifications", __name__)
blueprint.add_app_template_global(queries.unread_count, "unread_count")
NOT_WHOLE = "This link is not whole: open it from the mail once more, or choose under Notifications, Preferences."


@blueprint.app_template_filter("kind_name")
def kind_name(kind: Kind) -> str:
    """Name a kind."""
    return KIND_NAMES[kind]


@blueprint.get("/notifications")
def index() -> ResponseReturnValue:
    """List what changed and why."""
    account = current_account()
    asked: dict[str, Any] = NotificationQuery(unknown=EXCLUDE).load(
        {name: value for name, value in request.args.items() if value}
    )
    found = web.listed(queries.notifications_of(account, asked["kind"], unread=asked["unread"]), Notification.id, asked)
    cursor = found["next_cursor"]
    kept = {"kind": asked["kind"], "unread": "1" if asked["unread"] else None}
    return web.page(
        "notifications/index.html",
        notifications=found["items"],
        asked=asked,
        kinds=[(kind, KIND_NAMES[Kind(kind)]) for kind in kinds_for(account.role_names)],
        zone=queries.zone_of(account),
        older_url=url_for("notifications.index", cursor=cursor, **kept) if cursor else "",
    )


@blueprint.post("/notifications/<int:notification_id>")
def open_one(notification_id: int) -> ResponseReturnValue:
    """Mark one read and go to the evidence."""
    notification = queries.get_notification(notification_id, current_account())
    url = notification.url
    actions.read_one(notification)
    web.commit()
    return redirect(url)


@blueprint.post("/notifications/reading")
def read_all() -> ResponseReturnValue:
    """Mark everything read that was there when the page was made."""
    with web.form(ReadingShape) as form:
        read = actions.read_all(current_account(), form.load()["up_to"])
        web.commit()
        flash(say("%(read)s marked read.", read=read) if read else say("Everything was read already."), "success")
    web.flash_errors(form)
    return redirect(url_for("notifications.index"))


@blueprint.route("/notifications/preferences", methods=["GET", "POST"])
def preferences() -> ResponseReturnValue:
    """Choose how to be told of each kind."""
    account = current_account()
    with web.form(ChoicesShape, {"choices": _in_words(account)}) as form:
        if form.submitted:
            actions.choose(account, form.load()["choices"], by=account)
            web.commit()
            flash(say("Saved."), "success")
            return redirect(url_for("notifications.preferences"))
    chosen = queries.choices_of(account)
    return web.page(
        "notifications/preferences.html",
        form=form,
        kinds=[(kind, KIND_NAMES[kind], KIND_HINTS[kind], way, kind in FIXED) for kind, way in chosen.items()],
        ways=WAY_NAMES,
        zone=queries.zone_of(account),
    ), form.status


def _in_words(account: Any) -> dict[str, str]:
    return {kind.value: way.value for kind, way in queries.choices_of(account).items()}


@blueprint.route("/unsubscribe/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> ResponseReturnValue:
    """Stop mails of one kind by a signed link: by POST, as mail programs do (RFC 8058); GET only shows the button."""
    meant = read_stop_token(token)
    if meant is None:
        abort(400, description=NOT_WHOLE)
    account_id, kind = meant
    if request.method == "POST":
        if not actions.stop_mails(account_id, kind):
            abort(400, description=NOT_WHOLE)
        web.commit()
    name = KIND_NAMES[kind].lower() if kind else ""
    return web.page("notifications/unsubscribe.html", kind=name, stopped=request.method == "POST", token=token)
