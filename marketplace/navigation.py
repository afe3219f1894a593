"""The navigation: what stands in it, in order; the policy table decides who sees what."""

from dataclasses import dataclass

from flask import current_app, url_for

from marketplace.accounts.access import may, permit_of
from marketplace.accounts.models import Account

PLACES: tuple[tuple[str, str], ...] = (
    ("Dashboard", "home.dashboard"),
    ("Open projects", "applications.open_projects"),
    ("Profile", "profiles.edit"),
    ("Applications", "applications.mine"),
    ("Invitations", "invitations.inbox"),
    ("Engagements", "work.mine"),
    ("Time", "timesheets.week"),
    ("Earnings", "payouts.earnings"),
    ("Messages", "messages.index"),
    ("Projects", "projects.index"),
    ("Applications to answer", "applications.to_answer"),
    ("Organisation", "organisations.index"),
    ("Hours to approve", "payouts.approve"),
    ("Payouts", "payouts.finance"),
    ("Ledger", "ledger.index"),
    ("Profiles to decide", "profiles.queue"),
    ("People", "accounts.people"),
    ("Organisations", "accounts.organisations"),
    ("Audit trail", "decisions.trail"),
    ("Outbox", "operations.outbox"),
    ("System", "operations.system"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One link of the navigation."""

    label: str
    url: str
    active: bool


def navigation(account: Account | None, endpoint: str) -> list[Place]:
    """Return the places that *account* may go to; *endpoint* is where they are."""
    return [
        Place(label, url_for(place), place == endpoint)
        for label, place in PLACES
        if place in current_app.view_functions and may(account, permit_of(place, "GET"))
    ]
