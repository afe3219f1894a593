"""No project commits more than its budget, whoever logs at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from marketplace import clock
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.notices import Notification
from marketplace.payouts import actions as deciding
from marketplace.payouts.actions import Rejection
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects import actions as project_actions
from marketplace.projects import queries as project_queries
from marketplace.timesheets import actions, rules
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import RejectReason
from marketplace.worker import perform_due
from tests import build
from tests.payouts.books import NOW, TUESDAY, at_once, boss_of, handed_in, seat

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def log(on, minutes, start=TUESDAY):
    return actions.log_time(on.profile, on.id, start, start + timedelta(minutes=minutes))


def told(title):
    return db.session.scalars(sa.select(Notification).where(Notification.title.contains(title))).all()


@pytest.mark.parametrize(
    ("free", "rate", "minutes", "why"),
    [
        (2000, 2000, 60, "exactly an hour"),
        (1999, 2000, 59, "an hour earns a cent more"),
        (0, 2000, 0, "nothing is left"),
        (-5, 2000, 0, "older hours are beyond it"),
        (0, 20, 1, "a minute of a third of a cent rounds to nothing"),
        (16, 1000, 0, "a minute earns 17 cents"),
        (17, 1000, 1, "and fits"),
    ],
)
def test_minutes_that_fit(free, rate, minutes, why):
    assert rules.minutes_that_fit(free, rate) == minutes, why


@pytest.mark.parametrize(
    ("before", "after", "levels"),
    [(0, 799, []), (0, 800, [80]), (800, 900, []), (799, 1000, [80, 100]), (999, 1000, [100]), (1000, 900, [])],
)
def test_levels_reached(before, after, levels):
    assert rules.levels_reached(1000, before, after) == levels


def test_hours_beyond_the_budget_are_refused_and_managers_are_told_once(app):
    on = seat(on=build.project(budget_minor=4000))
    boss_of(on)
    log(on, 60)
    db.session.commit()
    for _ in range(2):
        with pytest.raises(Refused, match="room for 1:00 hours more at your rate"):
            log(on, 61, TUESDAY + HOUR)
        db.session.rollback()
    perform_due(app)
    assert len(told("were refused: they are beyond the budget")) == 2  # its maker and the manager
    log(on, 60, TUESDAY + HOUR)
    assert project_queries.committed(on.project_id) == 4000
    with pytest.raises(Refused, match="is used up"):
        log(on, 1, TUESDAY + 2 * HOUR)


def test_managers_are_told_once_at_80_and_at_100_percent():
    on = seat(on=build.project(budget_minor=10_000))
    log(on, 4 * 60)
    [line] = log(on, 60, TUESDAY + 4 * HOUR)
    assert [len(told(f"{level} % of the budget")) for level in (80, 100)] == [1, 1]
    actions.delete_entry(on.profile, line.id)
    log(on, 60, TUESDAY + 4 * HOUR)
    assert [len(told(f"{level} % of the budget")) for level in (80, 100)] == [1, 1]


def test_a_timer_does_not_start_where_a_quarter_of_an_hour_does_not_fit(app):
    on = seat(on=build.project(budget_minor=2400))
    log(on, 60)
    with pytest.raises(Refused, match="room for 0:12 hours more"):
        actions.start_timer(on.profile, on.id)


def test_workers_see_in_time_how_much_room_is_left(client_of):
    on = seat(on=build.project(budget_minor=9000))
    log(on, 60)
    roomy = seat(on=build.project(budget_minor=10**7), worker=on.profile)
    page = client_of(on.profile.account).get("/time").text
    assert page.count("has room for 3:30 hours more at your rate") == 1
    assert roomy.project.title in page


def test_rejected_and_deleted_hours_give_their_part_back():
    on = seat(on=build.project(budget_minor=4000))
    first, second = handed_in(on, 60, 60)
    deciding.decide_lines([first.id], [Rejection(second.id, RejectReason.NO_WORK_FOUND)], by=boss_of(on))
    assert project_queries.committed(on.project_id) == first.earning_minor == 2000


def test_a_line_can_be_made_shorter_though_the_budget_is_used_up():
    on = seat(on=build.project(budget_minor=2000))
    [line] = log(on, 60)
    [line] = actions.change_entry(on.profile, line.id, TUESDAY, TUESDAY + timedelta(minutes=30), "")
    assert project_queries.committed(on.project_id) == 1000


def test_a_budget_is_raised_with_a_trace_and_never_lowered_below_what_is_committed():
    on = seat(on=build.project(budget_minor=4000))
    boss = boss_of(on)
    log(on, 120)
    facts = project_queries.facts_of(on.project)
    with pytest.raises(Refused, match=r"\$40.00 is committed"):
        project_actions.change_project(on.project_id, facts | {"budget_minor": 3999}, by=boss)
    project_actions.change_project(on.project_id, facts | {"budget_minor": 9000}, by=boss)
    [event] = db.session.scalars(sa.select(AuditEvent).filter_by(action="project.budget_changed"))
    assert event.facts == {"before": 4000, "after": 9000, "committed": 4000}
    log(on, 60, TUESDAY + 2 * HOUR)


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("budget_committed", "UPDATE project SET budget_minor = 1999 WHERE id = :project"),
        ("commitment_from_hours", "UPDATE project_commitment SET committed_minor = 0 WHERE project_id = :project"),
        ("append_only", "DELETE FROM project_commitment WHERE project_id = :project"),
        (
            "budget",
            "UPDATE time_entry SET ends_at = ends_at + interval '61 minutes', minutes = minutes + 61 WHERE id = :line",
        ),
    ],
)
def test_the_database_itself_keeps_the_budget(owner, constraint, statement):
    on = seat(on=build.project(budget_minor=4000))
    [line] = log(on, 60)
    db.session.commit()
    with pytest.raises(DBAPIError) as caught, owner.begin() as connection:
        connection.execute(sa.text(statement), {"project": on.project_id, "line": line.id})
    assert getattr(caught.value.orig, "diag").constraint_name == constraint  # noqa: B009  DBAPI knows no diag


def test_eight_who_log_at_once_never_exceed_the_budget(app):
    project = build.project(budget_minor=5 * 2000 + 1999, seats=8)
    people = [(on.profile_id, on.id) for on in (seat(on=project) for _ in range(8))]
    db.session.commit()

    def one(profile_id, seat_id):
        actions.log_time(db.session.get_one(AnnotatorProfile, profile_id), seat_id, TUESDAY, TUESDAY + HOUR)

    results = at_once(app, *(lambda who=who: one(*who) for who in people))
    assert results == ["Refused"] * 3 + ["done"] * 5
    db.session.rollback()
    assert project_queries.committed(project.id) == 10_000
    assert db.session.scalar(sa.select(sa.func.count(TimeEntry.id))) == 5


def test_lowering_a_budget_while_hours_are_logged_does_one_of_them(app):
    on = seat(on=build.project(budget_minor=4000))
    boss, facts = boss_of(on), project_queries.facts_of(on.project) | {"budget_minor": 1000}
    db.session.commit()
    person, seat_id, project_id, boss_id = on.profile_id, on.id, on.project_id, boss.id
    results = at_once(
        app,
        lambda: actions.log_time(db.session.get_one(AnnotatorProfile, person), seat_id, TUESDAY, TUESDAY + HOUR),
        lambda: project_actions.change_project(project_id, facts, by=db.session.get_one(type(boss), boss_id)),
    )
    assert results == ["Refused", "done"]
