from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.accounts.models import Membership
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.mail import OutgoingMail
from marketplace.projects.rules import ProjectState
from marketplace.tasks.models import Task, TaskState
from marketplace.waves import actions, queries
from marketplace.waves.models import Wave, WavePlan
from marketplace.waves.rules import EndReason, PlanState
from marketplace.work import actions as work
from tests import build
from tests.waves.world import place, rule, running, settle, sizes, waiting

Outbox = Callable[[], list[OutgoingMail]]


def say_yes(invitation: Invitation) -> None:
    work.accept_invitation(invitation, invitation.profile.account)


def say_no(invitation: Invitation) -> None:
    invitations.decline_invitation(invitation, DeclineReason.TIME, "", invitation.profile.account)


def test_the_first_wave_goes_out_at_once_and_says_why_it_is_so_large(app: Flask) -> None:
    plan = running(app, people=8)
    (wave,) = db.session.scalars(sa.select(Wave).where(Wave.plan_id == plan.id))
    assert (wave.number, wave.people, wave.wanted, wave.room, wave.outstanding) == (1, 3, 3, 3, 0)
    assert (wave.accepted, wave.ended, wave.alpha, wave.beta) == (0, 0, 2.0, 3.0)
    assert (wave.risk_before, wave.risk_after, wave.may_add) == (0.0, 0.0, 0.025)
    invited = [place.invitation for place in wave.places]
    assert [one.match.rank for one in invited] == [1, 2, 3]
    assert {one.match.run_id for one in invited} == {wave.run_id}
    assert {one.confirmed_by for one in invited} == {plan.confirmed_by}
    day = timedelta(hours=24)
    assert all(day - timedelta(minutes=1) < one.expires_at - one.made_at <= day for one in invited)


def test_a_no_makes_room_for_the_next_one_when_it_can_no_longer_be_taken_back(app: Flask) -> None:
    plan = running(app, people=8)
    say_no(waiting(plan.project)[0])
    settle(app)
    assert sizes(plan) == [3]
    with clock.at(clock.now() + timedelta(minutes=11)):
        settle(app)
    assert sizes(plan) == [3, 1]
    newest = db.session.scalars(sa.select(Wave).order_by(Wave.number.desc())).first()
    assert newest is not None
    assert (newest.accepted, newest.ended, newest.alpha, newest.beta) == (0, 1, 2.0, 4.0)
    assert (newest.room, newest.outstanding) == (3, 2)


def test_who_declined_is_passed_over_by_the_next_wave_and_named_with_the_reason(app: Flask) -> None:
    plan = running(app, people=8)
    first = waiting(plan.project)[0]
    who = first.profile.pseudonym
    say_no(first)
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=11)):
        settle(app)
    newest = db.session.scalars(sa.select(Wave).order_by(Wave.number.desc())).first()
    assert newest is not None
    assert {"rank": 1, "who": who, "why": "has declined this project before"} in newest.passed_over


def test_waves_go_on_when_nobody_answers_and_end_when_nobody_is_left(app: Flask, outbox: Outbox) -> None:
    plan = running(app, people=5)
    with clock.at(clock.now() + timedelta(hours=25)):
        settle(app)
        assert sum(sizes(plan)) == 5
    with clock.at(clock.now() + timedelta(hours=52)):
        settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.FINISHED, EndReason.NOBODY_LEFT)
    (mail,) = [mail for mail in outbox() if mail.template == "wave_plan_ended"]
    assert mail.recipient == plan.confirmer.email
    assert "5 people were invited" in mail.body
    assert "3 seats are still to be filled" in mail.body


def test_waves_end_filled_when_the_last_seat_is_taken(app: Flask, outbox: Outbox) -> None:
    plan = running(app, people=8)
    for invitation in waiting(plan.project):
        say_yes(invitation)
    settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.FILLED, EndReason.SEATS_FILLED)
    assert sizes(plan) == [3]
    assert [mail.recipient for mail in outbox() if mail.template == "wave_plan_ended"] == [plan.confirmer.email]


def test_a_plan_for_fewer_seats_than_are_free_fills_only_those(app: Flask) -> None:
    plan = running(app, people=8, seats=1)
    (only,) = waiting(plan.project)
    say_yes(only)
    settle(app)
    assert plan.state is PlanState.FILLED
    assert sizes(plan) == [1]


def test_who_says_yes_by_invitation_of_hand_counts_too(app: Flask) -> None:
    plan = running(app, people=8, seats=2)
    for invitation in waiting(plan.project):
        say_yes(invitation)
    settle(app)
    assert plan.state is PlanState.FILLED


