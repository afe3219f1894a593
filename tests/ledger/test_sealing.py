"""The books are sealed after they are written, explored, exported and proven."""

import csv
import io
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.ledger import actions, proof, queries
from marketplace.ledger.models import LedgerHead, LedgerLeaf
from marketplace.payouts.models import JournalEntry, Posting
from tests import build
from tests.payouts.books import approved, approved_run, at_once, seat

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def books(app: Flask) -> list[JournalEntry]:
    """Five lines of two people, sealed in three goes, and a run on its way."""
    on = seat()
    approved(on, 60, 30, 10)
    assert [actions.seal(2), actions.seal(), actions.seal()] == [2, 1, 0]
    approved(seat(), 45, 20)
    approved_run()
    actions.seal()
    db.session.commit()
    return list(db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.id)))


def finance(client_of: ClientOf) -> FlaskClient:
    return client_of(build.account(RoleName.FINANCE))


def test_the_chain_has_every_entry_once_and_the_file_of_it_is_whole(books, client_of: ClientOf):
    assert list(db.session.scalars(sa.select(LedgerLeaf.sequence).order_by(LedgerLeaf.sequence))) == list(
        range(1, len(books) + 1)
    )
    assert queries.count_unsealed() == 0
    file = finance(client_of).get("/finance/ledger/export.jsonl").data
    (found,) = dict(proof.check_files([("ledger", file)])).values()
    assert (found.entries, sorted(found.heads)) == (len(books), [2, 3, len(books)])
    owed = -sum(amount for account, amount in found.balances.items() if account.startswith("payable"))
    assert owed == 0
    assert found.balances["clearing:0:USD"] < 0


def test_sealing_at_once_by_several_leaves_one_chain(app: Flask):
    on = seat()
    approved(on, *[10] * 12)

    assert at_once(app, *[lambda: actions.seal(3)] * 6) == ["done"] * 6
    sizes = list(db.session.scalars(sa.select(LedgerHead.size).order_by(LedgerHead.size)))
    assert sizes == [3, 6, 9, 12]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LedgerLeaf)) == 12


def test_everybody_proves_their_own_entries_and_sees_nobody_elses(books, app: Flask, client_of: ClientOf):
    person = db.session.scalars(sa.select(Account).where(Account.id == build_owner(books[0]))).one()
    told = client_of(person).get("/earnings/proof.json").data
    document = json.loads(told)
    (found,) = dict(proof.check_files([("proof", told)])).values()
    accounts = {one["account"] for row in document["entries"] for one in row["entry"]["postings"]}
    assert {name for name in accounts if name.startswith("payable")} == {f"payable:{owner_of(books[0])}:USD"}
    assert found.entries == 4  # three earnings and one hold
    whole = finance(client_of).get("/finance/ledger/export.jsonl").data
    assert len(list(proof.check_files([("proof", told), ("ledger", whole)]))) == 2
    document["entries"][0]["entry"]["source_id"] += 1
    with pytest.raises(proof.Broken):
        proof.check_statement(document)


def owner_of(entry: JournalEntry) -> int:
    return next(one.account.owner_id for one in entry.postings if one.account.kind == "payable")


def build_owner(entry: JournalEntry) -> int:
    found = db.session.scalar(
        sa.text("SELECT account_id FROM annotator_profile WHERE id = :id"), {"id": owner_of(entry)}
    )
    assert found is not None
    return int(found)


def test_who_rewrites_the_books_behind_the_triggers_is_found(books, owner, client_of: ClientOf):
    keeper = finance(client_of)
    before = keeper.get("/finance/ledger/export.jsonl").data
    with owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.text("UPDATE posting SET amount_minor = amount_minor * 2 WHERE entry_id = :id"), {"id": books[1].id}
        )
    after = keeper.get("/finance/ledger/export.jsonl").data
    assert before != after
    with pytest.raises(proof.Broken, match=rf"entry 2 \({books[1].key}\) was changed"):
        list(proof.check_files([("ledger", after)]))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE ledger_leaf SET hash = previous", "permission denied"),
        ("DELETE FROM ledger_head", "permission denied"),
        ("UPDATE ledger_node SET place = 9", "permission denied"),
        (
            "INSERT INTO ledger_leaf SELECT 99, max(entry_id) + 1, previous, hash, reason_sha256 FROM ledger_leaf "
            "GROUP BY 3, 4, 5 LIMIT 1",
            "does not follow",
        ),
    ],
)
def test_the_seal_is_only_added_to_and_in_order(books, statement, why):
    with pytest.raises(sa.exc.DBAPIError, match=why), db.session.begin_nested():
        db.session.execute(sa.text(statement))


