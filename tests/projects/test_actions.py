"""Projects begun, changed and moved, on the real database."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from marshmallow import ValidationError

from marketplace import clock, worker
from marketplace.accounts.models import Account, Membership
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.projects import actions, jobs, queries
from marketplace.projects.models import Project, TextVector
from marketplace.projects.rules import ACTIVE, COMPLETED, DRAFT, PAUSED, SCHEDULED
from marketplace.tasks.models import Task
from matching.briefs import texts_of
from tests import build

FACTS: dict[str, Any] = {
    "title": "Rate answers in Chinese",
    "description": "Rate the answers of a language model.",
    "seats": 3,
    "rate_floor_minor": 1400,
    "rate_top_minor": 2300,
    "weekly_limit_minutes": 1200,
    "budget_minor": None,
    "invitation_hours": 72,
    "starts_on": None,
    "ends_on": None,
    "content_warnings": ["Violence"],
    "is_open": True,
    "gates": [{"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}],
    "wishes": ["Has rated answers of language models"],
    "rate_lines": [
        {"label": "", "amount_minor": 200, "condition": {"gate": "degree", "level": 8, "in_progress_is_enough": False}}
    ],
}


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation(currency="EUR"))


def begun(by: Account, **change: Any) -> Project:
    """Begin a project of the manager's organisation."""
    organisation_id = db.session.scalars(sa.select(Membership.organisation_id).filter_by(account_id=by.id)).one()
    return actions.create_project(queries.get_own_organisation(organisation_id, by), FACTS | change, by=by)


def events(project: Project) -> list[str]:
    """Return what the trail says of *project*, oldest first."""
    of_it = sa.select(AuditEvent.action).where(AuditEvent.object_kind == "project", AuditEvent.object_id == project.id)
    return list(db.session.scalars(of_it.order_by(AuditEvent.id)))


def news() -> list[str]:
    """Return the kinds of the tasks written so far."""
    return list(db.session.scalars(sa.select(Task.kind).order_by(Task.id)))


def test_a_project_begins_as_a_draft_in_the_currency_of_its_organisation(manager: Account) -> None:
    project = begun(manager)
    assert (project.state, project.currency) == (DRAFT, "EUR")
    assert queries.facts_of(project) == FACTS
    assert queries.newest_version(project).number == 1
    assert events(project) == ["project.created"]
    assert news() == ["project.brief_changed"]


def test_new_requirements_make_a_new_version_and_leave_the_old_one_as_it_was(manager: Account) -> None:
    project = begun(manager)
    old = project.requirements
    actions.change_project(project.id, FACTS | {"gates": [], "wishes": ["Knows medicine"]}, by=manager)
    assert [version.number for version in project.versions] == [1, 2]
    assert old.gates == FACTS["gates"]
    assert [wish.text for wish in project.requirements.wishes] == ["Knows medicine"]
    assert news() == ["project.brief_changed"] * 2


def test_saving_the_same_again_makes_no_version_and_no_event(manager: Account) -> None:
    project = begun(manager)
    actions.change_project(project.id, queries.facts_of(project), by=manager)
    assert len(project.versions) == 1
    assert events(project) == ["project.created"]


def test_another_title_makes_no_new_version(manager: Account) -> None:
    project = begun(manager)
    actions.change_project(project.id, FACTS | {"title": "Rate answers"}, by=manager)
    assert (project.title, len(project.versions)) == ("Rate answers", 1)
    assert events(project) == ["project.created", "project.changed"]


def test_a_new_rate_card_takes_the_place_of_the_old_one(manager: Account) -> None:
    project = begun(manager)
    lines = [
        {"label": "A", "amount_minor": 1, "condition": {"gate": "hours", "weekly_minutes": 60}},
        *FACTS["rate_lines"],
    ]
    actions.change_project(project.id, FACTS | {"rate_lines": lines}, by=manager)
    db.session.expire_all()
    assert queries.facts_of(project)["rate_lines"] == lines


def test_the_worker_embeds_the_wishes_and_a_changed_gate_needs_no_model(app: Flask, manager: Account) -> None:
    project = begun(manager)
    db.session.commit()
    assert not queries.view(project).wishes_read
    assert worker.perform_due(app, kinds=["project.brief_changed"]) == 1
    assert queries.view(project).wishes_read
    actions.change_project(project.id, FACTS | {"gates": []}, by=manager)
    assert queries.view(project).version.number == 2
    assert queries.view(project).wishes_read


def test_embedding_twice_gives_one_vector_a_text(manager: Account) -> None:
    project = begun(manager)
    jobs.embed_brief(project.id)
    jobs.embed_brief(project.id)
    texts = {piece.text for piece in texts_of(queries.brief_of(project))}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TextVector)) == len(texts)


