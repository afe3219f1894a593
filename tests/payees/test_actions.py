from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from cryptography.fernet import InvalidToken
from flask import Flask

from marketplace import clock, mail
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.erasure import actions as erasing
from marketplace.errors import Refused
from marketplace.payees import actions, queries, sealing
from marketplace.payees.models import PayoutMethod
from marketplace.payees.rules import Ready, Schedule, ScheduleKind, Terms
from marketplace.profiles.models import AnnotatorProfile
from tests import build
from tests.erasure import world as erased
from tests.payouts.books import NOW

GERMAN, BRITISH, FRENCH = "DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile(name="Ana Núñez")


def state_of(profile, later=timedelta(0)):
    return queries.readiness([profile.id], clock.now() + later)[profile.id]


def test_the_first_method_is_used_at_once(person):
    assert state_of(person).state is Ready.NO_METHOD
    actions.pay_to_account(person, "Ana Núñez", GERMAN)
    assert (state_of(person).state, state_of(person).shown) == (Ready.READY, "DE•• •••• 3000")
    [method_id] = queries.usable_methods([person.id], clock.now()).values()
    details = queries.bank_details([method_id])[method_id]
    assert (details.holder, details.iban, details.bic) == ("Ana Núñez", GERMAN, "COBADEFFXXX")


def test_a_change_cools_off_and_nothing_goes_to_the_old_account_meanwhile(person):
    first = actions.pay_to_account(person, "Ana", GERMAN)
    changed = actions.pay_to_account(person, "Ana", BRITISH)
    assert (state_of(person).state, state_of(person).until) == (Ready.COOLING_OFF, changed.usable_from)
    assert queries.usable_methods([person.id], clock.now()) == {}
    assert queries.bank_details([first.id]) == {}
    assert state_of(person, timedelta(hours=49)).state is Ready.READY
    assert queries.usable_methods([person.id], clock.now() + timedelta(hours=49)) == {person.id: changed.id}
    assert queries.bank_details([changed.id])[changed.id].iban == BRITISH


def test_ending_and_beginning_anew_is_no_way_around_cooling_off(person):
    actions.pay_to_account(person, "Ana", GERMAN)
    actions.end_method(person)
    assert state_of(person).state is Ready.NO_METHOD
    actions.pay_to_account(person, "Ana", BRITISH)
    assert state_of(person).state is Ready.COOLING_OFF
    with pytest.raises(Refused, match="already"):
        actions.pay_to_account(person, "Ana", BRITISH.lower())


def test_what_the_client_pays_elsewhere_is_told_apart(person):
    actions.pay_elsewhere(person, "with my salary")
    assert state_of(person).state is Ready.EXTERNAL
    assert queries.bank_details(queries.usable_methods([person.id], clock.now()).values()) == {}
    with pytest.raises(Refused, match="few words"):
        actions.pay_elsewhere(person, "")


def test_two_people_with_one_account_are_marked_and_not_stopped(person):
    other, alone = build.profile(), build.profile()
    for profile, number in ((person, GERMAN), (other, GERMAN), (alone, FRENCH)):
        actions.pay_to_account(profile, "Ana", number)
    found = queries.readiness([person.id, other.id, alone.id], clock.now())
    assert [found[one.id].is_shared for one in (person, other, alone)] == [True, True, False]
    actions.end_method(other)
    assert not state_of(person).is_shared


def test_the_whole_number_stands_nowhere_in_the_open(person, owner):
    actions.pay_to_account(person, "Ana", GERMAN)
    actions.pay_to_account(person, "Ana", FRENCH)
    actions.end_method(person)
    db.session.commit()
    with owner.connect() as connection:
        for table in db.metadata.tables:
            rows = str([dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings()])
            assert not any(number[4:-4] in rows for number in (GERMAN, FRENCH)), table


