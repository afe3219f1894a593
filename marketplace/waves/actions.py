"""The writes of waves: a rule is confirmed, waves go out one after the other, and it ends."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import happened
from marketplace.invitations.actions import Invited
from marketplace.invitations.choosing import Limits, invite_down
from marketplace.invitations.models import Invitation
from marketplace.matches.models import MatchRun
from marketplace.projects.models import Project
from marketplace.projects.queries import brief_is_read, brief_of
from marketplace.projects.rules import ProjectState
from marketplace.tasks import ring
from marketplace.waves import queries, rules
from marketplace.waves.models import Wave, WaveInvitation, WavePlan
from marketplace.waves.queries import History, Seats
from marketplace.waves.rules import EndReason, PlanState, WaveSize
from marketplace.words import say
from marketplace.work.queries import free_seats

BY_PERSON = "A rule is confirmed by a named person, not by a token of the organisation. Use a token of your own."
LOOK_AGAIN_AFTER = timedelta(minutes=1)


def start_plan(project: Project, rule: Mapping[str, Any], by: Account) -> WavePlan:
    """Let waves fill the seats of *project* by *rule*, as *by* confirms; the first goes out at once.

    *rule*: seats, deadline, bound_percent, invitation_hours, most_rank and most_open.
    Raises Refused when the project is not active, its seats do not suffice, or waves run already.
    """
    _lock(project.id)
    now = clock.now()
    if by.service_of is not None:
        raise Refused(BY_PERSON)
    refusal = rules.refuse_plan(
        project=project.state,
        seats=rule["seats"],
        free_seats=free_seats(project),
        deadline=rule["deadline"],
        now=now,
    )
    if refusal:
        field, text = refusal
        raise Refused(text, field=field or None)
    if queries.find_running_plan(project) is not None:
        raise Refused(say("Waves run for this project already. Stop them before you confirm another rule."))
    plan = WavePlan(project=project, confirmer=by, confirmed_at=now, **rule)
    db.session.add(plan)
    db.session.flush()
    told = dict(rule) | {"deadline": rule["deadline"].isoformat()}
    audit.record("wave_plan.confirmed", "wave_plan", plan.id, actor_id=by.id, project=project.id, **told)
    ring("wave_plan.due", plan.id)
    ring("wave_plan.due", plan.id, due_at=plan.deadline)
    return plan


def stop_plan(plan: WavePlan, by: Account) -> None:
    """Send no further wave; invitations that are out stay open.  Raises Refused when the plan has ended."""
    _lock(plan.project_id)
    db.session.get_one(WavePlan, plan.id, with_for_update=True, populate_existing=True)
    if plan.state is not PlanState.RUNNING:
        raise Refused(say("This plan is %(state)s already.", state=plan.state))
    _end(plan, EndReason.BY_MANAGER, by)


def look(plan_id: int) -> None:
    """Send the next wave of a plan where there is room for one, or end it; often there is nothing to do."""
    project_id = db.session.get_one(WavePlan, plan_id).project_id
    project = _lock(project_id)
    plan = db.session.get_one(WavePlan, plan_id, with_for_update=True, populate_existing=True)
    if plan.state is not PlanState.RUNNING:
        return
    db.session.expire(plan, ["waves"])
    seats = queries.seats_of(plan, project)
    ending = rules.ending_of(
        project=project.state,
        confirmer_stays=queries.still_manages(plan.confirmer, project),
        seats_left=seats.left,
        deadline=plan.deadline,
        now=clock.now(),
    )
    if ending is not None:
        _end(plan, ending, None)
    elif project.state is ProjectState.ACTIVE and clock.now() + rules.LEAST_TIME_TO_ANSWER <= plan.deadline:
        _send_wave(plan, project, seats)


def _send_wave(plan: WavePlan, project: Project, seats: Seats) -> None:
    history = queries.history_of(project.organisation_id)
    belief = rules.belief_after(history.accepted, history.ended)
    may_add = rules.spendable(plan.bound, plan.booked)
    size = rules.wave_size(seats.room, seats.outstanding, belief, bound=plan.bound, booked=plan.booked)
    if size.people == 0:
        return
    if not brief_is_read(brief_of(project)):
        ring("wave_plan.due", plan.id, due_at=clock.now() + LOOK_AGAIN_AFTER)
        return
    until = rules.answer_until(clock.now(), plan.invitation_hours, plan.deadline)
    limits = Limits(most_rank=plan.most_rank, most_open=plan.most_open, answer_until=until)
    run, result = invite_down(project, size.people, plan.confirmer, limits)
    if result.made:
        _keep(plan, run, history, seats, may_add, size, result)
    elif seats.outstanding == 0 and seats.room == seats.left:
        _end(plan, EndReason.NOBODY_LEFT, None)


def _keep(
    plan: WavePlan,
    run: MatchRun,
    history: History,
    seats: Seats,
    may_add: float,
    size: WaveSize,
    result: Invited,
) -> None:
    """Write down the wave with everything that its size rests on, and tell of it."""
    belief, people = rules.belief_after(history.accepted, history.ended), len(result.made)
    wave = Wave(
        plan=plan,
        number=len(plan.waves) + 1,
        sent_at=clock.now(),
        run_id=run.id,
        accepted=history.accepted,
        ended=history.ended,
        alpha=belief.alpha,
        beta=belief.beta,
        room=seats.room,
        outstanding=seats.outstanding,
        may_add=may_add,
        wanted=size.people,
        people=people,
        risk_before=size.risk_before,
        risk_after=rules.chance_of_more_than(seats.room, seats.outstanding + people, belief),
        passed_over=[
            {"rank": one.match.rank, "who": one.match.profile.pseudonym, "why": one.reason}
            for one in result.passed_over
        ],
        places=[WaveInvitation(invitation=invitation) for invitation in result.made],
    )
    db.session.add(wave)
    db.session.flush()
    audit.record("wave.sent", "wave", wave.id, actor_id=plan.confirmed_by, plan=plan.id, people=people)
    happened("wave.sent", plan.project.organisation_id, **_named(plan), number=wave.number, people=people)


def _end(plan: WavePlan, reason: EndReason, by: Account | None) -> None:
    plan.state, plan.end_reason, plan.ended_at = rules.ENDS_AS[reason], reason, clock.now()
    audit.record(f"wave_plan.{plan.state}", "wave_plan", plan.id, actor_id=by.id if by else None, reason=str(reason))
    happened("wave_plan.ended", plan.project.organisation_id, **_named(plan), state=str(plan.state), reason=str(reason))
    if by is None or by.id != plan.confirmed_by:
        _tell(plan, reason)


def _tell(plan: WavePlan, reason: EndReason) -> None:
    """Write to whoever confirmed the rule or, where they have left, to the owners of the organisation."""
    left = max(queries.seats_of(plan, plan.project).left, 0)
    subject = " ".join(f"Fairmatch: inviting in waves to “{plan.project.title}” is over".split())
    to = queries.owners_of(plan.project) if reason is EndReason.CONFIRMER_LEFT else [plan.confirmer]
    for account in to:
        mail.queue(account.email, "wave_plan_ended", subject, plan=plan, why=rules.END_WORDS[reason], seats_left=left)


def look_after(invitation_id: int) -> None:
    """Look at the plan of the project of an invitation that was answered or is over, where one runs."""
    invitation = db.session.get_one(Invitation, invitation_id)
    plan = queries.find_running_plan(invitation.project)
    if plan is not None:
        look(plan.id)


def look_at_all() -> None:
    """Have every running plan looked at: a project may have paused, gained seats or lost people since (a sweep)."""
    turn = clock.now().strftime("%Y-%m-%dT%H:%M")
    for plan_id in queries.running_plan_ids():
        ring("wave_plan.due", plan_id, dedupe_key=f"wave_plan.{plan_id}.{turn}")


def _named(plan: WavePlan) -> dict[str, int]:
    return {"wave_plan_id": plan.id, "project_id": plan.project_id}


def _lock(project_id: int) -> Project:
    return db.session.get_one(Project, project_id, with_for_update=True, populate_existing=True)
