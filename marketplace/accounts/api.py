"""Accounts by API: sign-up, confirmation, tokens, who am I."""

from datetime import timedelta
from typing import Any

import flask_smorest
from flask import abort
from flask.views import MethodView
from flask_security.confirmable import confirm_email_token_status

from marketplace import web
from marketplace.accounts import actions, queries, second_factor
from marketplace.accounts.access import current_account
from marketplace.accounts.models import ApiToken
from marketplace.accounts.schemas import (
    Accepted,
    Confirmation,
    Me,
    SignUp,
    TokenMade,
    TokenRequest,
    TokenShown,
)
from marketplace.errors import Refused
from marketplace.words import say

api = flask_smorest.Blueprint("api_accounts", __name__, url_prefix="/api/v1", description="Accounts and tokens")


@api.route("/accounts")
class Accounts(MethodView):
    """Sign-up."""

    @api.arguments(SignUp)
    @api.response(202, Accepted)
    def post(self, wish: dict[str, Any]) -> dict[str, str]:
        """Sign up as an annotator; a mail with a confirmation link follows."""
        actions.sign_up(**wish)
        web.commit()
        return {"detail": "A mail is on its way. Open the link in it to confirm your address."}


@api.route("/accounts/confirmation")
class Confirmations(MethodView):
    """Confirmation of an address."""

    @api.arguments(Confirmation)
    @api.response(200, Accepted)
    def post(self, given: dict[str, Any]) -> dict[str, str]:
        """Confirm an e-mail address with the token of the link."""
        expired, invalid, account = confirm_email_token_status(given["token"])
        if invalid or expired or account is None:
            raise Refused(say("This confirmation link is no longer good; ask for a new one."), field="token")
        actions.confirm(account)
        web.commit()
        return {"detail": "Your address is confirmed."}


@api.route("/tokens")
class Tokens(MethodView):
    """API tokens."""

    @api.arguments(TokenRequest)
    @api.response(201, TokenMade)
    def post(self, wish: dict[str, Any]) -> dict[str, str]:
        """Make a bearer token with e-mail address and password; it is shown this once."""
        account = actions.check_password(wish["email"], wish["password"])
        if account is None:
            abort(401, description=say("The address or the password is wrong, or the address is not confirmed."))
        if account.has_second_factor and not second_factor.is_code_of(account, wish["code"]):
            abort(
                401,
                description=say("Send the code that your authenticator app shows now, in “code”; each counts once."),
            )
        if account.is_staff and not account.has_second_factor:
            abort(403, description=say("Your role needs a second factor. Sign in on the website once to set it up."))
        token = actions.make_token(account, wish["name"], wish["scopes"], timedelta(days=wish["days"]))
        web.commit()
        return {"token": token}

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(TokenShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my live tokens."""
        return web.listed(queries.tokens_of(current_account()), ApiToken.id, query)


@api.route("/tokens/<int:token_id>")
class OneToken(MethodView):
    """One API token."""

    @api.response(204)
    def delete(self, token_id: int) -> None:
        """End a token."""
        actions.revoke_token(token_id, by=current_account())
        web.commit()


@api.route("/me")
class WhoAmI(MethodView):
    """Whoever asks."""

    @api.response(200, Me)
    def get(self) -> dict[str, Any]:
        """Tell who the token belongs to."""
        account = current_account()
        return {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "role_words": sorted(account.role_names),
            "organisations": queries.organisations_of(account),
        }
