"""Who belongs to an organisation, as its members see it in the browser."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.models import ApiToken, Membership
from marketplace.db import db
from marketplace.organisations import actions, queries, services
from marketplace.organisations.models import MemberInvitation
from marketplace.organisations.schemas import SERVICE_SCOPES, InviteMember, ReviewDaysForm, ServiceTokenForm
from marketplace.words import say

blueprint = Blueprint("organisations", __name__)


@blueprint.get("/organisations")
def index() -> ResponseReturnValue:
    """List my organisations, or go to the only one."""
    found = list(db.session.scalars(queries.own_organisations(current_account())))
    if len(found) == 1:
        return redirect(url_for("organisations.show", organisation_id=found[0].id))
    return web.page("organisations/index.html", organisations=found)


@blueprint.route("/organisations/<int:organisation_id>", methods=["GET", "POST"])
def show(organisation_id: int) -> ResponseReturnValue:
    """Show who belongs to an organisation and who is invited; invite by mail."""
    account = current_account()
    organisation = queries.get_organisation(organisation_id, account)
    with web.form(InviteMember) as form:
        if form.submitted:
            queries.get_organisation(organisation_id, account, as_owner=True)
            wish = form.load()
            actions.invite_member(organisation, wish["email"], is_owner=wish["is_owner"], by=account)
            web.commit()
            flash(say("A mail to %(wish)s is on its way.", wish=wish["email"]), "success")
            return redirect(url_for("organisations.show", organisation_id=organisation_id))
    return web.page(
        "organisations/show.html",
        form=form,
        organisation=organisation,
        members=list(db.session.scalars(queries.members_of(organisation).order_by(Membership.id))),
        invitations=list(db.session.scalars(queries.open_invitations(organisation).order_by(MemberInvitation.id))),
        may_change=queries.is_owner(organisation, account),
    ), form.status


@blueprint.post("/organisations/<int:organisation_id>/invitations/<int:invitation_id>/again")
def invite_again(organisation_id: int, invitation_id: int) -> ResponseReturnValue:
    """Mail an invitation again."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    actions.invite_again(queries.get_open_invitation(organisation, invitation_id), by=current_account())
    web.commit()
    flash(say("A new mail is on its way; the link of the earlier one is good no more."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/invitations/<int:invitation_id>/withdraw")
def withdraw(organisation_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    actions.withdraw_invitation(queries.get_open_invitation(organisation, invitation_id), by=current_account())
    web.commit()
    flash(say("The invitation is withdrawn."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/members/<int:member_id>/owner")
def set_owner(organisation_id: int, member_id: int) -> ResponseReturnValue:
    """Make a member an owner, or not."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    is_owner = request.form.get("is_owner") == "yes"
    actions.set_owner(queries.get_member(organisation, member_id), is_owner=is_owner, by=current_account())
    web.commit()
    flash(say("They are an owner now.") if is_owner else say("They are a manager now, and no owner."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/review-days")
def set_review_days(organisation_id: int) -> ResponseReturnValue:
    """Say within how many days hours are decided."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    with web.form(ReviewDaysForm) as form:
        actions.set_review_days(organisation, form.load()["review_days"], by=current_account())
        web.commit()
        flash(say("Saved. It holds for weeks that are handed in from now on."), "success")
    web.flash_errors(form)
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/members/<int:member_id>/remove")
def remove(organisation_id: int, member_id: int) -> ResponseReturnValue:
    """End a membership."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    actions.remove_member(queries.get_member(organisation, member_id), by=current_account())
    web.commit()
    flash(say("They are no member any more, and see nothing of the organisation."), "success")
    return redirect(url_for("home.dashboard"))


@blueprint.route("/organisations/<int:organisation_id>/programs", methods=["GET", "POST"])
def programs(organisation_id: int) -> ResponseReturnValue:
    """List the tokens of the organisation's programs, and make one."""
    account = current_account()
    organisation = queries.get_organisation(organisation_id, account)
    made = ""
    with web.form(ServiceTokenForm, {"days": 90}) as form:
        if form.submitted:
            queries.get_organisation(organisation_id, account, as_owner=True)
            wish = form.load()
            life = timedelta(days=wish["days"])
            made = services.make_service_token(organisation, wish["name"], wish["scopes"], life, by=account)
            web.commit()
    return web.page(
        "organisations/programs.html",
        form=None if made else form,
        made=made,
        organisation=organisation,
        tokens=list(db.session.scalars(queries.service_tokens_of(organisation).order_by(ApiToken.id))),
        scopes=[(scope.value, scope.value) for scope in SERVICE_SCOPES],
        may_change=queries.is_owner(organisation, account),
    ), form.status


@blueprint.post("/organisations/<int:organisation_id>/programs/<int:token_id>/end")
def end_program(organisation_id: int, token_id: int) -> ResponseReturnValue:
    """End the token of a program."""
    organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
    services.end_service_token(queries.get_service_token(organisation, token_id), by=current_account())
    web.commit()
    flash(say("The token is ended."), "success")
    return redirect(url_for("organisations.programs", organisation_id=organisation_id))


@blueprint.route("/join/<key>", methods=["GET", "POST"])
def join(key: str) -> ResponseReturnValue:
    """Show an invitation to whoever is signed in, and accept it."""
    if request.method == "POST":
        member = actions.accept_invitation(key, by=current_account())
        web.commit()
        flash(say("You are a manager of %(name)s now.", name=member.organisation.name), "success")
        return redirect(url_for("home.dashboard"))
    invitation = queries.find_by_key(key)
    is_mine = invitation is not None and invitation.email.lower() == current_account().email.lower()
    return web.page("organisations/join.html", invitation=invitation, is_mine=is_mine), 200 if is_mine else 404
