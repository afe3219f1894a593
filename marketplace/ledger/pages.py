"""Pages of the books: the journal and what each entry rests on, accounts, exports, proofs."""

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from marketplace import money, web
from marketplace.accounts.access import current_account
from marketplace.ledger import proof, queries, rules
from marketplace.ledger.rules import Asked
from marketplace.ledger.schemas import AccountsForm, BalanceQuery, EntriesForm
from marketplace.payouts.models import JournalEntry, LedgerAccount
from marketplace.payouts.queries import names_of
from marketplace.payouts.rules import LedgerKind, neutral_cell
from marketplace.timesheets.models import TimeEntry

blueprint = Blueprint("ledger", __name__)

KINDS = [(str(kind), words) for kind, words in rules.WORDS.items()]
ACCOUNT_KINDS = [(str(kind), kind.replace("_", " ").capitalize()) for kind in LedgerKind]
ACCOUNTS_ON_A_PAGE = 100


@blueprint.get("/finance/ledger")
def index() -> ResponseReturnValue:
    """Show the trial balance and the journal, newest first, as far as it is asked for."""
    form, kept, asked = _asked()
    at = None
    with web.form(BalanceQuery, {"at": request.args["at"]} if request.args.get("at") else {}) as day_form:
        at = day_form.load()["at"]
    journal = web.listed(queries.entries(asked), JournalEntry.id, web.list_query())
    return web.page(
        "ledger/index.html",
        form=form,
        kept=kept,
        kinds=KINDS,
        at=at,
        day_form=day_form,
        trial=queries.totals(rules.day_ends(at) if at else None),
        journal=journal,
        owners=queries.owner_names([one.account for entry in journal["items"] for one in entry.postings]),
        words=rules.WORDS,
        head=queries.newest_head(),
        unsealed=queries.count_unsealed(),
    ), 422 if form.errors or day_form.errors else 200


@blueprint.get("/finance/ledger/accounts")
def accounts() -> ResponseReturnValue:
    """Show the balances of the accounts."""
    kept = {name: text for name, text in request.args.items() if name in AccountsForm().fields and text.strip()}
    wanted: dict[str, Any] = {"kind": None, "owner": None}
    with web.form(AccountsForm, kept) as form:
        wanted = form.load()
    query = web.list_query() | {"limit": ACCOUNTS_ON_A_PAGE}
    page = web.listed(queries.accounts(wanted["kind"], wanted["owner"]), LedgerAccount.id, query)
    return web.page(
        "ledger/accounts.html",
        form=form,
        kept=kept,
        kinds=ACCOUNT_KINDS,
        page=page,
        owners=queries.owner_names(page["items"]),
        person_kind=LedgerKind.PAYABLE,
        project_kind=LedgerKind.PROJECT_EXPENSE,
    ), form.status


@blueprint.get("/finance/ledger/entries/<int:entry_id>")
def entry(entry_id: int) -> ResponseReturnValue:
    """Show one entry, what it rests on, and its seal."""
    found = queries.get_entry(entry_id)
    evidence = queries.evidence_of(found)
    decided_by = evidence.hours.decided_by if evidence.hours else None
    return web.page(
        "ledger/entry.html",
        entry=found,
        evidence=evidence,
        seal=queries.sealed(found),
        owners=queries.owner_names([one.account for one in found.postings]),
        names=names_of([found.actor_id, decided_by]),
        words=rules.WORDS,
        exact=_exact(evidence.hours) if evidence.hours else "",
    )


@blueprint.get("/finance/ledger/export.jsonl")
def export() -> ResponseReturnValue:
    """Give the whole sealed ledger as a file that `marketplace verify-ledger` checks."""
    return _file(_lines(), "application/x-ndjson", "ledger.jsonl")


@blueprint.get("/finance/ledger/export.csv")
def export_csv() -> ResponseReturnValue:
    """Give the postings of the entries that are asked for, one a row."""
    form, _, asked = _asked()
    if form.errors:
        return web.page("ledger/index.html", **_empty(form)), 422
    return _file(_rows(asked), "text/csv; charset=utf-8", "ledger.csv")


@blueprint.get("/earnings/proof.json")
def own_proof() -> ResponseReturnValue:
    """Give the proof that the entries about what I am owed are in the books."""
    found = queries.proof_of(queries.own_entry_ids(current_account()))
    return _file(iter([proof.canonical(found) + b"\n"]), "application/json", "ledger-proof.json")


def _asked() -> tuple[web.Form, dict[str, str], Asked]:
    """Return the fields above the journal, what stands in them, and what they ask: everything where one is wrong."""
    kept = {name: text for name, text in request.args.items() if name in EntriesForm().fields and text.strip()}
    asked = Asked()
    with web.form(EntriesForm, kept) as form:
        asked = form.load()
    return form, kept, asked


def _empty(form: web.Form) -> dict[str, Any]:
    nothing: dict[str, Any] = {"items": [], "next_cursor": None}
    return {
        "form": form,
        "kept": {},
        "kinds": KINDS,
        "at": None,
        "day_form": None,
        "trial": queries.totals(),
        "journal": nothing,
        "owners": {},
        "words": rules.WORDS,
        "head": queries.newest_head(),
        "unsealed": queries.count_unsealed(),
    }


def _exact(hours: TimeEntry) -> str:
    """Return the sum that an earning is, before it was rounded."""
    rate = money.plain(hours.rate_minor, hours.currency)
    return f"{hours.minutes} minutes × {rate} {hours.currency} ÷ 60"


def _lines() -> Iterator[bytes]:
    digest = hashlib.sha256()
    for row in queries.exported():
        line = proof.canonical(row) + b"\n"
        digest.update(line)
        yield line
    yield proof.canonical({"type": "end", "sha256": digest.hexdigest()}) + b"\n"


def _rows(asked: Asked) -> Iterator[bytes]:
    yield _csv_row(
        ("entry", "made_at_utc", "kind", "key", "reverses", "account", "owner", "currency", "debit", "credit", "reason")
    )
    for found in queries.entries_in_order(asked):
        for one in found.postings:
            debit, credit = max(one.amount_minor, 0), max(-one.amount_minor, 0)
            yield _csv_row(
                (
                    found.id,
                    found.made_at.isoformat(timespec="seconds"),
                    found.kind.value,
                    found.key,
                    found.reverses_id or "",
                    one.account.kind.value,
                    one.account.owner_id or "",
                    one.currency,
                    money.plain(debit, one.currency) if debit else "",
                    money.plain(credit, one.currency) if credit else "",
                    neutral_cell(found.reason),
                )
            )


def _csv_row(cells: tuple[object, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _file(content: Iterator[bytes], kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(content), content_type=kind, headers=disposition)
