"""The JSON door of public pages."""

from typing import Any

import flask_smorest
from flask import url_for
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.errors import Missing
from marketplace.portfolios import actions, queries
from marketplace.portfolios.models import Portfolio
from marketplace.portfolios.schemas import PortfolioShape, PortfolioShown, PublicPageShown
from marketplace.problems import Problem
from marketplace.profiles.queries import own_profile

api = flask_smorest.Blueprint(
    "api_portfolios", __name__, url_prefix="/api/v1", description="Public pages of annotators who want one"
)


@api.route("/profile/portfolio")
class OwnPortfolio(MethodView):
    """One's own public page."""

    @api.response(200, PortfolioShown)
    @api.alt_response(404, schema=Problem)
    def get(self) -> dict[str, Any]:
        """Show what is published, and its link."""
        portfolio = queries.find_portfolio(own_profile(current_account()))
        if portfolio is None:
            raise Missing
        return _shown(portfolio)

    @api.arguments(PortfolioShape)
    @api.response(200, PortfolioShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The profile is not qualified.")
    @api.alt_response(422, schema=Problem)
    def put(self, told: dict[str, Any]) -> dict[str, Any]:
        """Publish the page, or change what it shows; the link stays."""
        portfolio = actions.publish(own_profile(current_account()), told["headline"], told["parts"])
        web.commit()
        return _shown(portfolio)

    @api.response(204)
    @api.alt_response(404, schema=Problem)
    def delete(self) -> None:
        """Take the page down."""
        actions.take_down(own_profile(current_account()))
        web.commit()


@api.route("/profile/portfolio/link")
class PortfolioLinks(MethodView):
    """The link of one's own public page."""

    @api.response(200, PortfolioShown)
    @api.alt_response(404, schema=Problem)
    def post(self) -> dict[str, Any]:
        """Give the page another link; the old one leads nowhere."""
        portfolio = actions.replace_link(own_profile(current_account()))
        web.commit()
        return _shown(portfolio)


@api.route("/portfolios/<string(length=22):key>")
class Portfolios(MethodView):
    """What somebody has published."""

    @api.response(200, PublicPageShown)
    @api.alt_response(404, schema=Problem)
    def get(self, key: str) -> queries.PublicPage:
        """Show a public page to whoever has its link, counted anew."""
        return queries.public_page(key)


def _shown(portfolio: Portfolio) -> dict[str, Any]:
    fields = ("headline", "parts", "key", "published_at")
    return {name: getattr(portfolio, name) for name in fields} | {
        "url": url_for("portfolios.show", key=portfolio.key, _external=True)
    }
