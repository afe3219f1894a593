"""Of somebody who was erased no word is left anywhere, the books balance, and everybody else's pages still open."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from marketplace import clock, storage, worker
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Account
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.erasure import actions, rules
from marketplace.erasure.rules import TREATED
from marketplace.errors import Missing, Refused
from marketplace.mail import MailState, OutgoingMail
from marketplace.own_data.rules import HELD
from marketplace.payouts import actions as payouts
from marketplace.payouts.rules import LedgerKind, PayoutState
from marketplace.timesheets import actions as hours
from marketplace.work.rules import EngagementState
from tests import build
from tests.erasure.world import EMAIL, NAME, PLANTED, Someone, left, make
from tests.hostile.columns import FREE
from tests.payouts.books import NOW, TUESDAY, approved_run, balance, boss_of, payable, seat

# Columns about a person in which nothing distinctive is planted, each with the reason.
NOT_PLANTED = {
    "api_token.name": "the rows are deleted, as those of passkeys",
    "application.override_note": "replaced like the notes beside it",
    "engagement.state_reason": "holds a reason code once it has ended, and erasing ends all",
    "outgoing_mail.last_error": "says a code of SMTP",
    "resume.refusal": "the rows are deleted, and it holds sentences of this program",
    "payout.reference": "the bank's number, which the books need",
    "timer.note": "a timer that runs has to be stopped first",
}


@pytest.fixture(autouse=True)
def later(app):
    for folder in ("files", "outbox"):  # what tests before have left
        shutil.rmtree(app.config["FAIRMATCH"].data_dir / folder / "resumes", ignore_errors=True)
        for file in (app.config["FAIRMATCH"].data_dir / folder).glob("*.eml"):
            file.unlink()
    with clock.at(NOW):
        yield


def erased(**options: Any) -> Someone:
    someone = make(**options)
    actions.erase(someone.account)
    db.session.commit()
    return someone


def test_every_kind_of_record_has_a_fate() -> None:
    assert sorted(TREATED) == sorted(HELD)


def test_words_are_planted_in_every_column_that_can_hold_some(app: Flask) -> None:
    make()
    planted = {place.split(" holds")[0] for place in left(app)}
    of_people = {column for column in FREE if column.split(".")[0] in HELD}
    assert of_people - planted - NOT_PLANTED.keys() == set()
    assert NOT_PLANTED.keys() & planted == set()
    assert {"matching_row.facts", "matching_past.facts", "event.facts"} <= planted


def test_no_word_is_left_in_any_column_or_file(app: Flask) -> None:
    someone = make()
    stranger = build.profile(name="Somebody Else")
    assert {word for word in PLANTED if any(word in place for place in left(app))} == set(PLANTED)
    actions.erase(someone.account)
    db.session.commit()
    assert {place.split(".")[0] for place in left(app) if not place.startswith("files/")} <= {"outgoing_mail"}
    worker.perform_due(app)
    assert left(app) == []
    assert stranger.account.name == "Somebody Else"
    assert stranger.languages


def test_the_books_balance_and_keep_their_amounts(app: Flask) -> None:
    someone = make()
    before = balance(LedgerKind.BANK)
    actions.erase(someone.account)
    db.session.commit()
    assert (balance(LedgerKind.PAYABLE, someone.profile.id), balance(LedgerKind.BANK)) == (0, before)
    assert before != 0


def test_what_is_under_way_is_ended_with_a_reason(app: Flask) -> None:
    someone = erased()
    db.session.refresh(someone.on)
    assert (someone.on.state, someone.on.state_reason) == (EngagementState.ENDED, "erased")
    db.session.refresh(someone.invitation)
    assert someone.invitation.state == "withdrawn"
    event = db.session.scalars(sa.select(AuditEvent).filter_by(action="account.erased")).one()
    assert event.facts == {"invitations": 1, "applications": 1, "engagements": 1}


def test_of_the_trail_stay_actions_numbers_and_reason_codes(app: Flask) -> None:
    someone = erased()
    own = sa.select(AuditEvent).where(AuditEvent.actor_id == someone.account.id)
    facts = {event.action: event.facts for event in db.session.scalars(own)}
    assert facts["invitation.declined"] == {"erased": True, "reason": "other"}
    assert facts["time.changed"] == {"erased": True}
    assert facts["resume.uploaded"] == {"erased": True, "profile": someone.profile.id}


def test_nobody_signs_in_and_the_address_is_free(app: Flask, client: FlaskClient) -> None:
    someone = make()
    token = build.token(someone.account)
    db.session.commit()
    actions.erase(someone.account)
    db.session.commit()
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert find_account(EMAIL) is None
    anew = accounts.add_account(EMAIL, "kettles brown sing at dusk", NAME, roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    assert (anew.id != someone.account.id, anew.active, someone.account.active) == (True, True, False)


def test_the_last_mail_is_sent_and_then_gone(app: Flask) -> None:
    someone = erased()
    waiting = db.session.scalars(sa.select(OutgoingMail).filter_by(state=MailState.QUEUED, recipient=EMAIL)).all()
    assert [one.template for one in waiting] == ["erased"]
    worker.perform_due(app, kinds=["account.erased"])
    assert db.session.scalar(sa.select(OutgoingMail.id).filter_by(recipient=EMAIL)) is not None
    worker.perform_due(app, kinds=["mail.queued"])
    with clock.at(NOW + rules.LOOK_AGAIN):
        worker.perform_due(app)
    mine = sa.select(OutgoingMail).filter_by(account_id=someone.account.id)
    assert db.session.scalars(mine).all() == []


def test_a_last_mail_that_cannot_be_sent_is_not_waited_for_for_ever(app: Flask) -> None:
    someone = erased()
    with clock.at(NOW + rules.WAIT_FOR_MAIL + timedelta(minutes=1)):
        actions.finish(someone.account.id)
    db.session.commit()
    assert left(app) == []


def test_finishing_twice_changes_nothing_and_spares_the_living(app: Flask) -> None:
    someone = erased()
    stranger = build.profile()
    storage.keep(f"resumes/{stranger.id}/x", b"kept")
    for person in (someone.account, someone.account, stranger.account):
        actions.finish(person.id)
    assert storage.fetch(f"resumes/{stranger.id}/x") == b"kept"


def test_no_mail_goes_to_somebody_who_was_erased(app: Flask, outbox: Callable[[], list[OutgoingMail]]) -> None:
    someone = erased()
    worker.perform_due(app)
    paid = db.session.scalar(sa.text("SELECT id FROM payout WHERE state = 'paid'"))
    payouts.record_outcome(paid, PayoutState.RETURNED, reason="came back", by=build.account(RoleName.FINANCE))
    db.session.commit()
    assert [one for one in outbox() if one.recipient.endswith("@erased.invalid")] == []
    assert balance(LedgerKind.PAYABLE, someone.profile.id) < 0


def test_hours_in_any_state_before_they_are_paid_stand_in_the_way(app: Flask) -> None:
    on = seat()
    account, monday = on.profile.account, TUESDAY.date() - timedelta(days=1)
    hours.start_timer(on.profile, on.id)
    assert "timer is running" in refused(account)
    hours.drop_timer(on.profile)
    (entry,) = hours.log_time(on.profile, on.id, TUESDAY, TUESDAY + timedelta(hours=1))
    assert "not handed in" in refused(account)
    hours.submit_week(on.profile, on.id, monday)
    assert "waiting for a decision" in refused(account)
    payouts.decide_lines([entry.id], [], by=boss_of(on))
    assert "You are owed $20.00" in refused(account)
    payable(on.profile)
    run = approved_run()
    assert "under way" in refused(account)
    payouts.record_outcome(run.payouts[0].id, PayoutState.PAID, reference="B-2", by=build.account(RoleName.FINANCE))
    db.session.commit()
    actions.erase(account)


def refused(account: Account) -> str:
    """Return why *account* cannot be erased, and that nothing of it was done."""
    db.session.commit()
    with pytest.raises(Refused) as caught:
        actions.erase(account)
    db.session.rollback()
    assert account.erased_at is None
    return caught.value.message


def test_a_payout_of_a_cancelled_run_does_not_stand_in_the_way(app: Flask) -> None:
    someone = make()
    on = someone.on
    later = TUESDAY + timedelta(days=7)
    (entry,) = hours.log_time(on.profile, on.id, later, later + timedelta(hours=1))
    sheet = entry.timesheet
    hours.submit_week(on.profile, on.id, sheet.week_starts_on)
    payouts.decide_lines([entry.id], [], by=someone.manager)
    with clock.at(clock.now() + timedelta(days=3)):  # the account was changed, and cools off until then
        payouts.cancel_run(payouts.create_run("USD", by=build.account(RoleName.FINANCE)).id, by=someone.manager)
        run = approved_run()
    payouts.record_outcome(run.payouts[0].id, PayoutState.PAID, reference="B-3", by=build.account(RoleName.FINANCE))
    db.session.commit()
    actions.erase(someone.account)


@pytest.mark.parametrize("role", sorted(set(RoleName) - {RoleName.ANNOTATOR}))
def test_whoever_decides_about_others_is_told_what_to_do_first(app: Flask, role: RoleName) -> None:
    assert f"This account is also {role}" in refused(build.account(role, RoleName.ANNOTATOR))


def test_somebody_without_a_profile_can_be_erased(app: Flask) -> None:
    account = build.account(RoleName.ANNOTATOR)
    actions.erase(account)
    db.session.commit()
    assert account.name == "Erased person"
    assert account.email.endswith("@erased.invalid")


def test_erasing_again_finds_nobody(app: Flask) -> None:
    someone = erased()
    with pytest.raises(Missing):
        actions.erase(someone.account)


CHANGES = {
    "audit_event": ("UPDATE audit_event SET facts = '{}'", "append_only"),
    "match": ("UPDATE match SET parts = '[]'", "append_only"),
    "journal_entry": ("UPDATE journal_entry SET reason = ''", "append_only"),
    "past": ("DELETE FROM matching_past", "append_only"),
    "hours": ("UPDATE time_entry SET note = '' WHERE state = 'approved'", "decided_is_frozen"),
    "application": ("UPDATE application SET gates = '[]'", "judged_is_frozen"),
}


@pytest.mark.parametrize("table", CHANGES)
def test_the_setting_alone_lets_nobody_but_the_owner_change_words(app: Flask, table: str) -> None:
    make()
    change, constraint = CHANGES[table]
    db.session.execute(sa.text("SET LOCAL fairmatch.erasing = 'on'"))
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(sa.text(change))
    told = getattr(caught.value.orig, "diag")  # noqa: B009  DBAPI knows no diag
    assert told.constraint_name == constraint or "permission denied" in told.message_primary
    db.session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET actor_id = 1",
        "UPDATE match SET rank = coalesce(rank, 0) + 900",
        "UPDATE journal_entry SET source_id = source_id + 900",
        "UPDATE time_entry SET minutes = minutes + 1",
        "UPDATE application SET state = 'withdrawn'",
    ],
)
def test_even_erasing_changes_nothing_but_words(app: Flask, owner: sa.Engine, change: str) -> None:
    make()
    assert stopped_by(owner, change) == "only_words_go"


@pytest.mark.parametrize(
    "change", ["DELETE FROM audit_event", "DELETE FROM match", "UPDATE matching_past SET facts = '[]'"]
)
def test_even_erasing_deletes_no_row_that_is_only_added(app: Flask, owner: sa.Engine, change: str) -> None:
    make()
    assert stopped_by(owner, change) == "append_only"


def stopped_by(owner: sa.Engine, change: str) -> str:
    """Return the constraint that stops *change*, made by the owner of the tables as if erasing."""

    def go() -> None:
        with owner.begin() as connection:
            connection.execute(sa.text("SET LOCAL fairmatch.erasing = 'on'"))
            connection.execute(sa.text(change))

    with pytest.raises(DBAPIError) as caught:
        go()
    return str(getattr(caught.value.orig, "diag").constraint_name)  # noqa: B009  DBAPI knows no diag


def test_words_of_the_living_are_never_forgotten(app: Flask) -> None:
    someone = make()
    with pytest.raises(DBAPIError, match="only of somebody who is erased"):
        db.session.execute(sa.select(sa.func.forget_words(someone.account.id)))
    db.session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE account SET active = false WHERE id = :account",
        "DELETE FROM account WHERE id = :account",
        "INSERT INTO account_role SELECT :account, min(id) FROM role",
        "INSERT INTO language_skill (profile_id, position, tag, written, spoken, native, provenance)"
        " VALUES (:profile, 0, 'en', 1, 1, false, 'declared')",
    ],
)
def test_nothing_of_somebody_who_was_erased_is_changed_or_added(app: Flask, change: str) -> None:
    someone = erased()
    with pytest.raises(DBAPIError, match="was erased"):
        db.session.execute(sa.text(change), {"account": someone.account.id, "profile": someone.profile.id})
    db.session.rollback()
