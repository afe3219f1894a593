"""Statements by page, as files and by API: one's own, and for finance anybody's."""

import csv
import io
from datetime import UTC, datetime

import pypdfium2
import pytest

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.payees import actions as payees
from marketplace.payees.rules import Schedule, ScheduleKind, Terms
from marketplace.payouts import actions
from marketplace.payouts.rules import LedgerKind, PayoutState
from marketplace.statements import queries
from tests import build
from tests.payouts.books import approved, approved_run, balance, seat

LATER = datetime(2027, 6, 1, tzinfo=UTC)


@pytest.fixture
def told(app):
    """An engagement with two approved lines, paid, and the name of the month."""
    one = seat(rate_minor=2000, worker=build.profile(name="=Nguyễn 王小明"))
    approved(one, 90, 30)
    [payout] = approved_run().payouts
    actions.record_outcome(payout.id, PayoutState.PAID, reference="@B-7", by=build.account(RoleName.FINANCE))
    db.session.commit()
    return one, f"{clock.now():%Y-%m}"


def test_an_annotator_goes_from_the_list_to_a_month_to_a_line_and_its_evidence(told, client_of):
    one, month = told
    browser = client_of(one.profile.account)
    assert "/earnings/statements" in browser.get("/earnings").text
    assert f"/earnings/statements/{month}?currency=USD" in browser.get("/earnings/statements").text
    page = browser.get(f"/earnings/statements/{month}").text
    for shown in ("$30.00", "$40.00", "Payout arrived", "@B-7", "This period is not over", one.project.title):
        assert shown in page
    [line, *_] = queries.statement(one.profile, month, "USD").lines
    assert f"/earnings/entries/{line.entry_id}" in page
    entry = browser.get(f"/earnings/entries/{line.entry_id}").text
    for shown in ("90 minutes × $20.00 an hour", "Payable", "Project expense", "rounded half up"):
        assert shown in entry
    assert "By month" in browser.get(f"/earnings/statements/{month[:4]}").text
    with clock.at(LATER):
        later = client_of(one.profile.account).get(f"/earnings/statements/{month}")
    assert later.status_code == 200
    assert "not over" not in later.text


def test_finance_opens_anybodys_and_others_find_nothing_of_anybody(told, client_of):
    one, month = told
    [line, *_] = queries.statement(one.profile, month, "USD").lines
    finance = client_of(build.account(RoleName.FINANCE))
    home = f"/finance/people/{one.profile_id}"
    for path in ("statements", f"statements/{month}", f"statements/{month}/statement.pdf", f"entries/{line.entry_id}"):
        assert finance.get(f"{home}/{path}").status_code == 200
    assert f'href="{home}/entries/{line.entry_id}"' in finance.get(f"{home}/statements/{month}").text
    stranger = client_of(seat().profile.account)
    assert stranger.get(f"{home}/statements/{month}").status_code == 403
    assert stranger.get(f"/earnings/statements/{month}").status_code == 404
    assert stranger.get(f"/earnings/entries/{line.entry_id}").status_code == 404


