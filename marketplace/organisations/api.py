"""The JSON door: organisations, their members, and invitations of new ones."""

from datetime import timedelta
from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.models import ApiToken, Membership, Organisation
from marketplace.accounts.schemas import TokenShown
from marketplace.organisations import actions, queries, services
from marketplace.organisations.models import MemberInvitation
from marketplace.organisations.schemas import (
    InviteMember,
    Key,
    MemberInvitationShown,
    MemberShown,
    OwnerForm,
    OwnOrganisationShown,
    ReviewDaysForm,
    ServiceTokenForm,
    ServiceTokenMade,
)
from marketplace.problems import Problem

api = flask_smorest.Blueprint(
    "api_organisations", __name__, url_prefix="/api/v1", description="Organisations and their members"
)


@api.route("/organisations")
class Organisations(MethodView):
    """My organisations."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(OwnOrganisationShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the organisations that I am a member of."""
        return web.listed(queries.own_organisations(current_account()), Organisation.id, query)


@api.route("/organisations/<int:organisation_id>")
class OneOrganisation(MethodView):
    """One organisation of mine."""

    @api.response(200, OwnOrganisationShown)
    def get(self, organisation_id: int) -> Organisation:
        """Show an organisation."""
        return queries.get_organisation(organisation_id, current_account())

    @api.arguments(ReviewDaysForm)
    @api.response(200, OwnOrganisationShown)
    @api.alt_response(403, schema=Problem)
    @api.alt_response(404, schema=Problem)
    def patch(self, wish: dict[str, Any], organisation_id: int) -> Organisation:
        """Say within how many days hours are decided; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        actions.set_review_days(organisation, wish["review_days"], by=current_account())
        web.commit()
        return organisation


@api.route("/organisations/<int:organisation_id>/members")
class Members(MethodView):
    """Who belongs to it."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(MemberShown))
    def get(self, query: dict[str, Any], organisation_id: int) -> dict[str, Any]:
        """List the members."""
        organisation = queries.get_organisation(organisation_id, current_account())
        return web.listed(queries.members_of(organisation), Membership.id, query)


@api.route("/organisations/<int:organisation_id>/members/<int:member_id>")
class OneMember(MethodView):
    """One member."""

    @api.arguments(OwnerForm)
    @api.response(200, MemberShown)
    def patch(self, wish: dict[str, Any], organisation_id: int, member_id: int) -> Membership:
        """Make a member an owner, or not; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        member = queries.get_member(organisation, member_id)
        actions.set_owner(member, is_owner=wish["is_owner"], by=current_account())
        web.commit()
        return member

    @api.response(204)
    def delete(self, organisation_id: int, member_id: int) -> None:
        """End a membership; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        actions.remove_member(queries.get_member(organisation, member_id), by=current_account())
        web.commit()


@api.route("/organisations/<int:organisation_id>/invitations")
class MemberInvitations(MethodView):
    """Who is invited to belong to it."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(MemberInvitationShown))
    def get(self, query: dict[str, Any], organisation_id: int) -> dict[str, Any]:
        """List the open invitations."""
        organisation = queries.get_organisation(organisation_id, current_account())
        return web.listed(queries.open_invitations(organisation), MemberInvitation.id, query)

    @api.arguments(InviteMember)
    @api.response(201, MemberInvitationShown)
    def post(self, wish: dict[str, Any], organisation_id: int) -> MemberInvitation:
        """Invite a manager by mail; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        made = actions.invite_member(organisation, wish["email"], is_owner=wish["is_owner"], by=current_account())
        web.commit()
        return made


@api.route("/organisations/<int:organisation_id>/invitations/<int:invitation_id>")
class OneMemberInvitation(MethodView):
    """One open invitation."""

    @api.response(204)
    def delete(self, organisation_id: int, invitation_id: int) -> None:
        """Take an invitation back; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        actions.withdraw_invitation(queries.get_open_invitation(organisation, invitation_id), by=current_account())
        web.commit()


@api.route("/organisations/<int:organisation_id>/service-tokens")
class ServiceTokens(MethodView):
    """Tokens of the organisation's programs."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(TokenShown))
    def get(self, query: dict[str, Any], organisation_id: int) -> dict[str, Any]:
        """List the live tokens."""
        organisation = queries.get_organisation(organisation_id, current_account())
        return web.listed(queries.service_tokens_of(organisation), ApiToken.id, query)

    @api.arguments(ServiceTokenForm)
    @api.response(201, ServiceTokenMade)
    def post(self, wish: dict[str, Any], organisation_id: int) -> dict[str, str]:
        """Make a token that acts as the organisation; for owners.  It is shown this once."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        life = timedelta(days=wish["days"])
        token = services.make_service_token(organisation, wish["name"], wish["scopes"], life, by=current_account())
        web.commit()
        return {"token": token}


@api.route("/organisations/<int:organisation_id>/service-tokens/<int:token_id>")
class OneServiceToken(MethodView):
    """One token of a program."""

    @api.response(204)
    def delete(self, organisation_id: int, token_id: int) -> None:
        """End a token; for owners."""
        organisation = queries.get_organisation(organisation_id, current_account(), as_owner=True)
        services.end_service_token(queries.get_service_token(organisation, token_id), by=current_account())
        web.commit()


@api.route("/memberships")
class Memberships(MethodView):
    """My places in organisations."""

    @api.arguments(Key)
    @api.response(201, MemberShown)
    def post(self, given: dict[str, Any]) -> Membership:
        """Accept an invitation by the key of its link."""
        member = actions.accept_invitation(given["key"], by=current_account())
        web.commit()
        return member
