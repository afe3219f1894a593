from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.own_data.queries import everything_of
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.shortlists.models import CandidateMark, CandidateNote
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile(name="Mei Chen")


@pytest.fixture
def project(manager: Account, person: AnnotatorProfile) -> Project:
    return build.project(by=manager)


@pytest.fixture
def match(project: Project, manager: Account, person: AnnotatorProfile) -> Match:
    run = make_match_run(project, manager)
    db.session.commit()
    return db.session.scalars(sa.select(Match).where(Match.run_id == run.id)).one()


def listed(api: FlaskClient, path: str) -> Any:
    return api.get(path).get_json()


def test_marks_are_given_on_the_page_of_matches_and_listed(
    client_of: ClientOf, project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    browser = client_of(manager)
    path = f"/projects/{project.id}/matches/{match.id}/mark"
    told = browser.post(path, data={"mark": "shortlisted"}, follow_redirects=True).text
    assert "Shortlisted." in told
    shown = browser.get(f"/projects/{project.id}/shortlist").text
    assert person.pseudonym in shown
    assert "Mei" not in shown
    browser.post(path, data={"mark": "not_chosen", "reason": "rate", "note": "Too dear"})
    assert person.pseudonym not in browser.get(f"/projects/{project.id}/shortlist").text
    out = browser.get(f"/projects/{project.id}/shortlist?mark=not_chosen").text
    assert "The rate is too high for this project" in out
    assert "Too dear" in out
    assert "taken away" in browser.post(path, data={"mark": ""}, follow_redirects=True).text
    assert db.session.scalars(sa.select(CandidateMark)).all() == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"mark": "not_chosen"}, "Choose why"),
        ({"mark": "not_chosen", "reason": "other"}, "Say in the note"),
        ({"mark": "not_chosen", "reason": "age"}, "Choose a reason of the list"),
        ({"mark": "not_chosen", "reason": "rate", "note": "x" * 1001}, "1000"),
        ({"mark": "loved"}, "Must be one of"),
    ],
)
def test_a_wrong_mark_is_told_in_words_and_changes_nothing(
    client_of: ClientOf, project: Project, match: Match, manager: Account, told: dict[str, str], words: str
) -> None:
    path = f"/projects/{project.id}/matches/{match.id}/mark"
    assert words in client_of(manager).post(path, data=told, follow_redirects=True).text
    assert db.session.scalars(sa.select(CandidateMark)).all() == []


def test_notes_are_shared_by_the_managers_of_a_project_and_open_to_whom_they_concern(
    client_of: ClientOf, project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    path = f"/projects/{project.id}/matches/{match.id}/notes"
    told = client_of(manager).post(path, data={"text": "Asks <b>well</b>"}, follow_redirects=True).text
    assert "Asks &lt;b&gt;well&lt;/b&gt;" in told
    colleague = client_of(build.manager(project.organisation))
    assert "Asks &lt;b&gt;well" in colleague.get(f"/projects/{project.id}/matches").text
    assert client_of(build.manager(build.organisation())).post(path, data={"text": "x"}).status_code == 404
    assert "Write something" in client_of(manager).post(path, data={"text": " "}, follow_redirects=True).text
    (own,) = everything_of(person.account)["candidate_note"]
    assert own["text"] == "Asks <b>well</b>"


def test_by_api_a_mark_is_put_listed_and_taken_away(
    api_of: ClientOf, project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    api = api_of(manager)
    path = f"/api/v1/projects/{project.id}/matches/{match.id}/mark"
    assert api.put(path, json={"mark": "not_chosen", "reason": "evidence"}).status_code == 204
    (item,) = listed(api, f"/api/v1/projects/{project.id}/marks")["items"]
    assert (item["pseudonym"], item["mark"], item["reason"]) == (person.pseudonym, "not_chosen", "evidence")
    assert listed(api, f"/api/v1/projects/{project.id}/marks?mark=shortlisted")["items"] == []
    refused = api.post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": [match.id]})
    assert refused.status_code == 409
    assert "not chosen" in refused.text
    assert db.session.scalars(sa.select(Invitation)).all() == []
    assert api.put(path, json={"mark": None}).status_code == 204
    assert listed(api, f"/api/v1/projects/{project.id}/marks")["items"] == []
    assert api.put(path, json={}).status_code == 422
    assert api.put(path, json={"mark": "not_chosen"}).status_code == 409


def test_a_note_sent_twice_with_one_key_is_one_note(
    api_of: ClientOf, project: Project, match: Match, manager: Account
) -> None:
    path = f"/api/v1/projects/{project.id}/matches/{match.id}/notes"
    for _ in range(2):
        answer = api_of(manager).post(path, json={"text": "Asks well."}, headers={"Idempotency-Key": "note-once-0001"})
        assert answer.status_code == 201
    assert len(db.session.scalars(sa.select(CandidateNote)).all()) == 1
    (note,) = listed(api_of(manager), path)
    assert note["text"] == "Asks well."
