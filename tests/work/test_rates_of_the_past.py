"""A new rate changes nothing that was worked before, and an offer says for ever what it was made of."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.payouts import actions as deciding
from marketplace.payouts.models import Posting
from marketplace.projects import actions as projects
from marketplace.projects.queries import facts_of
from marketplace.timesheets import actions as hours
from marketplace.work import actions as work
from tests.payouts.books import NOW, TUESDAY, boss_of, handed_in, seat

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def test_a_new_rate_leaves_approved_waiting_and_recorded_hours_as_they_were():
    on = seat()
    boss = boss_of(on)
    paid, waiting = handed_in(on, 60, 60)
    deciding.decide_lines([paid.id], [], by=boss)
    [recorded] = hours.log_time(on.profile, on.id, NOW - 2 * HOUR, NOW - HOUR)
    db.session.commit()
    posted = db.session.scalars(sa.select(Posting.amount_minor).order_by(Posting.id)).all()
    work.change_rate(on, 2300, NOW + HOUR, by=boss)
    db.session.commit()
    db.session.expire_all()
    assert [line.rate_minor for line in (paid, waiting, recorded)] == [2000, 2000, 2000]
    with clock.at(NOW + timedelta(days=1)):
        deciding.decide_lines([waiting.id], [], by=boss)
        across = hours.log_time(on.profile, on.id, NOW + HOUR / 2, NOW + 2 * HOUR)
        before = hours.log_time(on.profile, on.id, TUESDAY + timedelta(days=7), TUESDAY + timedelta(days=7) + HOUR)
    assert (paid.earning_minor, waiting.earning_minor) == (2000, 2000)
    assert [(line.minutes, line.rate_minor) for line in [*across, *before]] == [(30, 2000), (60, 2300), (60, 2000)]
    assert db.session.scalars(sa.select(Posting.amount_minor).order_by(Posting.id)).all()[: len(posted)] == posted


def test_the_breakdown_of_an_offer_stays_when_the_rate_card_changes(client_of):
    on = seat()
    boss = boss_of(on)
    on.invitation.rate_breakdown = [
        {"label": "Floor of the project", "amount_minor": 1400, "holds": True, "fact": ""},
        {"label": "Chinese, C1", "amount_minor": 600, "holds": True, "fact": "Chinese, C2"},
    ]
    db.session.commit()
    facts = facts_of(on.project) | {"rate_floor_minor": 1600, "rate_lines": []}
    projects.change_project(on.project_id, facts, by=boss)
    work.change_rate(on, 2300, NOW + HOUR, by=boss)
    page = client_of(on.profile.account).get(f"/invitations/{on.invitation_id}").text
    for words in ("Floor of the project", "$14.00", "Chinese, C1", "$6.00"):
        assert words in page
