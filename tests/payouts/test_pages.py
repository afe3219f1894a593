import csv
import io

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.payouts import actions, queries
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import LedgerKind, PayoutState, RunState
from marketplace.timesheets.models import TimeEntry
from tests import build
from tests.payouts.books import NOW, approved, approved_run, balance, boss_of, handed_in, payable, seat


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def finance():
    return build.account(RoleName.FINANCE)


def test_a_manager_approves_and_rejects_the_lines_ticked(client_of):
    one = seat()
    first, second = handed_in(one, 60, 30)
    browser = client_of(boss_of(one))
    page = browser.get("/time/approve").text
    assert one.profile.account.name in page
    assert "$20.00" in page
    approve = {"lines[]": [first.id], "verdict": "approve"}
    assert "Decided on 1 line." in browser.post("/time/approve", data=approve, follow_redirects=True).text
    reject = {"lines[]": [second.id], "verdict": "reject"}
    answer = browser.post("/time/approve", data=reject)
    assert answer.status_code == 422
    assert "Choose a reason" in answer.text
    browser.post(f"/projects/{one.project_id}/time", data=reject | {"reason": "wrong_project", "note": "<i>See</i>"})
    assert balance(LedgerKind.PAYABLE, one.profile_id) == -2000
    assert "Nothing waits for you" in browser.get(f"/projects/{one.project_id}/time").text
    page = client_of(one.profile.account).get("/time?week=2026-11-03").text
    assert "This time belongs to another project: &lt;i&gt;See" in page


@pytest.mark.parametrize(
    "posted",
    [
        {"verdict": "approve"},
        {"lines[]": ["x"], "verdict": "approve"},
        {"lines[]": [str(2**64)], "verdict": "approve"},
        {"lines[]": ["1"], "verdict": "perhaps"},
        {"lines[]": ["1"]},
    ],
)
def test_decisions_that_make_no_sense_change_nothing(client_of, posted):
    one = seat()
    handed_in(one, 60)
    assert client_of(boss_of(one)).post("/time/approve", data=posted).status_code == 422


def test_lines_and_projects_of_another_client_are_not_there(client_of):
    one = seat()
    [entry] = handed_in(one, 60)
    stranger = client_of(build.manager(build.organisation()))
    assert stranger.get(f"/projects/{one.project_id}/time").status_code == 404
    answer = stranger.post("/time/approve", data={"lines[]": [entry.id], "verdict": "approve"})
    assert answer.status_code == 404
    assert balance(LedgerKind.PAYABLE, one.profile_id) == 0


def test_two_finance_people_make_approve_and_settle_a_run(client_of):
    one = seat()
    approved(one, 60, 45)
    maker, checker = client_of(finance()), client_of(finance())
    page = maker.get("/finance").text
    assert one.profile.account.name in page
    assert "$35.00" in page
    assert "This is a preview" in maker.post("/finance/runs", data={"currency": "USD"}, follow_redirects=True).text
    run = db.session.scalars(sa.select(PayoutRun)).one()
    url = f"/finance/runs/{run.id}"
    assert "another person" in maker.post(f"{url}/approve", follow_redirects=True).text
    assert maker.get(f"{url}/file.csv").status_code == 409
    assert "The run is approved" in checker.post(f"{url}/approve", follow_redirects=True).text
    [payout] = run.payouts
    outcome = f"/finance/payouts/{payout.id}/outcome"
    assert "bank&#39;s reference" in maker.post(outcome, data={"outcome": "paid"}, follow_redirects=True).text
    page = maker.post(outcome, data={"outcome": "paid", "reference": "B-77"}, follow_redirects=True).text
    assert "Settled" in page
    assert "B-77" in page
    assert "1:45" in maker.get(f"/finance/payouts/{payout.id}").text
    page = maker.post(outcome, data={"outcome": "returned", "reason": "Account closed"}, follow_redirects=True).text
    assert "Account closed" in page
    ledger = maker.get("/finance/ledger").text
    assert f"returned:{payout.id}" in ledger
    assert "does not balance" not in ledger


