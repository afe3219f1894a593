from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.waves import actions
from marketplace.waves.models import WavePlan
from tests.waves.world import place, rule, running, settle, sizes, waiting
from tests.work.test_races import accepting, at_once


def looking(plan_id: int) -> Callable[[], None]:
    return lambda: actions.look(plan_id)


def test_looking_at_once_sends_one_wave(app: Flask) -> None:
    project, manager = place(people=8)
    plan = actions.start_plan(project, rule(), by=manager)
    db.session.commit()
    assert at_once(app, *[looking(plan.id)] * 4) == [""] * 4
    assert sizes(plan) == [3]


def test_confirming_at_once_is_one_plan(app: Flask) -> None:
    project, manager = place(people=2)
    db.session.commit()
    project_id, manager_id = project.id, manager.id

    def start() -> None:
        by = db.session.get_one(Account, manager_id)
        actions.start_plan(db.session.get_one(Project, project_id), rule(), by=by)

    refused = at_once(app, *[start] * 3)
    assert sorted(bool(text) for text in refused) == [False, True, True]
    assert db.session.scalars(sa.select(sa.func.count()).select_from(WavePlan)).one() == 1


def test_two_plans_that_count_at_once_do_not_flood_one_person(app: Flask) -> None:
    ids: list[int] = []
    for _ in range(2):
        project, manager = place(people=0 if ids else 3)
        ids.append(actions.start_plan(project, rule(most_open=1), by=manager).id)
    db.session.commit()
    at_once(app, *map(looking, ids))
    invited = [one.profile_id for plan_id in ids for one in waiting(db.session.get_one(WavePlan, plan_id).project)]
    assert len(invited) == len(set(invited)) == 3


def test_stopping_accepting_and_looking_at_once_end_whole(app: Flask) -> None:
    plan = running(app, people=8)
    plan_id, manager_id = plan.id, plan.confirmed_by
    invitations = [one.id for one in waiting(plan.project)]

    def stop() -> None:
        actions.stop_plan(db.session.get_one(WavePlan, plan_id), by=db.session.get_one(Account, manager_id))

    at_once(app, stop, looking(plan_id), *map(accepting, invitations))
    settle(app)
    assert db.session.get_one(WavePlan, plan_id).state in {"stopped", "filled"}
    assert sum(sizes(plan)) == 3
