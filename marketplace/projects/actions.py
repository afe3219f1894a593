"""What can be done with a project: begin it, change it, move it from state to state."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from marketplace import audit, clock, money
from marketplace.accounts.models import Account, Organisation
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import KINDS, happened
from marketplace.projects import queries, rules
from marketplace.projects.models import Project, RateLine, RequirementVersion, Wish
from marketplace.projects.rules import ACTIVE, SCHEDULED, STOPS, ProjectState
from marketplace.tasks import ring
from marketplace.words import say

COPY = " (copy)"


def create_project(organisation: Organisation, facts: Mapping[str, Any], *, by: Account) -> Project:
    """Begin a project of *organisation* as a draft, paid in its currency.

    *facts*: as `queries.facts_of` gives them: its own fields, *gates* (their JSON), *wishes* (texts) and *rate_lines*
    (label, amount_minor, condition).  Raises ValidationError for fields that do not fit together.
    """
    _refuse_mistakes(facts)
    project = Project(
        organisation_id=organisation.id,
        currency=organisation.currency,
        created_by=by.id,
        **{name: facts[name] for name in queries.OWN_FIELDS},
    )
    db.session.add(project)
    db.session.flush()
    _write_card(project, facts["rate_lines"])
    _add_version(project, 1, facts, by)
    ring("project.brief_changed", project.id)
    audit.record("project.created", "project", project.id, actor_id=by.id, organisation=organisation.id)
    return project


def duplicate_project(project_id: int, *, by: Account) -> Project:
    """Begin a draft that says what a project says, without its dates; seats, invitations and history stay behind."""
    project = queries.get_project(project_id, by)
    facts = queries.facts_of(project) | {"starts_on": None, "ends_on": None}
    facts["title"] = f"{project.title[: rules.MAX_TITLE - len(COPY)]}{COPY}"
    copy = create_project(project.organisation, facts, by=by)
    copy.copied_from_id = project.id
    ring("project.duplicated", copy.id)
    audit.record("project.duplicated", "project", copy.id, actor_id=by.id, source=project.id)
    return copy


def change_project(project_id: int, facts: Mapping[str, Any], *, by: Account) -> Project:
    """Write *facts*, all those of `create_project`, over what a project says; new gates or wishes make a new version.

    Raises Refused when the project is over, when more seats are taken than would be left, or when something without
    which it may not be at work would go missing.
    """
    project = queries.get_project(project_id, by, lock=True)
    if refusal := rules.refuse_change(project.state):
        raise Refused(refusal)
    _refuse_mistakes(facts)
    taken = queries.seats_taken([project.id]).get(project.id, 0)
    if facts["seats"] < taken:
        raise Refused(say("%(taken)s seats are taken already: there cannot be fewer.", taken=taken), field="seats")
    before = queries.facts_of(project)
    if facts["budget_minor"] != before["budget_minor"]:
        _change_budget(project, facts["budget_minor"], by)
    for name in queries.OWN_FIELDS:
        setattr(project, name, facts[name])
    if list(facts["rate_lines"]) != before["rate_lines"]:
        _write_card(project, facts["rate_lines"])
    if facts["seats"] > before["seats"]:
        ring("seat.freed", project.id)
    changed = sorted(name for name in before if facts[name] != before[name])
    if {"gates", "wishes"} & set(changed):
        _add_version(project, queries.newest_version(project).number + 1, facts, by)
    if {"title", "description", "wishes"} & set(changed):
        ring("project.brief_changed", project.id)
    if project.state in {SCHEDULED, ACTIVE} and {"description", "wishes", "starts_on", "ends_on"} & set(changed):
        _refuse_start(project, facts["wishes"], project.state)
    if changed:
        audit.record(
            "project.changed", "project", project.id, actor_id=by.id, changed=changed, state=str(project.state)
        )
    return project


def _change_budget(project: Project, budget_minor: int | None, by: Account) -> None:
    committed = queries.committed(project.id, lock=True)
    if budget_minor is not None and budget_minor < committed:
        used = money.written(committed, project.currency)
        raise Refused(
            say("%(used)s is committed by hours already: the budget cannot be less.", used=used), field="budget"
        )
    audit.record(
        "project.budget_changed",
        "project",
        project.id,
        actor_id=by.id,
        before=project.budget_minor,
        after=budget_minor,
        committed=committed,
    )


def move_project(project_id: int, then: ProjectState, reason: str, *, by: Account) -> Project:
    """Take a project to another state; whoever comes second of two at once is judged by what the first has done."""
    project = queries.get_project(project_id, by, lock=True)
    if refusal := rules.refuse_move(project.state, then, reason):
        raise Refused(refusal, field="reason" if then in rules.MOVES[project.state] else None)
    if then in {SCHEDULED, ACTIVE}:
        _refuse_start(project, queries.view(project).wishes, then)
    _enter(project, then, reason.strip(), by.id)
    return project


def start_due_projects() -> None:
    """Activate the scheduled projects whose first day, counted in UTC, has come; those unfit by then stay."""
    due = sa.select(Project).where(Project.state == SCHEDULED, Project.starts_on <= clock.now().date())
    for project in db.session.scalars(due.order_by(Project.id).with_for_update(skip_locked=True)):
        try:
            _refuse_start(project, queries.view(project).wishes, ACTIVE)
        except Refused:
            continue
        _enter(project, ACTIVE, "", None)


def _enter(project: Project, then: ProjectState, reason: str, actor_id: int | None) -> None:
    before, project.state = project.state, then
    if then is ACTIVE:
        project.activated_at = project.activated_at or clock.now()
        # Seats that came free during a pause were promised to nobody.
        ring("seat.freed", project.id)
    if then is ProjectState.COMPLETED:
        ring("project.completed", project.id)
    if then in STOPS or then is ACTIVE:
        project.close_reason = reason if then in STOPS else ""
    audit.record(f"project.{then}", "project", project.id, actor_id=actor_id, before=str(before), reason=reason)
    if f"project.{then}" in KINDS:
        happened(f"project.{then}", project.organisation_id, project_id=project.id, reason=reason)


def _refuse_mistakes(facts: Mapping[str, Any]) -> None:
    if found := rules.mistakes(facts):
        raise ValidationError({field: [text] for field, text in found.items()})


def _refuse_start(project: Project, wishes: Sequence[str], then: ProjectState) -> None:
    missing = rules.missing_for_start(
        description=project.description,
        wishes=wishes,
        starts_on=project.starts_on if project.activated_at is None else None,
        ends_on=project.ends_on,
        today=_today(),
        then=then,
    )
    if missing:
        field, text = missing
        raise Refused(text, field=field)


def _today() -> date:
    return clock.now().date()


def _write_card(project: Project, lines: Sequence[Mapping[str, Any]]) -> None:
    db.session.execute(sa.delete(RateLine).where(RateLine.project_id == project.id))
    for position, line in enumerate(lines):
        db.session.add(RateLine(project_id=project.id, position=position, **line))
    db.session.flush()
    db.session.expire(project, ["rate_lines"])


def _add_version(project: Project, number: int, facts: Mapping[str, Any], by: Account) -> None:
    """Add requirements that hold from now on."""
    version = RequirementVersion(project_id=project.id, number=number, made_by=by.id, gates=list(facts["gates"]))
    version.wishes = [Wish(position=position, text=text) for position, text in enumerate(facts["wishes"])]
    db.session.add(version)
    db.session.flush()
    db.session.expire(project, ["versions"])
