"""The JSON door: how I am paid, and how an organisation pays."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.accounts.proving import prove
from marketplace.accounts.schemas import Proof
from marketplace.money import plain
from marketplace.organisations.queries import get_organisation
from marketplace.payees import actions, queries, rules
from marketplace.payees.models import PayoutMethod
from marketplace.payees.rules import Terms
from marketplace.payees.schemas import (
    PayoutMethodForm,
    PayoutMethodShown,
    PayoutTermsForm,
    PayoutTermsShown,
)
from marketplace.problems import Problem
from marketplace.profiles.queries import own_profile

api = flask_smorest.Blueprint(
    "api_payees", __name__, url_prefix="/api/v1", description="How annotators are paid, and how organisations pay"
)


@api.route("/profile/payout-methods")
class PayoutMethods(MethodView):
    """The ways in which I am or was paid."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(PayoutMethodShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List how I am paid (*ended_at* null) and was before; account numbers are masked."""
        profile = own_profile(current_account())
        return web.listed(queries.methods_of(profile.id), PayoutMethod.id, query)

    @api.arguments(PayoutMethodForm)
    @api.response(201, PayoutMethodShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="Password, code or account number is wrong, or nothing changes.")
    @api.alt_response(422, schema=Problem)
    def post(self, wish: dict[str, Any]) -> PayoutMethod:
        """Say how I am paid, with password and code; any but the first method is used after cooling off."""
        account = current_account()
        profile = own_profile(account)
        prove(account, wish.pop("password"), wish.pop("code"))
        method = actions.set_method(profile, **wish)
        web.commit()
        return method


@api.route("/profile/payout-methods/end")
class PayoutMethodEnds(MethodView):
    """The end of how I am paid."""

    @api.arguments(Proof)
    @api.response(204)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="Password or code is wrong, or there is no method.")
    @api.alt_response(422, schema=Problem)
    def post(self, given: dict[str, Any]) -> None:
        """End how I am paid, with password and code; nothing is paid until there is another method."""
        account = current_account()
        profile = own_profile(account)
        prove(account, **given)
        actions.end_method(profile)
        web.commit()


@api.route("/organisations/<int:organisation_id>/payout-terms")
class OrganisationTerms(MethodView):
    """From which sum on, and when, an organisation pays."""

    @api.response(200, PayoutTermsShown)
    @api.alt_response(404, schema=Problem)
    def get(self, organisation_id: int) -> dict[str, Any]:
        """Show what is set, and the next day on which is paid."""
        organisation = get_organisation(organisation_id, current_account())
        return _shown(queries.terms([organisation.id])[organisation.id])

    @api.arguments(PayoutTermsForm)
    @api.response(200, PayoutTermsShown)
    @api.alt_response(403, schema=Problem, description="Only an owner may.")
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="That is no sum, or the day does not go with the schedule.")
    @api.alt_response(422, schema=Problem)
    def put(self, given: dict[str, Any], organisation_id: int) -> dict[str, Any]:
        """Set it; for owners."""
        account = current_account()
        organisation = get_organisation(organisation_id, account, as_owner=True)
        wish = rules.read_terms(**given, currency=organisation.currency)
        kept = actions.set_terms(organisation, wish, by=account)
        web.commit()
        return _shown(kept)


def _shown(kept: Terms) -> dict[str, Any]:
    schedule = kept.schedule
    return {
        "minimum": plain(kept.minimum_minor, kept.currency),
        "currency": kept.currency,
        "schedule": schedule.kind if schedule else None,
        "day": schedule.day if schedule else 0,
        "next_on": rules.next_payout_date(schedule, clock.now().date()) if schedule else None,
    }
