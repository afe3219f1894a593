import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from lxml import etree

from marketplace import clock, storage
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.bankfiles import actions, queries
from marketplace.bankfiles.models import BankAnswer, BankAnswerRow, BankFile
from marketplace.bankfiles.reading import COLUMNS
from marketplace.bankfiles.writing import NAMESPACE
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.payees import sealing
from marketplace.payees.actions import pay_to_account
from marketplace.payees.rules import MethodKind
from marketplace.payouts.actions import create_run, record_outcome
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import LedgerKind, PayoutState, RunState, end_to_end_id
from tests import build
from tests.bankfiles.banks import csv_of, pain002_of
from tests.payouts.books import NOW, approved, approved_run, at_once, balance, payable, seat

N = {"p": NAMESPACE}


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def finance():
    return build.account(RoleName.FINANCE)


def run_of(count: int, currency: str = "USD") -> PayoutRun:
    client = build.project(build.organisation(currency=currency))
    for number in range(count):
        one = seat(on=build.project(client.organisation), worker=build.profile(name=f"Person {number}"))
        approved(one, 60 + number)
    return approved_run(currency)


def row(payout: Payout, state: str = "paid", **more: str) -> dict[str, str]:
    amount, reason = f"{Decimal(payout.amount_minor) / 100:.2f}", "" if state == "paid" else "Account closed"
    known = end_to_end_id(payout.run_id, payout.id)
    values = (known, state, amount, payout.currency, f"B-{payout.id}", reason)
    return dict(zip(COLUMNS, values, strict=True)) | more


def test_the_file_of_a_run_holds_what_the_ledger_holds_for_it_to_the_cent():
    run = run_of(3, "EUR")
    file = actions.write_file(run.id, by=finance())
    message = etree.fromstring(queries.content_of(file))
    total = sum(Decimal(one.text) for one in message.iterfind(".//p:InstdAmt", N))
    assert total == Decimal(message.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=N))
    db.session.commit()
    assert int(total * 100) == file.total_minor == -balance(LedgerKind.CLEARING, currency="EUR")
    assert message.findtext(".//p:Cdtr/p:Nm", namespaces=N) == "Ada Byron"


def test_the_file_is_written_once_and_is_the_same_however_often_it_is_taken(client_of):
    run = run_of(1)
    browser = client_of(finance())
    assert "No file yet" in browser.get(f"/finance/runs/{run.id}/bank").text
    for _ in range(2):
        page = browser.post(f"/finance/runs/{run.id}/bank-file", follow_redirects=True).text
    file = db.session.scalars(sa.select(BankFile)).one()
    assert file.sha256 in page
    taken = [browser.get(f"/finance/runs/{run.id}/bank-file") for _ in range(2)]
    assert taken[0].data == taken[1].data == queries.content_of(file)
    assert taken[0].headers["Content-Disposition"] == f'attachment; filename="FM-RUN-{run.id}.xml"'
    db.session.rollback()
    assert len(list(db.session.scalars(sa.select(AuditEvent).filter_by(action="bank_file.taken")))) == 2


def test_the_kept_file_shows_no_account_number_and_is_missed_when_it_was_changed(app):
    file = actions.write_file(run_of(1).id, by=finance())
    path = app.config["FAIRMATCH"].data_dir / "files" / file.storage_key
    assert b"AT61" not in path.read_bytes()
    storage.keep(file.storage_key, sealing.sealed_file(b"<Document/>"))
    with pytest.raises(Refused, match="not the one that was written"):
        queries.content_of(file)


def test_whoever_is_paid_by_the_client_or_changed_the_account_is_not_in_the_file(client_of):
    client, other = seat(), seat()
    payable(client.profile, "", kind=MethodKind.EXTERNAL, holder="", fingerprint="")
    approved(client, 60)
    approved(other, 60)
    run = approved_run()
    file = actions.write_file(run.id, by=finance())
    db.session.commit()
    assert file.payout_ids == [one.id for one in run.payouts if one.profile_id == other.profile_id]
    page = client_of(finance()).get(f"/finance/runs/{run.id}/bank").text
    assert "1 payout of this run is not in the file" in page


