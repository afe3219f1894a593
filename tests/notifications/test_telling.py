from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.mail import OutgoingMail
from marketplace.notices import (
    LONGEST_TITLE,
    LONGEST_WHY,
    Kind,
    Notification,
    NotificationChoice,
    Way,
    notify,
    read_stop_token,
    stop_url,
)
from marketplace.notifications import actions, queries, rules
from tests import build

Outbox = Callable[[], list[OutgoingMail]]
MORNING = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)


@pytest.fixture
def person(app: Flask) -> Account:
    return build.profile().account


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


def tell(to: Account, kind: Kind = Kind.WORK, thing: str = "engagement:1", **more: str) -> bool:
    return notify(to, kind, "engagement.paused", thing, "Your engagement is paused", "/engagements", **more)  # type: ignore[arg-type]


def told(to: Account) -> list[Notification]:
    return list(db.session.scalars(queries.notifications_of(to).order_by(Notification.id)))


def test_nobody_is_told_the_same_thing_twice(person: Account, outbox: Outbox) -> None:
    assert tell(person, why="The client asked for it.")
    assert not tell(person, why="Another reason.")
    (one,) = told(person)
    assert (one.title, one.why, one.url) == ("Your engagement is paused", "The client asked for it.", "/engagements")
    (mail,) = outbox()
    assert "The client asked for it." in mail.body
    assert "/engagements" in mail.body


def test_telling_at_once_from_two_places_is_one_notification(app: Flask, person: Account) -> None:
    db.session.commit()
    account_id, gate = person.id, Barrier(4)
    db.session.rollback()

    def go(_: int) -> bool:
        with app.app_context():
            gate.wait()
            new = tell(db.session.get_one(Account, account_id))
            db.session.commit()
            return new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(go, range(4))) == [False, False, False, True]
    assert len(db.session.scalars(sa.select(OutgoingMail)).all()) == 1


@pytest.mark.parametrize(("way", "mails"), [(Way.AT_ONCE, 1), (Way.DAILY, 0), (Way.PAGE, 0)])
def test_a_mail_goes_along_as_the_person_chose(person: Account, outbox: Outbox, way: Way, mails: int) -> None:
    actions.choose(person, {"work": way.value}, by=person)
    tell(person)
    assert len(outbox()) == mails
    (one,) = told(person)
    assert one.way is way
    assert (one.mailed_at is not None) is (way is Way.AT_ONCE)


@pytest.mark.parametrize("kind", ["security", "pay"])
def test_mails_about_security_and_pay_cannot_be_turned_off(person: Account, kind: str) -> None:
    with pytest.raises(Refused, match="always come at once"):
        actions.choose(person, {kind: "page"}, by=person)
    assert not actions.stop_mails(person.id, Kind(kind))
    with pytest.raises(sa.exc.IntegrityError, match="not_fixed"):
        db.session.execute(
            sa.insert(NotificationChoice).values(account_id=person.id, kind=kind, way="page", chosen_at=clock.now())
        )


def test_what_does_not_concern_somebody_cannot_be_chosen(person: Account, manager: Account) -> None:
    with pytest.raises(Refused, match="does not concern your roles"):
        actions.choose(person, {"answers": "page"}, by=person)
    with pytest.raises(Refused, match="does not concern your roles"):
        actions.choose(manager, {"hours": "page"}, by=manager)


@pytest.mark.parametrize("role", list(RoleName))
def test_every_kind_has_its_words_and_everybody_hears_of_security(role: RoleName) -> None:
    kinds = rules.kinds_for([role])
    assert "security" in kinds
    assert set(kinds) <= {kind.value for kind in Kind}
    assert set(rules.KIND_HINTS) == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    "url", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_notification_leads_only_to_pages_of_this_site(person: Account, url: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_notification_url"):
        notify(person, Kind.WORK, "x", "thing:1", "Title", url)


def test_titles_and_reasons_without_end_are_cut(person: Account) -> None:
    notify(person, Kind.WORK, "x", "thing:1", "t\n" * LONGEST_TITLE, "/", why="w" * (LONGEST_WHY + 9))
    (one,) = told(person)
    assert (len(one.title), len(one.why)) == (LONGEST_TITLE, LONGEST_WHY)
    assert "\n" not in one.title
    assert one.why.endswith("…")


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 11, 11, 6, 59, tzinfo=UTC), "UTC", None),
        (datetime(2026, 11, 11, 7, 0, tzinfo=UTC), "UTC", "2026-11-11"),
        (datetime(2026, 11, 10, 23, 0, tzinfo=UTC), "Asia/Taipei", "2026-11-11"),
        (datetime(2026, 11, 10, 22, 59, tzinfo=UTC), "Asia/Taipei", None),
        (datetime(2026, 11, 11, 11, 30, tzinfo=UTC), "America/New_York", None),
        (datetime(2026, 11, 11, 12, 0, tzinfo=UTC), "America/New_York", "2026-11-11"),
    ],
)
def test_a_digest_is_due_from_seven_in_the_morning_where_its_reader_is(
    moment: datetime, zone: str, day: str | None
) -> None:
    due = rules.digest_day(moment, zone)
    assert (due and due.isoformat()) == day