def test_a_project_goes_through_its_states_with_reasons_and_a_trail(manager: Account) -> None:
    project = begun(manager)
    actions.move_project(project.id, ACTIVE, "", by=manager)
    started = project.activated_at
    actions.move_project(project.id, PAUSED, "New guidelines", by=manager)
    assert project.close_reason == "New guidelines"
    actions.move_project(project.id, ACTIVE, "", by=manager)
    assert (project.close_reason, project.activated_at) == ("", started)
    actions.move_project(project.id, COMPLETED, "All is labelled", by=manager)
    states = ["active", "paused", "active", "completed"]
    assert events(project) == ["project.created", *(f"project.{state}" for state in states)]


def test_pausing_without_a_reason_is_refused_beside_the_field(manager: Account) -> None:
    project = begun(manager)
    actions.move_project(project.id, ACTIVE, "", by=manager)
    with pytest.raises(Refused) as refusal:
        actions.move_project(project.id, PAUSED, " ", by=manager)
    assert refusal.value.field == "reason"


def test_the_second_of_two_moves_is_judged_by_what_the_first_has_done(manager: Account) -> None:
    project = begun(manager)
    actions.move_project(project.id, ACTIVE, "", by=manager)
    actions.move_project(project.id, COMPLETED, "Done", by=manager)
    with pytest.raises(Refused, match="completed cannot become paused"):
        actions.move_project(project.id, PAUSED, "Wait", by=manager)


def test_a_project_without_wishes_or_description_does_not_start(manager: Account) -> None:
    for change, field in (({"wishes": []}, "wishes"), ({"description": ""}, "description")):
        project = begun(manager, **change)
        with pytest.raises(Refused) as refusal:
            actions.move_project(project.id, ACTIVE, "", by=manager)
        assert refusal.value.field == field


def test_an_active_project_cannot_lose_its_wishes(manager: Account) -> None:
    project = begun(manager)
    actions.move_project(project.id, ACTIVE, "", by=manager)
    with pytest.raises(Refused, match="at least one wish"):
        actions.change_project(project.id, FACTS | {"wishes": []}, by=manager)


def test_a_project_that_is_over_is_not_changed(manager: Account) -> None:
    project = begun(manager)
    actions.move_project(project.id, ACTIVE, "", by=manager)
    actions.move_project(project.id, COMPLETED, "Done", by=manager)
    with pytest.raises(Refused, match="does not change any more"):
        actions.change_project(project.id, FACTS, by=manager)


def test_the_floor_of_the_band_may_not_lie_above_its_top(manager: Account) -> None:
    with pytest.raises(ValidationError) as refusal:
        begun(manager, rate_floor_minor=2301)
    assert list(refusal.value.normalized_messages()) == ["rate_top_minor"]


def test_somebody_elses_project_looks_missing(manager: Account) -> None:
    project = begun(manager)
    stranger = build.manager(build.organisation())
    for attempt in attempts(project, stranger):
        with pytest.raises(Missing):
            attempt()
    assert project.state is DRAFT


def attempts(project: Project, by: Account) -> list[Callable[[], Any]]:
    """Return everything that could be tried on *project*."""
    return [
        lambda: queries.get_project(project.id, by),
        lambda: actions.change_project(project.id, FACTS, by=by),
        lambda: actions.move_project(project.id, ACTIVE, "", by=by),
        lambda: queries.get_own_organisation(project.organisation_id, by),
    ]


def test_a_scheduled_project_starts_on_its_day_and_not_before(manager: Account) -> None:
    with clock.at(datetime(2026, 11, 20, tzinfo=UTC)):
        project = begun(manager, starts_on=date(2026, 11, 23))
        actions.move_project(project.id, SCHEDULED, "", by=manager)
        jobs.start_scheduled()
    assert project.state is SCHEDULED
    with clock.at(datetime(2026, 11, 23, 0, 5, tzinfo=UTC)):
        jobs.start_scheduled()
    assert project.state is ACTIVE
    assert events(project)[-2:] == ["project.scheduled", "project.active"]


def test_more_seats_are_offered_to_those_who_wait(manager: Account) -> None:
    project = begun(manager)
    actions.change_project(project.id, FACTS | {"seats": 4}, by=manager)
    assert news() == ["project.brief_changed", "seat.freed"]


def test_many_projects_are_shown_with_as_few_queries_as_one(manager: Account) -> None:
    projects = [begun(manager) for _ in range(5)]
    assert queries_of(lambda: queries.views(projects[:1])) == 5
    assert queries_of(lambda: queries.views(projects)) == 5


def queries_of(read: Callable[[], Any]) -> int:
    """Return how many statements *read* sends."""
    db.session.flush()
    seen: list[str] = []

    def note(*sent: Any) -> None:
        seen.append(sent[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
