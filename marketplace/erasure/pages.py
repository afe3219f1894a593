"""The HTML door: what erasing me would do, told before, and the erasing."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_security import logout_user

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.erasure import actions, queries
from marketplace.erasure.rules import CONFIRMATION
from marketplace.erasure.schemas import ErasureRequest
from marketplace.words import say

blueprint = Blueprint("erasure", __name__)


@blueprint.route("/account/erasure", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Tell what would go, stay and end for this very person, and erase them when they confirm it."""
    account = current_account()
    with web.form(ErasureRequest) as form:
        if form.submitted:
            actions.prove(account, **form.load())
            actions.erase(account)
            web.commit()
            logout_user()
            flash(
                say("You are erased. Files and mails are deleted within minutes; one last mail tells you so."),
                "success",
            )
            return redirect(url_for("home.landing"), 303)
    found = queries.preview_of(account)
    return web.page("erasure/show.html", form=form, found=found, account=account, words=CONFIRMATION), form.status