def test_the_deadline_ends_waves_and_nobody_may_answer_beyond_it(app: Flask) -> None:
    plan = running(app, people=8, deadline=clock.now() + timedelta(hours=5))
    assert {one.expires_at for one in waiting(plan.project)} == {plan.deadline}
    with clock.at(plan.deadline):
        settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.FINISHED, EndReason.DEADLINE)


def test_within_the_last_hour_nobody_new_is_invited(app: Flask) -> None:
    plan = running(app, people=8, deadline=clock.now() + timedelta(hours=5), invitation_hours=4)
    with clock.at(clock.now() + timedelta(hours=4, minutes=10)):
        settle(app)
    assert sizes(plan) == [3]


def test_a_paused_project_sends_no_wave_and_goes_on_where_it_stopped(app: Flask) -> None:
    plan = running(app, people=8)
    plan.project.state = ProjectState.PAUSED
    with clock.at(clock.now() + timedelta(hours=25)):
        settle(app)
        assert (sizes(plan), plan.state) == ([3], PlanState.RUNNING)
        plan.project.state = ProjectState.ACTIVE
        actions.look_at_all()
        settle(app)
    assert len(sizes(plan)) == 2


def test_waves_stop_when_the_project_is_over(app: Flask) -> None:
    plan = running(app, people=8)
    plan.project.state = ProjectState.COMPLETED
    actions.look_at_all()
    settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.STOPPED, EndReason.PROJECT_CLOSED)


def test_waves_stop_when_whoever_confirmed_them_has_left_and_the_owners_are_told(app: Flask, outbox: Outbox) -> None:
    plan = running(app, people=8)
    owner = build.manager(plan.project.organisation)
    db.session.execute(sa.update(Membership).where(Membership.account_id == owner.id).values(is_owner=True))
    db.session.execute(sa.delete(Membership).where(Membership.account_id == plan.confirmed_by))
    actions.look_at_all()
    settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.STOPPED, EndReason.CONFIRMER_LEFT)
    assert [mail.recipient for mail in outbox() if mail.template == "wave_plan_ended"] == [owner.email]


def test_a_manager_stops_waves_and_invitations_that_are_out_stay_open(app: Flask, outbox: Outbox) -> None:
    plan = running(app, people=8)
    actions.stop_plan(plan, by=plan.confirmer)
    with clock.at(clock.now() + timedelta(hours=2)):
        settle(app)
    assert (plan.state, plan.end_reason) == (PlanState.STOPPED, EndReason.BY_MANAGER)
    assert len(waiting(plan.project)) == 3
    assert [mail for mail in outbox() if mail.template == "wave_plan_ended"] == []
    with pytest.raises(Refused, match="stopped already"):
        actions.stop_plan(plan, by=plan.confirmer)


def test_another_manager_who_stops_waves_lets_the_first_one_know(app: Flask, outbox: Outbox) -> None:
    plan = running(app, people=8)
    actions.stop_plan(plan, by=build.manager(plan.project.organisation))
    assert [mail.recipient for mail in outbox() if mail.template == "wave_plan_ended"] == [plan.confirmer.email]


def test_nobody_gets_more_open_invitations_than_the_rule_allows_whoevers_they_are(app: Flask) -> None:
    first = running(app, people=4, most_open=1, seats=2)
    held = {one.profile_id for one in waiting(first.project)}
    other, manager = place(people=0)
    second = actions.start_plan(other, rule(most_open=1), by=manager)
    settle(app)
    assert {one.profile_id for one in waiting(other)}.isdisjoint(held)
    assert sizes(second) == [2]
    (wave,) = db.session.scalars(sa.select(Wave).where(Wave.plan_id == second.id))
    assert wave.people < wave.wanted
    assert {one["why"] for one in wave.passed_over} == {"holds as many open invitations as the rule allows"}


def test_nobody_below_the_last_rank_is_invited(app: Flask) -> None:
    plan = running(app, people=8, most_rank=2)
    assert sizes(plan) == [2]


def test_a_task_that_is_done_twice_sends_one_wave(app: Flask) -> None:
    plan = running(app, people=8)
    for _ in range(3):
        actions.look(plan.id)
    db.session.commit()
    assert sizes(plan) == [3]


def test_while_the_wishes_are_being_read_a_wave_waits(app: Flask) -> None:
    project, manager = place(people=4)
    plan = actions.start_plan(project, rule(), by=manager)
    project.description = "Another brief, which no worker has read yet."
    db.session.commit()
    worker.perform_due(app, kinds=["wave_plan.due"])
    assert sizes(plan) == []
    due = sa.select(sa.func.min(Task.next_run_at)).where(Task.kind == "wave_plan.due", Task.state == TaskState.READY)
    assert db.session.scalars(due).one() < clock.now() + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seats": 4}, "Only 3 seats are free"), ({"deadline": clock.now()}, "two hours from now")],
)
def test_a_rule_that_cannot_hold_is_refused(app: Flask, change: dict[str, Any], words: str) -> None:
    project, manager = place(people=1)
    with pytest.raises(Refused, match=words):
        actions.start_plan(project, rule(**change), by=manager)


