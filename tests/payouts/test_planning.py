from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.payees.actions import set_terms
from marketplace.payees.rules import MethodKind, Terms
from marketplace.payouts import actions, queries
from marketplace.payouts.rules import Skip
from marketplace.timesheets import actions as hours
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, boss_of, handed_in, payable, seat


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def finance():
    return build.account(RoleName.FINANCE)


def owed_without_method():
    one = seat()
    lines = handed_in(one, 60)
    actions.decide_lines([line.id for line in lines], [], by=boss_of(one))
    db.session.commit()
    return one


def test_whoever_cannot_be_paid_is_left_out_of_a_run_with_the_reason_and_stays_owed():
    ready, cooling, none, client = seat(), seat(), owed_without_method(), seat()
    payable(cooling.profile, usable_from=NOW + timedelta(hours=5))
    payable(client.profile, "", kind=MethodKind.EXTERNAL, holder="", fingerprint="")
    for one in (ready, cooling, client):
        approved(one, 60, 30)
    plan = queries.plan_run("USD")
    assert {one.owed.profile_id for one in plan.pays} == {ready.profile_id, client.profile_id}
    assert {one.owed.profile_id: one.why for one in plan.left_out} == {
        cooling.profile_id: Skip.COOLING_OFF,
        none.profile_id: Skip.NO_METHOD,
    }
    assert plan.reasons == [(Skip.NO_METHOD, 1, 2000), (Skip.COOLING_OFF, 1, 3000)]
    assert plan.total_minor == 6000
    run = actions.create_run("USD", by=finance())
    db.session.commit()
    assert {one.profile_id for one in run.payouts} == {ready.profile_id, client.profile_id}
    assert [one.owed.profile_id for one in queries.plan_run("USD").left_out] == [cooling.profile_id, none.profile_id]


def test_what_is_less_than_a_clients_smallest_payout_waits_while_another_client_pays():
    first = seat()
    second = seat(worker=first.profile, on=build.project(build.organisation()))
    set_terms(first.project.organisation, Terms(5000, "USD", None), by=boss_of(first))
    approved(first, 60)
    lines = handed_in_later(second)
    plan = queries.plan_run("USD")
    [paid], [waits] = plan.pays, plan.left_out
    assert (paid.owed.amount_minor, waits.owed.amount_minor, waits.why) == (1000, 2000, Skip.BELOW_MINIMUM)
    assert len(lines) == 1
    actions.create_run("USD", by=finance())
    assert queries.plan_run("USD").pays == []


def handed_in_later(on):
    start = TUESDAY + timedelta(hours=5)
    lines = hours.log_time(on.profile, on.id, start, start + timedelta(minutes=30))
    hours.submit_week(on.profile, on.id, lines[0].timesheet.week_starts_on)
    actions.decide_lines([line.id for line in lines], [], by=boss_of(on))
    db.session.commit()
    return lines


def test_when_nobody_can_be_paid_the_reasons_are_said():
    owed_without_method()
    with pytest.raises(Refused, match="1: has not said how to be paid"):
        actions.create_run("USD", by=finance())


def test_the_sums_owed_leave_out_what_a_draft_would_pay():
    one, two = seat(), seat()
    approved(one, 60)
    approved(two, 30)
    assert [(row.currency, row.people, row.amount_minor) for row in queries.owed_by_currency()] == [("USD", 2, 3000)]
    assert queries.people_owed("USD", one.profile_id, 10) == [two.profile_id]
    actions.create_run("USD", by=finance())
    db.session.commit()
    assert queries.owed_by_currency() == []
    assert queries.people_owed("USD", 0, 10) == []
    none = owed_without_method()
    assert [(row.people, row.amount_minor) for row in queries.owed_by_currency()] == [(1, 2000)]
    assert queries.people_owed("USD", 0, 10) == [none.profile_id]


def test_a_preview_by_page_and_by_api_says_who_how_much_and_why(client_of, api_of):
    none = owed_without_method()
    ready = seat(worker=build.profile(name="Ready One"))
    approved(ready, 60, 30)
    browser = client_of(finance())
    assert "Preview a run" in browser.get("/finance").text
    page = browser.get("/finance/preview/USD").text
    for words in ("has not said how to be paid", "Ready One", "AT•• •••• 3201", "Draft this run", "$30.00", "1:30"):
        assert words in page
    lines = browser.get(f"/finance/owed/{none.profile_id}/USD").text
    assert none.project.title in lines
    assert "$20.00" in lines
    assert browser.get("/finance/preview/XXQ").status_code == 404
    assert browser.get("/finance/owed/999999999/USD").status_code == 404
    told = api_of(finance()).get("/api/v1/payout-runs/preview?currency=USD&limit=1").json
    assert (told["total_minor"], told["pays_count"], told["left_out_count"]) == (3000, 1, 1)
    assert [(one["why"], one["lines"], one["minutes"]) for one in told["items"]] == [("no_method", 1, 60)]


def test_lists_of_people_who_are_owed_go_on_page_by_page(client_of, counted_queries, monkeypatch):
    people = [seat() for _ in range(3)]
    for one in people:
        approved(one, 60)
    monkeypatch.setattr("marketplace.payouts.pages.PEOPLE_AT_ONCE", 2)
    browser = client_of(finance())
    url = "/finance?currency=USD"
    first = browser.get(url).text
    last = people[1].profile_id
    assert f"after={last}" in first
    with counted_queries() as count:
        second = browser.get(f"{url}&after={last}").text
    assert count() <= 12
    assert f"/finance/owed/{people[2].profile_id}/USD" in second
    assert f"/finance/owed/{last}/USD" not in second
    assert "from=2" in browser.get("/finance/preview/USD").text
    for odd in ("-1", "x", str(10**30)):
        assert browser.get(f"/finance?currency=ZZZ&after={odd}&cursor={odd}").status_code == 200
        assert browser.get(f"/finance/preview/USD?from={odd}").status_code == 200
