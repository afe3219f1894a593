"""The ledger as JSON."""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.errors import Missing
from marketplace.ledger import queries, rules
from marketplace.ledger.models import LedgerHead
from marketplace.ledger.schemas import (
    BalanceQuery,
    EntriesQuery,
    EntryShown,
    HeadShown,
    ProofShown,
    TrialBalanceShown,
)
from marketplace.payouts.models import JournalEntry
from marketplace.problems import Problem

api = Blueprint("api_ledger", __name__, url_prefix="/api/v1", description="The books, and the proof that they stay.")


@api.route("/ledger/entries")
class Entries(MethodView):
    """The journal."""

    @api.arguments(EntriesQuery, location="query")
    @api.response(200, web.listing(EntryShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the entries of the journal, newest first."""
        return web.listed(queries.entries(query["asked"]), JournalEntry.id, query)


@api.route("/ledger/entries/<int:entry_id>")
class OneEntry(MethodView):
    """One entry."""

    @api.response(200, EntryShown)
    @api.alt_response(404, schema=Problem)
    def get(self, entry_id: int) -> JournalEntry:
        """Show one entry with its postings."""
        return queries.get_entry(entry_id)


@api.route("/ledger/trial-balance")
class TrialBalance(MethodView):
    """The trial balance."""

    @api.arguments(BalanceQuery, location="query")
    @api.response(200, TrialBalanceShown)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Show the sums of every kind of account, now or at the end of a day (UTC)."""
        return {"items": queries.totals(rules.day_ends(query["at"]) if query["at"] else None)}


@api.route("/ledger/head")
class Head(MethodView):
    """The newest head."""

    @api.response(200, HeadShown)
    @api.alt_response(404, schema=Problem)
    def get(self) -> LedgerHead:
        """Show the head over everything that is sealed; keep it to check the books against later."""
        head = queries.newest_head()
        if head is None:
            raise Missing
        return head


@api.route("/ledger/own-proof")
class OwnProof(MethodView):
    """The proof of my entries."""

    @api.response(200, ProofShown)
    @api.alt_response(409, schema=Problem)
    def get(self) -> dict[str, Any]:
        """Prove that the entries about what I am owed are in the books: the newest 5,000 of them."""
        return queries.proof_of(queries.own_entry_ids(current_account()))
