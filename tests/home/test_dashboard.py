from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.home.week import week_of
from marketplace.messages import actions as messages
from marketplace.payouts import actions as payouts
from marketplace.payouts.rules import PayoutState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets import actions as hours
from marketplace.work.models import Engagement
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, approved_run, boss_of, seat

ClientOf = Callable[[Account], FlaskClient]
# Wednesday of the week of TUESDAY.
WEDNESDAY = TUESDAY.replace(day=4, hour=9)


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    """Somebody with an hour approved and, on another project, half an hour waiting in the week of TUESDAY."""
    on = seat()
    approved(on, 60)
    start = TUESDAY.replace(hour=5)
    hours.log_time(on.profile, seat(worker=on.profile).id, start, start.replace(minute=30))
    db.session.commit()
    return on.profile


def test_this_week_shows_hours_against_the_limit_and_what_they_earn(person: AnnotatorProfile) -> None:
    allowed = sa.select(sa.func.sum(Engagement.weekly_limit_minutes)).where(Engagement.profile_id == person.id)
    with clock.at(WEDNESDAY):
        week = week_of(person)
    assert (week.minutes, week.limit_minutes) == (90, db.session.scalar(allowed))
    (earned,) = week.earned
    assert (earned.currency, earned.pending, earned.approved, earned.paid) == ("USD", "$10.00", "$20.00", "$0.00")
    assert week.owed == ["$20.00"]


def test_what_was_paid_this_week_is_told_and_what_was_paid_before_is_not(person: AnnotatorProfile) -> None:
    with clock.at(NOW):
        (payout,) = approved_run().payouts
        payouts.record_outcome(payout.id, PayoutState.PAID, reference="E2E-1", by=build.account(RoleName.FINANCE))
        db.session.commit()
        week = week_of(person)
    assert [one.paid for one in week.earned] == ["$20.00"]
    assert week.owed == []
    with clock.at(NOW.replace(day=18)):
        assert week_of(person).earned == []


def test_who_works_on_nothing_has_an_empty_week(app: Flask) -> None:
    week = week_of(build.profile())
    assert (week.minutes, week.limit_minutes, week.earned, week.owed) == (0, 0, [], [])


@pytest.mark.parametrize("who", ["annotator", "manager"])
def test_the_dashboard_begins_with_what_is_next_and_takes_few_questions(
    app: Flask, client_of: ClientOf, who: str
) -> None:
    on = seat()
    manager = boss_of(on)
    approved(on, 60, 30)
    messages.write(on, "Please read version 2.", by=manager)
    db.session.commit()
    person = on.profile.account if who == "annotator" else manager
    browser = client_of(person)
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    browser.get("/dashboard")
    sa.event.listen(db.engine, "before_cursor_execute", note)
    page = browser.get("/dashboard").text
    sa.event.remove(db.engine, "before_cursor_execute", note)
    main = page.split("<main")[1]
    assert "Please read version 2." in main
    assert main.index("<h2") < main.index("Newest messages")
    if who == "annotator":
        assert main.index("This week") < main.index("What changed, and why")
    assert len(asked) <= 12, "\n".join(asked)
