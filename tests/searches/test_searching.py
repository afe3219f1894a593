from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchRun
from marketplace.matches.queries import find_last_run
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project, TextVector
from marketplace.searches import actions, jobs, queries
from marketplace.searches.models import PeopleSearch
from marketplace.tasks.models import Task
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def people(app: Flask) -> list[AnnotatorProfile]:
    texts = (
        "Labelled sentiment in product reviews.",
        "Read radiology reports at a hospital.",
        "Baked bread for years.",
    )
    return [build.profile(resume_text=text) for text in texts]


@pytest.fixture
def project(manager: Account, people: list[AnnotatorProfile]) -> Project:
    made = build.project(by=manager, wishes=("Labelled sentiment in product reviews",))
    db.session.commit()
    return made


def look_for(project: Project, text: str, by: Account) -> PeopleSearch:
    search = actions.start_search(project, text, by=by)
    jobs.embed_search(search.id)
    db.session.commit()
    return search


def ranked(run: MatchRun) -> list[int]:
    rows = sa.select(Match.profile_id).where(Match.run_id == run.id, Match.rank.is_not(None)).order_by(Match.rank)
    return list(db.session.scalars(rows))


def test_who_is_nearest_to_the_words_comes_first_and_the_words_of_the_resume_are_quoted(
    project: Project, manager: Account, people: list[AnnotatorProfile]
) -> None:
    search = look_for(project, "Radiology reports", manager)
    run = make_match_run(project, manager, search)
    assert run.brief == {"title": "", "wishes": ["Radiology reports"], "text": ""}
    assert ranked(run)[0] == people[1].id
    assert ranked(make_match_run(project, manager))[0] == people[0].id
    best = db.session.scalars(sa.select(Match).where(Match.run_id == run.id, Match.rank == 1)).one()
    assert any("radiology reports" in part.get("quote", "") for part in best.parts)


def test_the_gates_of_the_project_still_hold(manager: Account, people: list[AnnotatorProfile]) -> None:
    strict = build.project(by=manager, gates=[{"gate": "degree", "level": 8, "in_progress_is_enough": False}])
    run = make_match_run(strict, manager, look_for(strict, "Radiology reports", manager))
    assert (run.eligible, ranked(run)) == (0, [])


def test_a_search_is_no_ranking_of_the_project(project: Project, manager: Account) -> None:
    own = make_match_run(project, manager)
    search = look_for(project, "Radiology reports", manager)
    found = make_match_run(project, manager, search)
    assert make_match_run(project, manager, search).id == found.id
    assert make_match_run(project, manager).id == own.id
    last = find_last_run(project)
    assert last is not None
    assert last.id == own.id


def test_before_it_is_read_nobody_is_found_and_it_is_asked_for_once(project: Project, manager: Account) -> None:
    search = actions.start_search(project, "Radiology reports", by=manager)
    with pytest.raises(Refused, match="being read"):
        make_match_run(project, manager, search)
    actions.have_read(search)
    asked = sa.select(sa.func.count()).where(Task.kind == "people_search.asked")
    assert db.session.scalar(asked) == 1
    for _ in range(2):
        jobs.embed_search(search.id)
    assert queries.is_read(search)
    actions.have_read(search)
    assert db.session.scalar(asked) == 1


def test_the_same_words_asked_at_once_are_one_search(app: Flask, project: Project, manager: Account) -> None:
    project_id, account_id, gate = project.id, manager.id, Barrier(4)
    db.session.rollback()

    def go(_: int) -> int:
        with app.app_context():
            gate.wait()
            own, by = db.session.get_one(Project, project_id), db.session.get_one(Account, account_id)
            search_id = actions.start_search(own, "Radiology reports", by=by).id
            db.session.commit()
            return search_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(go, range(4)))) == 1


def test_searches_of_others_are_not_there(project: Project, manager: Account) -> None:
    search = look_for(project, "Radiology reports", manager)
    with pytest.raises(Missing):
        queries.get_search(build.project(by=manager), search.id)


def test_by_page_words_are_looked_for_read_and_found(
    client_of: ClientOf, project: Project, manager: Account, people: list[AnnotatorProfile]
) -> None:
    browser = client_of(manager)
    soon = browser.post(f"/projects/{project.id}/searches", data={"text": "Radiology <b>"}, follow_redirects=True)
    assert "is being read" in soon.text
    search = db.session.scalars(sa.select(PeopleSearch)).one()
    jobs.embed_search(search.id)
    db.session.commit()
    page = browser.get(f"/projects/{project.id}/matches?search={search.id}").text
    assert "Matches for “Radiology &lt;b&gt;”" in page
    assert f"1. {people[1].pseudonym}" in page
    assert f"search={search.id}" in browser.get(f"/projects/{project.id}/matches").text
    assert "Radiology &lt;b&gt;" in browser.get(f"/projects/{project.id}/matches/runs").text


@pytest.mark.parametrize(("text", "words"), [("", "Write what to look for"), ("x" * 301, "300")])
def test_what_cannot_be_looked_for_is_told(
    client_of: ClientOf, project: Project, manager: Account, text: str, words: str
) -> None:
    sent = client_of(manager).post(f"/projects/{project.id}/searches", data={"text": text}, follow_redirects=True)
    assert words in sent.text
    assert db.session.scalars(sa.select(PeopleSearch)).all() == []


def test_a_search_that_is_not_there_is_not_found(client_of: ClientOf, project: Project, manager: Account) -> None:
    assert client_of(manager).get(f"/projects/{project.id}/matches?search=999999").status_code == 404


def test_by_api_a_search_is_made_and_its_people_are_listed(
    api_of: ClientOf, project: Project, manager: Account, people: list[AnnotatorProfile]
) -> None:
    api, path = api_of(manager), f"/api/v1/projects/{project.id}"
    made = api.post(f"{path}/searches", json={"text": "Radiology reports"})
    assert made.status_code == 201
    told = made.get_json()
    assert told["is_read"] is False
    assert api.get(f"{path}/matches?search_id={told['id']}").status_code == 409
    jobs.embed_search(told["id"])
    db.session.commit()
    found = api.get(f"{path}/matches?search_id={told['id']}&limit=1").get_json()
    assert (found["search_id"], found["items"][0]["profile_id"]) == (told["id"], people[1].id)
    assert found["next_cursor"] == 1
    (listed,) = api.get(f"{path}/searches").get_json()["items"]
    assert listed == told | {"is_read": True}
    assert api.get(f"{path}/matches?search_id=999999").status_code == 404


def test_who_was_found_by_words_can_be_invited(
    api_of: ClientOf, project: Project, manager: Account, people: list[AnnotatorProfile]
) -> None:
    run = make_match_run(project, manager, look_for(project, "Radiology reports", manager))
    db.session.commit()
    best = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id, Match.rank == 1)).one()
    sent = api_of(manager).post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": [best]})
    assert sent.status_code == 201
    assert sent.get_json()["invitations"][0]["pseudonym"] == people[1].pseudonym


def test_a_new_model_reads_old_searches_when_they_are_asked_for(project: Project, manager: Account) -> None:
    search = look_for(project, "Radiology reports", manager)
    db.session.execute(sa.delete(TextVector))
    assert not queries.is_read(search)
