"""The HTML door of public pages: one's own choice of what to show, and what others see."""

from flask import Blueprint, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.portfolios import actions, queries
from marketplace.portfolios.rules import PART_WORDS, Part, refuse_publishing
from marketplace.portfolios.schemas import PortfolioShape
from marketplace.profiles.queries import own_profile
from marketplace.words import say

blueprint = Blueprint("portfolios", __name__)
USUAL = [Part.HOURS, Part.PROJECTS, Part.LANGUAGES]


@blueprint.route("/profile/portfolio", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """Choose what others may see, and publish it."""
    profile = own_profile(current_account())
    portfolio = queries.find_portfolio(profile)
    parts = portfolio.parts if portfolio else [str(part) for part in USUAL]
    with web.form(PortfolioShape, {"headline": portfolio.headline if portfolio else "", "parts": parts}) as form:
        if form.submitted:
            told = form.load()
            actions.publish(profile, told["headline"], told["parts"])
            web.commit()
            flash(say("Your page is published: whoever has its link sees what you chose."), "success")
            return redirect(url_for("portfolios.own"), 303)
    return web.page(
        "portfolios/own.html",
        form=form,
        portfolio=portfolio,
        url=url_for("portfolios.show", key=portfolio.key, _external=True) if portfolio else "",
        refusal=refuse_publishing(profile.state),
        parts=[(str(part), words) for part, words in PART_WORDS.items()],
    ), form.status


@blueprint.post("/profile/portfolio/link")
def replace_link() -> ResponseReturnValue:
    """Give the page another link."""
    actions.replace_link(own_profile(current_account()))
    web.commit()
    flash(say("The page has another link; the old one leads nowhere."), "success")
    return redirect(url_for("portfolios.own"), 303)


@blueprint.post("/profile/portfolio/removal")
def take_down() -> ResponseReturnValue:
    """Take the page down."""
    actions.take_down(own_profile(current_account()))
    web.commit()
    flash(say("Your page is taken down."), "success")
    return redirect(url_for("portfolios.own"), 303)


@blueprint.get("/portfolio/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show what somebody has published; search engines are asked to leave it out."""
    response = make_response(web.page("portfolios/show.html", page=queries.public_page(key)))
    response.headers["X-Robots-Tag"] = "noindex"
    return response