def test_a_project_has_one_running_plan(app: Flask) -> None:
    plan = running(app, people=4)
    with pytest.raises(Refused, match="run for this project already"):
        actions.start_plan(plan.project, rule(), by=plan.confirmer)
    actions.stop_plan(plan, by=plan.confirmer)
    assert actions.start_plan(plan.project, rule(), by=plan.confirmer).state is PlanState.RUNNING


def test_a_program_of_the_organisation_confirms_no_rule(app: Flask) -> None:
    project, manager = place(people=1)
    manager.service_of, manager.password = project.organisation_id, None
    with pytest.raises(Refused, match="named person"):
        actions.start_plan(project, rule(), by=manager)


def test_the_history_is_that_of_the_organisation_alone(app: Flask) -> None:
    plan = running(app, people=6)
    first, second, *_ = waiting(plan.project)
    say_yes(first)
    say_no(second)
    assert queries.history_of(plan.project.organisation_id) == queries.History(1, 1)
    with clock.at(clock.now() + timedelta(minutes=10)):
        assert queries.history_of(plan.project.organisation_id) == queries.History(1, 2)
    assert queries.history_of(build.organisation().id) == queries.History(0, 0)


def test_confirming_each_wave_and_the_end_are_in_the_trail_and_told(app: Flask) -> None:
    plan = running(app, people=8)
    actions.stop_plan(plan, by=plan.confirmer)
    db.session.flush()
    kept = set(db.session.scalars(sa.select(AuditEvent.action)))
    assert {"wave_plan.confirmed", "wave.sent", "wave_plan.stopped"} <= kept
    told = {event.kind: event.facts for event in db.session.scalars(sa.select(Event))}
    assert told["wave.sent"] == {
        "wave_plan_id": plan.id,
        "project_id": plan.project_id,
        "number": 1,
        "people": 3,
    }
    assert (told["wave_plan.ended"]["state"], told["wave_plan.ended"]["reason"]) == ("stopped", "by_manager")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wave SET people = 1",
        "DELETE FROM wave_invitation",
        "DELETE FROM wave_plan",
    ],
)
def test_the_apps_role_cannot_rewrite_waves(app: Flask, statement: str) -> None:
    running(app, people=3)
    with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE wave SET people = 1", "only ever added"),
        ("UPDATE wave_plan SET bound_percent = 50", "keeps what was confirmed"),
        ("UPDATE wave_plan SET state = 'finished'", "ck_wave_plan_end"),
        ("UPDATE wave_plan SET seats = 0", "keeps what was confirmed"),
        ("DELETE FROM wave_plan", "only ever added"),
    ],
)
def test_what_was_confirmed_stays_though_its_owner_asks(
    app: Flask, owner: sa.Engine, statement: str, words: str
) -> None:
    running(app, people=3)
    with pytest.raises(sa.exc.DBAPIError, match=words), owner.begin() as connection:
        connection.execute(sa.text(statement))


def test_the_database_takes_no_wave_that_breaks_the_promise_or_of_a_plan_that_ended(app: Flask) -> None:
    plan = running(app, people=3)
    (first,) = db.session.scalars(sa.select(Wave).where(Wave.plan_id == plan.id))
    names = ("plan_id", "run_id", "accepted", "ended", "alpha", "beta", "room", "outstanding", "wanted", "people")
    facts = {name: getattr(first, name) for name in names}
    with pytest.raises(sa.exc.IntegrityError, match="promise"), db.session.begin_nested():
        db.session.add(Wave(**facts, number=2, may_add=0.01, risk_before=0.0, risk_after=0.5))
    with pytest.raises(sa.exc.IntegrityError, match="uq_wave"), db.session.begin_nested():
        db.session.add(Wave(**facts, number=1, may_add=0.01, risk_before=0.0, risk_after=0.0))
    actions.stop_plan(db.session.get_one(WavePlan, plan.id), by=plan.confirmer)
    db.session.flush()
    with pytest.raises(sa.exc.IntegrityError, match="running plan"), db.session.begin_nested():
        db.session.add(Wave(**facts, number=2, may_add=0.01, risk_before=0.0, risk_after=0.0))


def test_an_accepted_invitation_is_marked_as_of_its_wave(app: Flask) -> None:
    plan = running(app, people=8)
    say_yes(waiting(plan.project)[0])
    settle(app)
    (wave,) = db.session.scalars(queries.waves_of(plan))
    assert [one.invitation.state for one in wave.places].count(InvitationState.ACCEPTED) == 1