def test_a_digest_gathers_what_is_unread_once_a_day(manager: Account, outbox: Outbox) -> None:
    with clock.at(MORNING):
        for number in range(3):
            tell(manager, Kind.ANSWERS, f"invitation:{number}")
        actions.read_one(told(manager)[0])
        actions.send_digests()
        actions.send_digests()
        (mail,) = outbox()
        assert mail.subject == "Fairmatch: 2 things to know, 11 Nov 2026"
        assert mail.body.count("Your engagement is paused") == 2
        assert mail.stop_url in mail.body
        tell(manager, Kind.ANSWERS, "invitation:9")
        actions.send_digests()
        assert len(outbox()) == 1
    with clock.at(MORNING + timedelta(days=1)):
        actions.send_digests()
        assert outbox()[-1].subject == "Fairmatch: 1 thing to know, 12 Nov 2026"


def test_digests_made_at_once_are_one(app: Flask, manager: Account) -> None:
    tell(manager, Kind.ANSWERS)
    db.session.commit()
    gate = Barrier(3)
    db.session.rollback()

    def go(_: int) -> None:
        with app.app_context(), clock.at(MORNING):
            gate.wait()
            actions.send_digests()
            db.session.commit()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(go, range(3)))
    assert [mail.template for mail in db.session.scalars(sa.select(OutgoingMail))] == ["digest"]


def test_a_digest_of_very_much_says_how_much_is_left(manager: Account, outbox: Outbox) -> None:
    for number in range(rules.MOST_IN_A_DIGEST + 3):
        tell(manager, Kind.ANSWERS, f"invitation:{number}")
    with clock.at(MORNING):
        actions.send_digests()
    (mail,) = outbox()
    assert mail.subject.startswith(f"Fairmatch: {rules.MOST_IN_A_DIGEST + 3} things")
    assert mail.body.count("Your engagement is paused") == rules.MOST_IN_A_DIGEST
    assert "3 more" in mail.body


def test_whoever_wants_no_digest_any_more_gets_none_of_what_waits(manager: Account, outbox: Outbox) -> None:
    tell(manager, Kind.ANSWERS)
    actions.choose(manager, {"answers": "page"}, by=manager)
    with clock.at(MORNING):
        actions.send_digests()
    assert outbox() == []


def test_the_link_of_a_mail_stops_its_kind_and_is_signed(manager: Account) -> None:
    token = stop_url(manager.id, Kind.ANSWERS).rsplit("/", 1)[1]
    assert read_stop_token(token) == (manager.id, Kind.ANSWERS)
    for wrong in (token[:-1], f"x{token}", token.replace(".", ""), "", "é", "a" * 9000):
        assert read_stop_token(wrong) is None
    assert actions.stop_mails(manager.id, Kind.ANSWERS)
    assert queries.choices_of(manager)[Kind.ANSWERS] is Way.PAGE
    assert actions.stop_mails(manager.id, None)
    assert Way.DAILY not in queries.choices_of(manager).values()
    assert not actions.stop_mails(999_999_999, Kind.ANSWERS)


def test_after_half_a_year_it_is_forgotten(person: Account) -> None:
    tell(person)
    with clock.at(clock.now() + rules.KEPT_FOR - timedelta(hours=1)):
        actions.drop_old()
        assert len(told(person)) == 1
    with clock.at(clock.now() + rules.KEPT_FOR + timedelta(hours=1)):
        actions.drop_old()
        assert told(person) == []