def test_a_draft_has_no_file_and_without_an_account_to_pay_from_it_is_said(app):
    approved(seat(), 60)
    run = create_run("USD", by=finance())
    with pytest.raises(Refused, match="once the run is approved"):
        actions.write_file(run.id, by=finance())
    db.session.rollback()
    run = approved_run()
    config = app.config["FAIRMATCH"]
    for wrong, why in (("", "PAYOUT_DEBTOR_NAME"), ("DE00", "PAYOUT_DEBTOR_IBAN is set wrongly")):
        app.config["FAIRMATCH"] = replace(config, payout_debtor_iban=wrong)
        try:
            with pytest.raises(Refused, match=why):
                actions.write_file(run.id, by=finance())
        finally:
            app.config["FAIRMATCH"] = config


def test_an_answer_is_compared_first_then_applied_and_the_run_is_settled_when_all_is_final(client_of):
    run = run_of(3)
    one, two, three = run.payouts
    browser = client_of(finance())
    browser.post(f"/finance/runs/{run.id}/bank-file")
    content = csv_of([row(one), row(two, "failed"), row(three, amount="1.00")])
    url = f"/finance/runs/{run.id}/bank"
    page = browser.post(url, data={"file": (io.BytesIO(content), "bank.csv")}, follow_redirects=True)
    assert "Nothing is applied yet" in page.text
    assert "Amount differs" in page.text
    assert balance(LedgerKind.BANK) == 0
    here = page.request.path
    for _ in range(2):
        page = browser.post(here, follow_redirects=True)
    assert "Applied" in page.text
    db.session.rollback()
    db.session.expire_all()
    assert [payout.state for payout in (one, two, three)] == [
        PayoutState.PAID,
        PayoutState.FAILED,
        PayoutState.IN_TRANSIT,
    ]
    assert (one.reference, two.failure_reason) == (f"B-{one.id}", "Account closed")
    assert balance(LedgerKind.PAYABLE, two.profile_id) == -two.amount_minor
    assert balance(LedgerKind.CLEARING) == -three.amount_minor
    [odd] = db.session.scalars(sa.select(BankAnswerRow).where(BankAnswerRow.finding == "amount_differs"))
    assert f"/finance/bank-rows/{odd.id}/note" in page.text
    page = browser.post(f"/finance/bank-rows/{odd.id}/note", data={"text": "Fee taken"}, follow_redirects=True).text
    assert "Fee taken" in page
    again = browser.post(f"/finance/bank-rows/{odd.id}/note", data={"text": "Again"}, follow_redirects=True).text
    assert "resolved this row already" in again
    last = pain002_of([row(three)], "10")
    page = browser.post(url, data={"file": (io.BytesIO(last), "bank.xml")}, follow_redirects=True)
    browser.post(page.request.path)
    db.session.rollback()
    db.session.expire_all()
    assert (run.state, balance(LedgerKind.CLEARING)) == (RunState.SETTLED, 0)
    assert len(list(db.session.scalars(sa.select(BankAnswer)))) == 2


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (None, "Choose the bank"),
        ((io.BytesIO(b"<!DOCTYPE D [<!ENTITY x 'y'>]><D/>"), "x.xml"), "declares a document type"),
        ((io.BytesIO(b"a,b\n"), "x.csv"), "The first line lacks"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_page(client_of, file, why):
    run = run_of(1)
    actions.write_file(run.id, by=finance())
    answer = client_of(finance()).post(f"/finance/runs/{run.id}/bank", data={"file": file} if file else {})
    assert answer.status_code == 422
    assert why in answer.text


def test_an_auditor_reads_answers_but_takes_no_file_and_changes_nothing(client_of):
    run = run_of(1)
    actions.write_file(run.id, by=finance())
    sha256 = actions.keep_answer(run.id, csv_of([row(run.payouts[0], amount="1.00")]), by=finance())
    db.session.commit()
    auditor = client_of(build.account(RoleName.AUDITOR))
    url = f"/finance/runs/{run.id}/bank"
    assert "<button" not in auditor.get(url).text.split("<main")[1]
    assert "Amount differs" in auditor.get(f"{url}/{sha256}").text
    assert auditor.get(f"/finance/runs/{run.id}/bank-file").status_code == 403
    assert auditor.post(url).status_code == 403
    assert auditor.post(f"{url}/{sha256}").status_code == 403
    assert auditor.get(f"{url}/{'G' * 64}").status_code == 404
    assert auditor.get(f"{url}/{'0' * 64}").status_code == 404


def test_the_whole_way_by_api(api_of):
    run = run_of(2)
    one, two = run.payouts
    client = api_of(finance())
    url = f"/api/v1/payout-runs/{run.id}"
    assert client.get(f"{url}/bank-file").status_code == 404
    key = {"Idempotency-Key": "file-1"}
    made = [client.post(f"{url}/bank-file", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json == made[1].json == client.get(f"{url}/bank-file").json
    assert b"pain.001.001.09" in client.get(f"{url}/bank-file/content").data
    content = csv_of([row(one), row(one, end_to_end_id="FM-0-0")])
    compared = client.post(f"{url}/bank-answers", data={"file": (io.BytesIO(content), "b.csv")})
    assert compared.status_code == 201, compared.json
    counts = {name: count for name, count in compared.json["counts"].items() if count}
    assert counts == {"matched": 1, "missing_here": 1, "missing_there": 1}
    assert compared.json["applied_at"] is None
    there = f"{url}/bank-answers/{compared.json['sha256']}"
    applied = [client.post(there, headers={"Idempotency-Key": key}) for key in ("a", "a", "b")]
    assert [answer.status_code for answer in applied] == [201] * 3
    assert applied[0].json["id"] == applied[2].json["id"]
    assert client.get(there).json["applied_at"] is not None
    [stranger, silent] = applied[0].json["mismatches"]
    assert (stranger["finding"], silent["finding"], silent["payout_id"]) == ("missing_here", "missing_there", two.id)
    note = client.post(f"/api/v1/bank-answer-rows/{silent['id']}/note", json={"text": "Comes tomorrow"})
    assert (note.status_code, note.json["note"]["text"]) == (201, "Comes tomorrow")
    assert len(client.get(f"{url}/bank-answers").json["items"]) == 1


def test_pages_ask_few_questions(client_of, counted_queries):
    run = run_of(4)
    actions.write_file(run.id, by=finance())
    sha256 = actions.keep_answer(run.id, csv_of([row(one, amount="1.00") for one in run.payouts]), by=finance())
    db.session.commit()
    browser = client_of(finance())
    here = f"/finance/runs/{run.id}/bank"
    for _ in range(2):
        for url in (here, f"{here}/{sha256}"):
            browser.get(url)
            with counted_queries() as count:
                assert browser.get(url).status_code == 200
            assert count() <= 12
        browser.post(f"{here}/{sha256}")


def test_who_changed_the_account_after_approval_is_not_sent_and_paid_by_the_next_run():
    one = seat()
    approved(one, 60)
    run = approved_run()
    pay_to_account(one.profile, "Ada Byron", "DE89 3704 0044 0532 0130 00")
    db.session.commit()
    # Neither now nor when the new account may be used: how a payout is paid is settled at approval.
    for hours in (0, 60):
        with clock.at(NOW + timedelta(hours=hours)), pytest.raises(Refused, match="Nobody in this run is paid by"):
            actions.write_file(run.id, by=finance())
        db.session.rollback()
    with clock.at(NOW + timedelta(hours=60)):
        record_outcome(run.payouts[0].id, PayoutState.FAILED, reason="Account changed", by=finance())
        again = approved_run()
        content = queries.content_of(actions.write_file(again.id, by=finance()))
    assert b"DE89370400440532013000" in content
    assert content.count(b"<EndToEndId>FM-") == 1


def test_who_was_paid_by_the_client_at_approval_is_never_sent_to_the_bank_as_well(client_of):
    client, other = seat(), seat()
    payable(client.profile, "", kind=MethodKind.EXTERNAL, holder="", fingerprint="")
    approved(client, 60)
    approved(other, 60)
    run = approved_run()
    pay_to_account(client.profile, "Ada Byron", "DE89 3704 0044 0532 0130 00")
    db.session.commit()
    with clock.at(NOW + timedelta(hours=60)):
        file = actions.write_file(run.id, by=finance())
        listed = client_of(finance()).get(f"/finance/runs/{run.id}/file.csv").text
    assert file.payout_ids == [one.id for one in run.payouts if one.profile_id == other.profile_id]
    assert [line.rsplit(",", 1)[1] for line in listed.splitlines()[1:]] == ["client", "bank"]


def test_how_a_payout_is_paid_stays_as_approved_even_by_raw_statements():
    run = run_of(1)
    with pytest.raises(sa.exc.DBAPIError, match="settled when its run is approved"), db.session.begin_nested():
        db.session.execute(sa.text("UPDATE payout SET method_id = NULL WHERE id = :id"), {"id": run.payouts[0].id})


def test_a_file_is_not_taken_any_more_once_a_payment_of_it_did_not_arrive():
    run = run_of(2)
    actions.write_file(run.id, by=finance())
    record_outcome(run.payouts[0].id, PayoutState.FAILED, reason="Account closed", by=finance())
    with pytest.raises(Refused, match="not to be sent any more"):
        actions.take_file(run.id, by=finance())


def test_an_answer_counts_only_for_what_was_sent():
    run = run_of(1)
    with pytest.raises(Refused, match="its file is written first"):
        actions.keep_answer(run.id, csv_of([row(run.payouts[0])]), by=finance())
    stays, changes = seat(), seat()
    approved(stays, 60)
    approved(changes, 60)
    run = approved_run()
    pay_to_account(changes.profile, "Ada Byron", "DE89 3704 0044 0532 0130 00")
    actions.write_file(run.id, by=finance())
    sha256 = actions.keep_answer(run.id, csv_of([row(one) for one in run.payouts]), by=finance())
    found = actions.apply_answer(run.id, sha256, by=finance())
    assert sorted(one.finding for one in found.rows) == ["matched", "missing_here"]
    assert {one.profile_id: one.state for one in run.payouts} == {
        stays.profile_id: PayoutState.PAID,
        changes.profile_id: PayoutState.IN_TRANSIT,
    }


@pytest.mark.parametrize("table", ["bank_file", "bank_answer", "bank_answer_row", "bank_answer_note"])
@pytest.mark.parametrize("change", ["UPDATE {} SET made_by = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_sent_and_answered_is_never_changed_even_by_the_owner(owner, app, table, change):
    change = change.replace("made_by = 1", "number = 1") if table == "bank_answer_row" else change
    with owner.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="only ever added"):
        connection.execute(sa.text(change.format(table)))


def test_the_same_answer_applied_by_two_people_at_once_counts_once(app):
    run = run_of(2)
    actions.write_file(run.id, by=finance())
    sha256 = actions.keep_answer(run.id, csv_of([row(one) for one in run.payouts]), by=finance())
    run_id, people = run.id, [finance().id for _ in range(2)]
    db.session.commit()
    steps = [
        lambda who=who: actions.apply_answer(run_id, sha256, by=db.session.get_one(Account, who)) for who in people
    ]
    assert at_once(app, *steps) == ["done", "done"]
    assert balance(LedgerKind.CLEARING) == 0
    assert len(list(db.session.scalars(sa.select(BankAnswer)))) == 1
