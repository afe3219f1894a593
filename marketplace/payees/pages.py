"""The HTML door: how I am paid, and how an organisation pays."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.accounts.proving import prove
from marketplace.accounts.schemas import Proof
from marketplace.db import db
from marketplace.money import plain
from marketplace.organisations.queries import get_organisation, is_owner
from marketplace.payees import actions, queries, rules
from marketplace.payees.models import PayoutMethod
from marketplace.payees.rules import MethodKind, ScheduleKind
from marketplace.payees.schemas import PayoutMethodForm, PayoutTermsForm
from marketplace.profiles.queries import find_own_profile, own_profile
from marketplace.words import say

blueprint = Blueprint("payees", __name__)
EARLIER_SHOWN = 20
SCHEDULES = [
    ("", "Whenever finance makes a run"),
    (ScheduleKind.WEEKLY, "Every week, on the day below"),
    (ScheduleKind.TWICE_A_MONTH, "Twice a month, on the 15th and the last day"),
    (ScheduleKind.MONTHLY, "Every month, on the day below"),
]


@blueprint.route("/profile/payment", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """Show how I am paid and by whom when, and change it."""
    account = current_account()
    profile = find_own_profile(account)
    if profile is None:
        return web.page("payees/own.html", profile=None)
    kind = MethodKind.EXTERNAL if request.values.get("kind") == MethodKind.EXTERNAL else MethodKind.IBAN
    with web.form(PayoutMethodForm, {"holder": account.name}) as form:
        if form.submitted:
            wish = form.load()
            prove(account, wish.pop("password"), wish.pop("code"))
            method = actions.set_method(profile, **wish)
            web.commit()
            flash(_said(method), "success")
            return redirect(url_for("payees.own"), 303)
    methods = queries.methods_of(profile.id).order_by(PayoutMethod.id.desc()).limit(EARLIER_SHOWN)
    found = list(db.session.scalars(methods))
    now = clock.now()
    return web.page(
        "payees/own.html",
        form=form,
        profile=profile,
        account=account,
        kind=kind,
        method=next((one for one in found if one.ended_at is None), None),
        earlier=[one for one in found if one.ended_at],
        is_first=not found,
        now=now,
        clients=queries.clients_of(profile, now.date()),
    ), form.status


@blueprint.route("/profile/payment/end", methods=["GET", "POST"])
def end() -> ResponseReturnValue:
    """End how I am paid, with the password."""
    account = current_account()
    profile = find_own_profile(account)
    method = queries.find_method(profile.id) if profile else None
    with web.form(Proof) as form:
        if form.submitted:
            prove(account, **form.load())
            actions.end_method(own_profile(account))
            web.commit()
            flash(say("Ended. Nothing is paid to you until you say how."), "success")
            return redirect(url_for("payees.own"), 303)
    return web.page("payees/end.html", form=form, method=method, account=account), form.status


@blueprint.route("/organisations/<int:organisation_id>/payouts", methods=["GET", "POST"])
def terms(organisation_id: int) -> ResponseReturnValue:
    """Show from which sum on and when an organisation pays, and set it."""
    account = current_account()
    organisation = get_organisation(organisation_id, account)
    kept = queries.terms([organisation.id])[organisation.id]
    initial = {"minimum": plain(kept.minimum_minor, kept.currency)}
    if kept.schedule:
        initial |= {"schedule": str(kept.schedule.kind), "day": str(kept.schedule.day or "")}
    with web.form(PayoutTermsForm, initial) as form:
        if form.submitted:
            get_organisation(organisation_id, account, as_owner=True)
            wish = rules.read_terms(**form.load(), currency=organisation.currency)
            actions.set_terms(organisation, wish, by=account)
            web.commit()
            flash(say("Saved."), "success")
            return redirect(url_for("payees.terms", organisation_id=organisation_id), 303)
    today = clock.now().date()
    return web.page(
        "payees/terms.html",
        form=form,
        organisation=organisation,
        kept=kept,
        next_on=rules.next_payout_date(kept.schedule, today) if kept.schedule else None,
        words=rules.schedule_words(kept.schedule),
        schedules=SCHEDULES,
        may_change=is_owner(organisation, account),
    ), form.status


def _said(method: PayoutMethod) -> str:
    if method.usable_from > method.made_at:
        return "Saved. For your safety it is used only after a while; a mail tells you when."
    return f"Saved. You are paid like this from now on: {method.shown}."
