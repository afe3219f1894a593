"""A project whose seats are to be filled in waves, and people to fill them."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.accounts.models import Account
from marketplace.accounts.queries import organisations_of
from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import AWAITING
from marketplace.projects.models import Project
from marketplace.waves import actions
from marketplace.waves.models import Wave, WavePlan
from tests import build


def rule(**changes: Any) -> dict[str, Any]:
    """Return a rule for three seats within a week."""
    return {
        "seats": 3,
        "deadline": clock.now() + timedelta(days=7),
        "bound_percent": 5,
        "invitation_hours": 24,
        "most_rank": 200,
        "most_open": 3,
        **changes,
    }


def place(people: int, **options: Any) -> tuple[Project, Account]:
    """Add a project of three seats with its manager, and people who pass its gates."""
    manager = build.manager(build.organisation())
    (client,) = organisations_of(manager)
    project = build.project(client, by=manager, **options)
    for _ in range(people):
        build.profile()
    return project, manager


def running(app: Flask, people: int, **changes: Any) -> WavePlan:
    """Return a plan whose first wave has gone out."""
    project, manager = place(people)
    plan = actions.start_plan(project, rule(**changes), by=manager)
    settle(app)
    return plan


def settle(app: Flask) -> None:
    """Commit, and let the worker do what is due."""
    db.session.commit()
    worker.perform_due(app)
    db.session.expire_all()


def waiting(project: Project) -> list[Invitation]:
    """Return the invitations without an answer, oldest first."""
    statement = sa.select(Invitation).where(Invitation.project_id == project.id, Invitation.state.in_(AWAITING))
    return list(db.session.scalars(statement.order_by(Invitation.id)))


def sizes(plan: WavePlan) -> list[int]:
    """Return how many people each wave invited."""
    return list(db.session.scalars(sa.select(Wave.people).where(Wave.plan_id == plan.id).order_by(Wave.number)))