def test_the_owner_of_the_tables_cannot_change_the_seal_either(books, owner):
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), owner.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_leaf SET hash = previous"))


def test_the_journal_is_searched_by_what_people_know(books, client_of: ClientOf):
    keeper = finance(client_of)
    person = owner_of(books[0])
    for asked, wanted in (
        ("", len(books)),
        (f"?person={person}", 4),
        (f"?person={person}&kind=earning", 3),
        ("?kind=hold", 2),
        (f"?key=earning:{books[0].source_id}", 1),
        ("?until=2026-01-01", 0),
        (f"?project={books[0].postings[0].account.owner_id or books[0].postings[1].account.owner_id}", 3),
        (f"?currency=USD&amount={abs(books[0].postings[0].amount_minor) / 100:.2f}", None),
    ):
        page = keeper.get(f"/finance/ledger{asked}")
        assert page.status_code == 200
        rows = list(csv.DictReader(io.StringIO(keeper.get(f"/finance/ledger/export.csv{asked}").text)))
        found = len({row["entry"] for row in rows})
        assert found == wanted if wanted is not None else found >= 1
        assert page.text.count('scope="rowgroup"') == found
    told = keeper.get("/finance/ledger?amount=ten&currency=USD")
    assert (told.status_code, "is not an amount in USD" in told.text) == (422, True)
    assert keeper.get("/finance/ledger?since=2026-11-03&until=2026-11-01").status_code == 422
    assert keeper.get("/finance/ledger?at=soon").status_code == 422


def test_the_trial_balance_is_that_of_the_day(books, client_of: ClientOf):
    assert sum(one.balance for one in queries.totals()) == 0
    at_the_end = {(one.kind, one.currency): one.balance for one in queries.totals()}
    from_postings = {
        (one.kind, one.currency): one.balance
        for one in queries.totals(db.session.scalar(sa.text("SELECT now() + '1 h'")))
    }
    assert at_the_end == {key: value for key, value in from_postings.items() if value or key in at_the_end}
    assert queries.totals(db.session.scalar(sa.text("SELECT timestamptz '2020-01-01'"))) == []
    assert "Nothing was booked until then" in finance(client_of).get("/finance/ledger?at=2020-01-01").text


def test_an_entry_opens_down_to_the_hours_and_the_seal(books, client_of: ClientOf):
    keeper = finance(client_of)
    earning = keeper.get(f"/finance/ledger/entries/{books[0].id}").text
    for words in ("Time entry", "60 minutes ×", "rounded half up once", "Place in the chain", "by"):
        assert words in earning
    hold = keeper.get(f"/finance/ledger/entries/{books[-1].id}").text
    assert "with the hours that it pays" in hold
    assert keeper.get("/finance/ledger/entries/999999").status_code == 404


def test_the_ledger_is_read_by_api(books, api_of: ClientOf):
    keeper = api_of(build.account(RoleName.FINANCE))
    entries = keeper.get("/api/v1/ledger/entries?kind=earning&limit=2").get_json()
    assert [len(entries["items"]), entries["items"][0]["kind"]] == [2, "earning"]
    assert sum(one["balance_minor"] for one in keeper.get("/api/v1/ledger/trial-balance").get_json()["items"]) == 0
    assert keeper.get("/api/v1/ledger/head").get_json()["size"] == len(books)
    assert keeper.get("/api/v1/ledger/entries?since=2026-11-03&until=2026-11-01").status_code == 422
    one = keeper.get(f"/api/v1/ledger/entries/{books[0].id}").get_json()
    assert sum(posting["amount_minor"] for posting in one["postings"]) == 0


def test_before_the_first_seal_everything_says_so(app: Flask, client_of: ClientOf, api_of: ClientOf):
    on = seat()
    approved(on, 60)
    assert "Nothing is sealed yet" in finance(client_of).get("/finance/ledger").text
    assert client_of(on.profile.account).get("/earnings/proof.json").status_code == 409
    assert api_of(build.account(RoleName.AUDITOR)).get("/api/v1/ledger/head").status_code == 404
    empty = finance(client_of).get("/finance/ledger/export.jsonl").data
    assert dict(proof.check_files([("ledger", empty)]))["ledger"].entries == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Posting)) == 2


def test_a_proof_may_need_more_nodes_than_a_statement_holds_parameters(app: Flask):
    found = queries._nodes_for(lambda node: [node(0, place) for place in range(40_000)])
    with pytest.raises(KeyError):
        found(0, 1)
