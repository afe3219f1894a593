"""Statements of real books: whatever happened, opening and movements are the ledger."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.payouts import actions
from marketplace.payouts.models import JournalEntry, Payout
from marketplace.payouts.rules import LedgerKind, PayoutState
from marketplace.statements import queries
from tests import build
from tests.payouts.books import approved, approved_run, balance, boss_of, handed_in, seat

LATER = datetime(2027, 3, 10, 12, tzinfo=UTC)


def test_a_line_tells_its_time_entry_rate_and_approval(app):
    one = seat(rate_minor=2000)
    [entry] = approved(one, 90)
    shown = queries.statement(one.profile, f"{clock.now():%Y-%m}", "USD")
    [line] = shown.lines
    assert line.work
    assert (line.work.entry_id, line.work.minutes, line.work.rate_minor) == (entry.id, 90, 2000)
    assert (line.work.project, line.work.approved_at) == (one.project.title, entry.decided_at)
    assert line.work.approved_by
    assert line.entry_id == db.session.scalar(sa.select(JournalEntry.id).filter_by(source_id=entry.id))
    assert (line.owed_minor, line.balance_minor, shown.opening.owed_minor) == (3000, 3000, 0)


def test_a_movement_belongs_to_the_month_in_which_it_was_booked_where_the_person_lives(app):
    one = seat(worker=build.profile(time_zone="Pacific/Auckland"))
    entries = handed_in(one, 60)
    with clock.at(datetime(2026, 12, 31, 11, 30, tzinfo=UTC)):  # half past midnight of New Year there
        actions.decide_lines([entries[0].id], [], by=boss_of(one))
        db.session.commit()
    with clock.at(LATER):
        assert queries.statement(one.profile, "2026-12", "USD").lines == []
        assert len(queries.statement(one.profile, "2027-01", "USD").lines) == 1
        [found] = queries.listed(one.profile)
    assert [sums.period for sums in found.months] == ["2027-01"]
    assert [sums.period for sums in found.years] == ["2027"]


def test_what_the_bank_did_is_told_even_where_it_leaves_what_is_owed_as_it_was(app):
    one, other = seat(rate_minor=2000), seat(rate_minor=5000)
    approved(one, 60)
    approved(other, 60)
    run = approved_run()
    mine = next(payout for payout in run.payouts if payout.profile_id == one.profile_id)
    by = build.account(RoleName.FINANCE)
    actions.record_outcome(mine.id, PayoutState.PAID, reference="B-7", by=by)
    actions.record_outcome(mine.id, PayoutState.RETURNED, reason="Account closed", by=by)
    db.session.commit()
    shown = queries.statement(one.profile, f"{clock.now():%Y-%m}", None)
    moved = [(line.kind, line.owed_minor, line.on_way_minor) for line in shown.lines]
    assert moved == [("earning", 2000, 0), ("hold", -2000, 2000), ("paid", 0, -2000), ("returned", 2000, 0)]
    assert [line.paying.payout_id for line in shown.lines if line.paying] == [mine.id] * 3
    assert shown.lines[-1].reason == "Account closed"
    assert (shown.closing.owed_minor, shown.closing.on_way_minor) == (2000, 0)
    assert (shown.sums.paid_minor, shown.sums.sent_minor, shown.sums.back_minor) == (2000, -2000, 2000)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_each_statement_goes_on_where_the_last_ended_and_the_last_is_the_ledger(app, seed):
    chance = Random(seed)
    people = [seat(rate_minor=rate) for rate in (1999, 3333)]
    by = build.account(RoleName.FINANCE)
    lines = [handed_in(one, *(chance.randint(1, 90) for _ in range(6))) for one in people]
    bosses = [boss_of(one) for one in people]
    db.session.commit()
    now = datetime(2026, 11, 12, 12, tzinfo=UTC)
    for _ in range(24):
        now += timedelta(hours=chance.randint(1, 190))
        with clock.at(now):
            try:
                _something(chance, lines, bosses, by)
                db.session.commit()
            except Refused:
                db.session.rollback()
    with clock.at(now + timedelta(minutes=1)):
        for one in people:
            _check(one.profile, now)


def _something(chance, lines, bosses, by):
    whose = chance.randrange(2)
    if chance.random() < 0.45 and lines[whose]:
        actions.decide_lines([lines[whose].pop().id], [], by=bosses[whose])
    elif chance.random() < 0.4:
        approved_run()
    else:
        payouts = db.session.scalars(sa.select(Payout)).all()
        if not payouts:
            raise Refused("There is none yet.")
        payout = chance.choice(payouts)
        outcome = chance.choice([PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED])
        actions.record_outcome(payout.id, outcome, reference="B", reason="R", by=by)


def _check(profile, now):
    months = [f"{year}-{month:02d}" for year in (2026, 2027) for month in range(1, 13)]
    shown = [queries.statement(profile, name, "USD") for name in months if name <= f"{now:%Y-%m}"]
    for before, after in pairwise(shown):
        assert after.opening == before.closing
    assert shown[-1].closing.owed_minor == -balance(LedgerKind.PAYABLE, profile.id)
    under_way = sa.select(sa.func.coalesce(sa.func.sum(Payout.amount_minor), 0))
    under_way = under_way.where(Payout.profile_id == profile.id, Payout.state == PayoutState.IN_TRANSIT)
    assert shown[-1].closing.on_way_minor == db.session.scalar(under_way)
    [found] = queries.listed(profile)
    assert found.months[::-1] == [one.sums for one in shown if one.lines]
    years = [queries.statement(profile, name, "USD") for name in sorted({name[:4] for name in months})]
    assert found.years[::-1] == [one.sums for one in years if one.lines]
    assert [sums for year in years for sums in year.months] == found.months[::-1]


def test_currencies_stand_apart(app):
    one = seat(rate_minor=2000)
    yen = seat(worker=one.profile, on=build.project(build.organisation(currency="JPY")), rate_minor=1500)
    approved(one, 60)
    with clock.at(clock.now() + timedelta(days=1)):
        [entry] = handed_in_later(yen)
        actions.decide_lines([entry.id], [], by=boss_of(yen))
        db.session.commit()
    assert queries.currencies_of(one.profile) == ["JPY", "USD"]
    name = f"{clock.now():%Y}"
    assert queries.statement(one.profile, name, "USD").closing.owed_minor == 2000
    assert queries.statement(one.profile, name, None).currency == "JPY"


def handed_in_later(on):
    from marketplace.timesheets import actions as hours
    from tests.payouts.books import TUESDAY

    start = TUESDAY + timedelta(days=1)
    entries = hours.log_time(on.profile, on.id, start, start + timedelta(hours=1))
    hours.submit_week(on.profile, on.id, entries[0].timesheet.week_starts_on)
    db.session.commit()
    return entries


def test_what_is_no_period_or_not_begun_or_in_no_currency_of_theirs_is_not_there(app):
    one = seat()
    for period, currency in (("2026-11", None), ("2026-11", "USD")):
        with pytest.raises(Missing):
            queries.statement(one.profile, period, currency)
    approved(one, 60)
    for period, currency in (("2026-13", None), ("2999", None), ("2026-11", "EUR"), ("2026-11", "x\x00")):
        with pytest.raises(Missing):
            queries.statement(one.profile, period, currency)


def test_one_entry_is_opened_with_both_its_sides_by_its_owner_alone(app):
    one, other = seat(rate_minor=2000), seat()
    approved(one, 60, 30)
    numbers = [line.entry_id for line in queries.statement(one.profile, f"{clock.now():%Y}", None).lines]
    found, currency = queries.movement(one.profile, numbers[1])
    assert (found.balance_minor, currency) == (3000, "USD")
    assert sum(side.amount_minor for side in queries.postings(numbers[1])) == 0
    with pytest.raises(Missing):
        queries.movement(other.profile, numbers[1])