def test_the_csv_adds_up_to_the_ledger_and_holds_no_formula(told, client_of):
    one, month = told
    answer = client_of(one.profile.account).get(f"/earnings/statements/{month}/statement.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["owed"] for row in rows] == ["", "30.00", "10.00", "-40.00", "0.00"]
    assert [row["on_way"] for row in rows[1:]] == ["0.00", "0.00", "40.00", "-40.00"]
    assert rows[-1]["balance"] == "0.00"
    assert balance(LedgerKind.PAYABLE, one.profile_id) == 0
    assert rows[-1]["reference"] == "'@B-7"
    assert rows[1]["minutes"] == "90"
    assert f"statement-{one.profile_id}-{month}-USD.csv" in answer.headers["Content-Disposition"]


def test_the_pdf_is_the_same_bytes_each_time_with_words_that_can_be_selected(told, client_of):
    one, month = told
    with clock.at(LATER):
        browser = client_of(one.profile.account)
        first, second = (browser.get(f"/earnings/statements/{month}/statement.pdf") for _ in range(2))
    assert first.mimetype == "application/pdf"
    assert first.data == second.data
    document = pypdfium2.PdfDocument(first.data)
    words = document[0].get_textpage().get_text_range()
    for shown in ("=Nguyễn 王小明", "$30.00", "Approved", "at $20.00 an hour", "At the end"):
        assert shown in words


def test_programs_get_the_same_as_json(told, client_of):
    one, month = told
    headers = {"Authorization": f"Bearer {build.token(one.profile.account)}"}
    browser = client_of(one.profile.account)
    listed = browser.get("/api/v1/statements", headers=headers).json
    assert [sums["period"] for sums in listed["currencies"][0]["months"]] == [month]
    shown = browser.get(f"/api/v1/statements/{month}?currency=USD", headers=headers).json
    assert [line["owed_minor"] for line in shown["lines"]] == [3000, 1000, -4000, 0]
    assert shown["lines"][0]["work"]["rate_minor"] == 2000
    assert shown["lines"][0]["entry_id"]
    assert shown["lines"][-1]["payout"]["reference"] == "@B-7"
    assert shown["closing"] == {"owed_minor": 0, "on_way_minor": 0}
    assert browser.get("/api/v1/statements/2026-99", headers=headers).status_code == 404
    by_finance = {"Authorization": f"Bearer {build.token(build.account(RoleName.FINANCE))}"}
    db.session.commit()
    path = f"/api/v1/people/{one.profile_id}/statements"
    assert browser.get(f"{path}/{month}", headers=by_finance).json == shown
    assert browser.get(path, headers=by_finance).json == listed


def test_each_page_asks_the_database_a_few_times_however_many_lines_there_are(told, client_of, counted_queries):
    one, month = told
    browser = client_of(one.profile.account)
    for path in ("", f"/{month}", f"/{month[:4]}"):
        browser.get(f"/earnings/statements{path}")
        with counted_queries() as count:
            assert browser.get(f"/earnings/statements{path}").status_code == 200
            assert count() <= 12


def test_each_balance_opens_to_what_it_is_made_of(client_of):
    one = seat(rate_minor=2000)
    approved(one, 90, 30)
    browser = client_of(one.profile.account)
    page = browser.get("/earnings").text
    for part in ("pending", "approved", "on_way", "paid"):
        assert f"/earnings/made-of?part={part}&amp;currency=USD" in page
    assert "Approved earnings by week and project, USD" in page
    approved_lines = browser.get("/earnings/made-of?part=approved&currency=USD").text
    assert "$40.00" in approved_lines
    assert "$30.00" in approved_lines
    assert "something else" not in approved_lines
    [payout] = approved_run().payouts
    assert "Nothing here" in browser.get("/earnings/made-of?part=approved&currency=USD").text
    assert f"No. {payout.id}" in browser.get("/earnings/made-of?part=on_way&currency=USD").text
    by = build.account(RoleName.FINANCE)
    actions.record_outcome(payout.id, PayoutState.PAID, reference="B-7", by=by)
    db.session.commit()
    assert "B-7" in browser.get("/earnings/made-of?part=paid&currency=USD").text
    actions.record_outcome(payout.id, PayoutState.RETURNED, reason="Closed", by=by)
    db.session.commit()
    assert "$30.00" in browser.get("/earnings/made-of?part=approved&currency=USD").text
    for odd in ("?part=x&currency=USD", "?part=paid&currency=XXX", "", "?currency=USD&cursor=9"):
        assert browser.get(f"/earnings/made-of{odd}").status_code in {200, 302}


def test_the_next_payout_day_of_each_client_is_told(client_of):
    one = seat()
    client = one.project.organisation
    browser = client_of(one.profile.account)
    assert "whenever finance makes a run" in browser.get("/earnings").text
    terms = Terms(5000, client.currency, Schedule(ScheduleKind.MONTHLY, 31))
    payees.set_terms(client, terms, by=build.manager(client))
    db.session.commit()
    page = browser.get("/earnings").text
    assert "30 Nov 2026</time>, if your hours are approved by then" in page
    assert "$50.00" in page