def test_a_draft_is_cancelled_by_page(client_of):
    approved(seat(), 60)
    browser = client_of(finance())
    browser.post("/finance/runs", data={"currency": "USD"})
    run = db.session.scalars(sa.select(PayoutRun)).one()
    assert (
        "a draft in USD already" in browser.post("/finance/runs", data={"currency": "USD"}, follow_redirects=True).text
    )
    assert "A draft waits already" in browser.get("/finance").text
    assert "cancelled" in browser.post(f"/finance/runs/{run.id}/cancel", follow_redirects=True).text
    db.session.rollback()
    assert run.state is RunState.CANCELLED
    assert "Draft this run" in browser.get("/finance/preview/USD").text


def test_the_file_for_the_bank_holds_exact_amounts_and_no_formula(client_of):
    yen = seat(on=build.project(build.organisation(currency="JPY")), rate_minor=1500)
    evil = seat(worker=build.profile(name="=HYPERLINK(1)"), on=build.project(yen.project.organisation), rate_minor=100)
    approved(yen, 60)
    approved(evil, 90)
    run = approved_run("JPY")
    answer = client_of(finance()).get(f"/finance/runs/{run.id}/file.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="payout-run-{run.id}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["amount"] for row in rows] == ["1500", "150"]
    assert sum(int(row["amount"]) for row in rows) == -balance(LedgerKind.CLEARING, currency="JPY")
    assert rows[1]["name"] == "'=HYPERLINK(1)"
    assert [row["end_to_end_id"] for row in rows] == [f"FM-{run.id}-{payout.id}" for payout in run.payouts]


def test_an_auditor_reads_and_never_writes(client_of):
    approved(seat(), 60)
    run = actions.create_run("USD", by=finance())
    auditor = client_of(build.account(RoleName.AUDITOR))
    for url in ("/finance", f"/finance/runs/{run.id}", f"/finance/payouts/{run.payouts[0].id}", "/finance/ledger"):
        page = auditor.get(url)
        assert page.status_code == 200
        assert '<button type="submit" class="button primary"' not in page.text
    for url in ("/finance/runs", f"/finance/runs/{run.id}/approve", f"/finance/runs/{run.id}/cancel"):
        assert auditor.post(url, data={"currency": "USD"}).status_code == 403
    db.session.rollback()
    assert run.state is RunState.DRAFT


@pytest.mark.parametrize("role", [RoleName.ANNOTATOR, RoleName.MANAGER, RoleName.REVIEWER, RoleName.ADMIN])
def test_others_do_not_see_the_books(client_of, role):
    browser = client_of(build.account(role))
    for url in ("/finance", "/finance/runs/1", "/finance/runs/1/file.csv", "/finance/ledger"):
        assert browser.get(url).status_code == 403


def test_an_annotator_follows_their_money_down_to_the_line(client_of):
    one = seat()
    [entry] = approved(one, 60)
    run = approved_run()
    payout = run.payouts[0]
    browser = client_of(one.profile.account)
    page = browser.get("/earnings").text
    assert "$20.00" in page
    assert "In transit" in page
    assert f"/earnings/payouts/{payout.id}" in page
    assert one.project.title in browser.get(f"/earnings/payouts/{payout.id}").text
    stranger = client_of(build.profile().account)
    assert stranger.get(f"/earnings/payouts/{payout.id}").status_code == 404
    assert "No hours handed in yet" in stranger.get("/earnings").text
    assert entry.earning_minor == 2000


def test_a_payout_in_a_draft_is_not_shown_to_its_annotator(client_of):
    one = seat()
    approved(one, 60)
    run = actions.create_run("USD", by=finance())
    browser = client_of(one.profile.account)
    assert browser.get(f"/earnings/payouts/{run.payouts[0].id}").status_code == 404
    assert "the next one" in browser.get("/earnings").text


