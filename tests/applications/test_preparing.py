from collections.abc import Callable

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.applications.preparing import steps_of
from marketplace.db import db
from marketplace.guidelines.actions import write_version
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def draft(manager: Account) -> Project:
    made = build.project(by=manager, state=ProjectState.DRAFT, gates=[], wishes=())
    made.description = ""
    db.session.flush()
    return made


def states(project: Project) -> dict[str, str]:
    with current_app.test_request_context():
        return {step["label"]: step["state"] for step in steps_of(project)}


def test_the_next_step_is_the_first_that_is_not_optional(draft: Project, manager: Account) -> None:
    assert states(draft)["Say what the work is"] == "current"
    draft.description = "Rate answers."
    assert states(draft)["What is good to have"] == "current"
    assert states(draft)["What must hold"] == "todo"
    assert states(draft)["Guidelines"] == "todo"
    write_version(draft, "# Rate", "", 0, by=manager)
    assert states(draft)["Guidelines"] == "done"


def test_of_a_project_that_is_out_everything_that_matters_is_done(manager: Account) -> None:
    project = build.project(by=manager, wishes=("Rating answers",))
    project.description = "Rate answers."
    assert "current" not in states(project).values()


def test_the_page_and_the_editor_lead_to_each_step_and_to_a_preview(
    client_of: ClientOf, draft: Project, manager: Account
) -> None:
    draft.description = "Rate <answers>."
    db.session.commit()
    browser = client_of(manager)
    for page in (f"/projects/{draft.id}", f"/projects/{draft.id}/edit"):
        text = browser.get(page).text
        assert "The way to publishing" in text
        assert f"/projects/{draft.id}/preview" in text
        assert f"/projects/{draft.id}/guidelines" in text
    preview = browser.get(f"/projects/{draft.id}/preview").text
    assert "A preview" in preview
    assert "Rate &lt;answers&gt;." in preview
    assert "as soon as it is active" in preview
    assert client_of(build.manager(build.organisation())).get(f"/projects/{draft.id}/preview").status_code == 404


def test_once_it_is_out_the_way_is_not_shown(client_of: ClientOf, manager: Account) -> None:
    project = build.project(by=manager)
    db.session.commit()
    assert "The way to publishing" not in client_of(manager).get(f"/projects/{project.id}").text
