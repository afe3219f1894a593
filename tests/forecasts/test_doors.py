from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.forecasts import queries
from marketplace.invitations import actions as invitations
from marketplace.invitations.rules import DeclineReason
from marketplace.projects.models import Project
from marketplace.waves.models import WavePlan
from marketplace.work import actions as work
from marketplace.work.queries import team_of
from marketplace.work.rules import EndReason
from tests import build
from tests.waves.world import place, running, settle, waiting

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def plan(app: Flask) -> WavePlan:
    """Of three people one has accepted, one has declined, one is silent."""
    plan = running(app, people=8)
    first, second, third = waiting(plan.project)
    work.accept_invitation(first, first.profile.account)
    invitations.decline_invitation(second, DeclineReason.RATE, "", second.profile.account)
    invitations.open_invitation(third)
    db.session.commit()
    return plan


def test_the_funnel_counts_each_person_once_by_how_far_they_came(plan: WavePlan) -> None:
    funnel = queries.funnel_of(plan.project)
    assert (funnel.matched, funnel.invited, funnel.opened, funnel.accepted, funnel.active) == (8, 3, 3, 1, 1)
    assert funnel.days[-1].invited == 3
    reasons = queries.reasons_of(plan.project)
    assert (reasons.declined[0], reasons.expired) == (("rate", "The rate is too low", 1), 0)


def test_the_forecast_is_the_same_when_asked_again_and_in_order(plan: WavePlan) -> None:
    with clock.at(clock.now()):
        funnel = queries.funnel_of(plan.project)
        first, second = (queries.forecast_of(plan.project, funnel) for _ in range(2))
    assert first == second
    assert first.p50 is not None
    assert first.p90 is None or first.p50 <= first.p90
    assert clock.now() < first.p50 < plan.deadline
    assert 0.5 < first.chance <= 1
    assert (first.seats, first.outstanding, first.basis) == (2, 2, "waves")


def test_without_waves_only_the_invitations_that_are_out_can_fill(app: Flask) -> None:
    project, _ = place(people=3)
    forecast = queries.forecast_of(project, queries.funnel_of(project))
    assert (forecast.basis, forecast.p50, forecast.chance) == ("open_invitations", None, 0.0)


def test_a_project_without_a_free_seat_is_filled(app: Flask) -> None:
    project, _ = place(people=0)
    project.seats = 1
    build.engagement(on=project)
    forecast = queries.forecast_of(project, queries.funnel_of(project))
    assert (forecast.basis, forecast.chance) == ("filled", 1.0)


def test_who_left_is_no_longer_active_and_still_counts_as_accepted(plan: WavePlan) -> None:
    (one,) = db.session.scalars(team_of(plan.project))
    work.end_engagement(one, EndReason.BY_ANNOTATOR, by=one.profile.account)
    db.session.flush()
    funnel = queries.funnel_of(plan.project)
    assert (funnel.accepted, funnel.active) == (1, 0)


def test_the_page_shows_funnel_forecast_and_what_it_rests_on(plan: WavePlan, client_of: ClientOf) -> None:
    page = client_of(plan.confirmer).get(f"/projects/{plan.project_id}/forecast").text
    for words in ("P50", "P90", "The rate is too low", "People from match to work", "People over time", "Beta(3, 3)"):
        assert words in page
    assert f"/wave-plans/{plan.id}" in page


def test_the_page_of_a_project_that_nobody_was_invited_to(app: Flask, client_of: ClientOf) -> None:
    project, manager = place(people=0)
    page = client_of(manager).get(f"/projects/{project.id}/forecast")
    assert (page.status_code, "Nobody is invited yet" in page.text) == (200, True)


def test_by_api_and_not_for_another_client(plan: WavePlan, api_of: ClientOf) -> None:
    shown = api_of(plan.confirmer).get(f"/api/v1/projects/{plan.project_id}/forecast").json
    assert shown is not None
    assert shown["funnel"]["invited"] == 3
    assert shown["funnel"]["run_id"] is not None
    assert shown["declined"][0] == {"reason": "rate", "words": "The rate is too low", "people": 1}
    assert (shown["forecast"]["plan_id"], shown["forecast"]["drawn"]) == (plan.id, 400)
    stranger = api_of(build.manager(build.organisation()))
    assert stranger.get(f"/api/v1/projects/{plan.project_id}/forecast").status_code == 404


def test_a_forecast_costs_the_same_queries_for_few_as_for_many(app: Flask) -> None:
    def cost(project: Project) -> int:
        db.session.commit()
        db.session.refresh(project)
        counted: list[str] = []

        def note(*args: object) -> None:
            counted.append(str(args[2]))

        sa.event.listen(db.engine, "before_cursor_execute", note)
        funnel = queries.funnel_of(project)
        queries.reasons_of(project)
        queries.forecast_of(project, funnel)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(counted)

    few = cost(running(app, people=1, seats=1).project)
    many = running(app, people=9, most_open=20)
    with clock.at(clock.now() + timedelta(hours=25)):
        settle(app)
    assert cost(many.project) <= few
    assert few <= 16
