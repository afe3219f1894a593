"""Publishing a page, giving it another link, and taking it down."""

from collections.abc import Collection

from sqlalchemy.dialects.postgresql import insert

from marketplace import audit
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.portfolios import queries
from marketplace.portfolios.models import Portfolio
from marketplace.portfolios.rules import Part, new_key, refuse_publishing
from marketplace.profiles.models import AnnotatorProfile


def publish(profile: AnnotatorProfile, headline: str, parts: Collection[Part]) -> Portfolio:
    """Show *parts* of *profile* to whoever has the link, which stays; raises Refused unless it is qualified."""
    if refusal := refuse_publishing(profile.state):
        raise Refused(refusal)
    shown = [str(part) for part in Part if part in parts]
    made = insert(Portfolio).values(profile_id=profile.id, key=new_key(), headline=headline, parts=shown)
    db.session.execute(
        made.on_conflict_do_update(index_elements=["profile_id"], set_={"headline": headline, "parts": shown})
    )
    db.session.expire_all()
    audit.record(
        "portfolio.published",
        "annotator_profile",
        profile.id,
        actor_id=profile.account_id,
        parts=shown,
        headline=headline,
    )
    return _own(profile)


def replace_link(profile: AnnotatorProfile) -> Portfolio:
    """Let the old link lead nowhere; raises Missing while there is no page."""
    portfolio = _own(profile)
    portfolio.key = new_key()
    db.session.flush()
    audit.record("portfolio.link_replaced", "annotator_profile", profile.id, actor_id=profile.account_id)
    return portfolio


def take_down(profile: AnnotatorProfile) -> None:
    """Show nothing any more; often there is nothing to do."""
    portfolio = queries.find_portfolio(profile)
    if portfolio is not None:
        db.session.delete(portfolio)
        audit.record("portfolio.taken_down", "annotator_profile", profile.id, actor_id=profile.account_id)


def _own(profile: AnnotatorProfile) -> Portfolio:
    portfolio = queries.find_portfolio(profile)
    if portfolio is None:
        raise Missing
    return portfolio