def test_the_trail_knows_who_changed_what_masked(person):
    actions.pay_to_account(person, "Ana", GERMAN)
    actions.pay_to_account(person, "Ana", BRITISH)
    events = db.session.scalars(sa.select(AuditEvent).filter_by(action="payout_method.set").order_by(AuditEvent.id))
    first, second = [one.facts for one in events]
    assert first["method"] == "DE•• •••• 3000"
    assert (second["method"], second["earlier"]) == ("GB•• •••• 5432", "DE•• •••• 3000")


def test_the_account_is_told_and_for_two_weeks_its_former_address(person, outbox):
    account = person.account
    for address, days in (("gone@example.test", 15), ("former@example.test", 13)):
        with clock.at(clock.now() - timedelta(days=days)):
            mail.queue(address, "address_changed", "Changed", to_name="Ana", account_id=account.id)
    actions.pay_to_account(person, "Ana", GERMAN)
    told = [one for one in outbox() if one.template == "payout_method"]
    assert sorted(one.recipient for one in told) == sorted([account.email, "former@example.test"])
    assert all("DE•• •••• 3000" in one.body for one in told)


def test_of_two_first_methods_at_once_the_second_cools_off(app, person):
    db.session.commit()
    profile_id, start = person.id, Barrier(2)

    def give(number):
        with app.app_context():
            start.wait()
            actions.pay_to_account(db.session.get_one(AnnotatorProfile, profile_id), "Ana", number)
            db.session.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(give, (GERMAN, BRITISH)))
    first, second = db.session.scalars(queries.methods_of(profile_id).order_by(PayoutMethod.id)).all()
    assert (first.ended_at is None, second.ended_at is None) == (False, True)
    assert first.usable_from == first.made_at
    assert second.usable_from > second.made_at


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payout_method SET holder = 'Mallory'",
        "UPDATE payout_method SET usable_from = made_at, ended_at = now()",
        "UPDATE payout_method SET ended_at = NULL WHERE ended_at IS NOT NULL",
        "UPDATE payout_method SET holder = '', iban = NULL, last_four = '', country = '', bic = '', fingerprint = '',"
        " ended_at = now()",
        "DELETE FROM payout_method",
        "INSERT INTO payout_method SELECT * FROM payout_method WHERE ended_at IS NULL",
    ],
)
def test_the_database_lets_nobody_rewrite_a_method(person, statement):
    actions.pay_to_account(person, "Ana", GERMAN)
    actions.pay_to_account(person, "Ana", BRITISH)
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError), db.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_another_secret_opens_nothing_and_finds_nobody(app, app_with):
    kept, print_ = sealing.sealed(GERMAN), sealing.fingerprint(GERMAN)
    with app_with(secret_key="another").app_context():
        assert sealing.fingerprint(GERMAN) != print_
        with pytest.raises(InvalidToken):
            sealing.opened(kept)


def test_terms_are_the_organisations_own_and_else_any_sum_at_any_time(app):
    client, other = build.organisation(currency="EUR"), build.organisation()
    assert queries.terms([client.id])[client.id] == Terms(0, "EUR", None)
    wish = Terms(5000, "EUR", Schedule(ScheduleKind.MONTHLY, 31))
    assert actions.set_terms(client, wish, by=build.account()) == wish
    later = Terms(0, "EUR", Schedule(ScheduleKind.TWICE_A_MONTH))
    actions.set_terms(client, later, by=build.account())
    assert queries.terms([client.id, other.id]) == {client.id: later, other.id: Terms(0, "USD", None)}


def test_of_whoever_was_erased_no_account_is_left_and_none_is_added(app):
    with clock.at(NOW):
        someone = erased.make()
        erasing.erase(someone.account)
        db.session.commit()
        rows = db.session.scalars(queries.methods_of(someone.profile.id).order_by(PayoutMethod.id)).all()
        assert [(one.kind, one.iban, one.holder, one.shown, one.description) for one in rows] == [
            ("iban", None, "", "", ""),
            ("external", None, "", "paid by the client", ""),
        ]
        assert all(one.ended_at for one in rows)
        with pytest.raises(sa.exc.DBAPIError, match="erased"):
            actions.pay_to_account(someone.profile, "Ana", GERMAN)
