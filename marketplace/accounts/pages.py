"""Account pages that Flask-Security has not: tokens, sessions, and the admin's people and organisations."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts import actions, queries, second_factor
from marketplace.accounts.access import current_account
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName, Scope
from marketplace.accounts.schemas import MemberForm, OrganisationForm, RoleForm, TokenForm
from marketplace.accounts.sessions import hashed
from marketplace.db import db
from marketplace.words import say

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/account")
def own() -> ResponseReturnValue:
    """Show the account: sessions, tokens, the ways to change it."""
    account = current_account()
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
    return web.page(
        "accounts/own.html",
        account=account,
        sessions=queries.sessions_of(account),
        this_session=hashed(cookie),
        tokens=list(db.session.scalars(queries.tokens_of(account))),
    )


@blueprint.route("/tokens", methods=["GET", "POST"])
def tokens() -> ResponseReturnValue:
    """Make an API token and show it once."""
    made = ""
    with web.form(TokenForm, {"days": 90}) as form:
        if form.submitted:
            wish = form.load()
            made = actions.make_token(current_account(), wish["name"], wish["scopes"], timedelta(days=wish["days"]))
            web.commit()
    live = list(db.session.scalars(queries.tokens_of(current_account())))
    return web.page(
        "accounts/tokens.html",
        form=form,
        made=made,
        tokens=live,
        scopes=[(scope.value, scope.value) for scope in Scope],
    ), form.status


@blueprint.post("/tokens/<int:token_id>/end")
def end_token(token_id: int) -> ResponseReturnValue:
    """End a token."""
    actions.revoke_token(token_id, by=current_account())
    web.commit()
    flash(say("The token is ended."), "success")
    return redirect(url_for("accounts.tokens"))


@blueprint.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of my sessions."""
    actions.end_session(session_id, by=current_account())
    web.commit()
    flash(say("The session is ended."), "success")
    return redirect(url_for("accounts.own"))


@blueprint.get("/admin/people")
def people() -> ResponseReturnValue:
    """List accounts with their roles."""
    search = request.args.get("q", "")[:100].replace("\x00", "")
    cursor = request.args.get("cursor", type=int)
    query = {"limit": web.PAGE_SIZE, "cursor": cursor if cursor and 0 < cursor < 2**62 else None}
    found = web.listed(queries.people(search), Account.id, query)
    return web.page("accounts/people.html", people=found, search=search, roles=list(RoleName))


@blueprint.post("/admin/people/<int:account_id>/roles")
def change_role(account_id: int) -> ResponseReturnValue:
    """Give or take a role."""
    account = queries.get_account(account_id)
    with web.form(RoleForm) as form:
        wish = form.load()
        change = actions.grant_role if wish["grant"] else actions.revoke_role
        change(account, wish["role"], by=current_account())
        web.commit()
        who = account.name or account.email
        flash(
            say("%(who)s is now %(role)s.", who=who, role=wish["role"])
            if wish["grant"]
            else say("%(who)s is no longer %(role)s.", who=who, role=wish["role"]),
            "success",
        )
    web.flash_errors(form)
    return redirect(url_for("accounts.people"))


@blueprint.post("/admin/people/<int:account_id>/active")
def change_active(account_id: int) -> ResponseReturnValue:
    """Suspend somebody or let them in again."""
    active = request.form.get("active") == "yes"
    actions.set_active(account_id, active, by=current_account())
    web.commit()
    flash(say("They can sign in again.") if active else say("They are signed out and cannot sign in."), "success")
    return redirect(url_for("accounts.people"))


@blueprint.post("/admin/people/<int:account_id>/second-factor")
def reset_second_factor(account_id: int) -> ResponseReturnValue:
    """Take the second factor of somebody away who has lost it."""
    account = queries.get_account(account_id)
    second_factor.reset_second_factor(account, by=current_account())
    web.commit()
    flash(say("%(who)s sets up a second factor when signing in next.", who=account.name or account.email), "success")
    return redirect(url_for("accounts.people"))


@blueprint.route("/admin/organisations", methods=["GET", "POST"])
def organisations() -> ResponseReturnValue:
    """List client organisations and add one."""
    with web.form(OrganisationForm, {"currency": "USD"}) as form:
        if form.submitted:
            wish = form.load()
            actions.add_organisation(wish["name"], wish["currency"].upper(), by=current_account())
            web.commit()
            flash(say("%(wish)s is added.", wish=wish["name"]), "success")
            return redirect(url_for("accounts.organisations"))
    return web.page("accounts/organisations.html", form=form, organisations=queries.organisations()), form.status


@blueprint.post("/admin/organisations/members")
def add_member() -> ResponseReturnValue:
    """Make somebody a member of an organisation."""
    with web.form(MemberForm) as form:
        wish = form.load()
        actions.add_member(wish["organisation_id"], wish["email"], is_owner=wish["is_owner"], by=current_account())
        web.commit()
        flash(say("%(wish)s is now a manager there.", wish=wish["email"]), "success")
    web.flash_errors(form)
    return redirect(url_for("accounts.organisations"))