def test_lists_go_on_page_by_page(client_of):
    one = seat(weekly_limit_minutes=10_000)
    handed_in(one, *[10] * 60)
    browser = client_of(one.profile.account)
    first = browser.get("/earnings").text
    last = min(
        db.session.scalars(queries.earned_lines(one.profile.account).limit(50).order_by(TimeEntry.id.desc())),
        key=lambda line: line.id,
    )
    assert f"cursor={last.id}" in first
    assert browser.get(f"/earnings?cursor={last.id}").status_code == 200


def test_decisions_earnings_and_payouts_by_api(api_of):
    one = seat()
    first, second, third = handed_in(one, 60, 30, 15)
    payable(one.profile)
    boss, worker = api_of(boss_of(one)), api_of(one.profile.account)
    wish = {"approve": [first.id, third.id], "reject": [{"id": second.id, "reason": "no_work_found", "note": "Empty"}]}
    decided = boss.post("/api/v1/time-entries/decisions", json=wish)
    assert decided.status_code == 201
    assert [line["state"] for line in decided.json["items"]] == ["approved", "rejected", "approved"]
    again = boss.post("/api/v1/time-entries/decisions", json=wish)
    assert (again.status_code, again.content_type) == (409, "application/problem+json")
    maker, checker = api_of(finance()), api_of(finance())
    run = maker.post("/api/v1/payout-runs", json={"currency": "USD"})
    assert (run.status_code, run.json["payouts"][0]["amount_minor"]) == (201, 2500)
    approval = f"/api/v1/payout-runs/{run.json['id']}/approval"
    assert maker.post(approval).status_code == 409
    assert checker.post(approval).json["state"] == "approved"
    earnings = worker.get("/api/v1/earnings").json
    assert earnings["balances"] == [
        {"currency": "USD", "pending_minor": 0, "payable_minor": 0, "under_way_minor": 2500, "paid_minor": 0}
    ]
    assert [line["entry"]["earning_minor"] for line in earnings["items"]] == [500, None, 2000]
    payout = run.json["payouts"][0]["id"]
    assert [line["payout"] and line["payout"]["id"] for line in earnings["items"]] == [payout, None, payout]
    outcome = f"/api/v1/payouts/{payout}/outcome"
    for _ in range(2):
        paid = maker.post(outcome, json={"outcome": "paid", "reference": "B-1"})
        assert (paid.status_code, paid.json["state"]) == (200, "paid")
    assert maker.post(outcome, json={"outcome": "pending"}).status_code == 422
    assert [one["state"] for one in worker.get("/api/v1/payouts").json["items"]] == ["paid"]
    assert maker.get("/api/v1/payout-runs").json["items"][0]["state"] == "settled"
    assert worker.get("/api/v1/payout-runs").status_code == 403


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"approve": []},
        {"approve": [1, 1]},
        {"approve": [1], "reject": [{"id": 1, "reason": "no_work_found"}]},
        {"reject": [{"id": 1}]},
        {"reject": [{"id": 1, "reason": "mood"}]},
        {"approve": ["one"]},
        {"approve": [0]},
        {"approve": None},
    ],
)
def test_decisions_by_api_that_make_no_sense_are_refused(api_of, wish):
    assert api_of(build.manager()).post("/api/v1/time-entries/decisions", json=wish).status_code == 422


def test_a_failed_payout_says_so_to_its_annotator(client_of, outbox):
    one = seat()
    approved(one, 60)
    payout = approved_run().payouts[0]
    actions.record_outcome(payout.id, PayoutState.FAILED, reason="Wrong <IBAN>", by=finance())
    page = client_of(one.profile.account).get(f"/earnings/payouts/{payout.id}").text
    assert "did not arrive" in page
    assert "Wrong &lt;IBAN&gt;" in page
    assert "Wrong <IBAN>" in outbox()[-1].body
    assert db.session.get_one(Payout, payout.id).state is PayoutState.FAILED
