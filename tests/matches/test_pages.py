"""Matches side by side, the history of rankings, and what is asked of annotators, as pages."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.matches import search
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchLog, MatchRun
from marketplace.matches.replaying import replay
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from tests import build

ClientOf = Callable[[Account], FlaskClient]
DEGREE = {"gate": "degree", "level": 8, "in_progress_is_enough": False}
COUNTRY = {"gate": "country", "countries": ["TW"]}


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def people(app: Flask) -> list[AnnotatorProfile]:
    return [
        build.profile(name=f"Mei Chen{letter}", resume_text=f"Sentiment annotation {letter}.") for letter in "abcde"
    ]


@pytest.fixture
def project(manager: Account, people: list[AnnotatorProfile]) -> Project:
    return build.project(by=manager, wishes=("Sentiment annotation", "Quantum chromodynamics"))


@pytest.fixture
def run(project: Project, manager: Account) -> MatchRun:
    made = make_match_run(project, manager)
    db.session.commit()
    return made


def match_ids(run: MatchRun) -> list[int]:
    return list(db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id).order_by(Match.rank)))


def test_up_to_four_matches_stand_side_by_side_without_names(
    client_of: ClientOf, manager: Account, project: Project, run: MatchRun, people: list[AnnotatorProfile]
) -> None:
    ids = match_ids(run)
    text = client_of(manager).get(f"/projects/{project.id}/matches/compare", query_string={"ids": ids}).text
    assert text.count('<article class="card"') == 4
    assert "Not all are shown" in text
    assert "Place 1 of 5 who pass every gate." in text
    assert "Mei" not in text
    two = client_of(manager).get(f"/projects/{project.id}/matches/compare?ids={ids[0]},{ids[1]}").text
    assert two.count('<article class="card"') == 2
    assert "Not all are shown" not in two


@pytest.mark.parametrize("ids", ["", "ids=x", "ids=0", "ids=99999999999999999999", "ids=-1&ids=²"])
def test_comparing_nobody_or_nonsense_says_what_to_do(
    ids: str, client_of: ClientOf, manager: Account, project: Project
) -> None:
    answer = client_of(manager).get(f"/projects/{project.id}/matches/compare?{ids}")
    assert answer.status_code == 200
    assert "Nobody is chosen" in answer.text


def test_matches_of_another_project_are_not_compared(client_of: ClientOf, manager: Account, run: MatchRun) -> None:
    other = build.project(by=manager, client=db.session.get_one(Project, run.project_id).organisation)
    text = client_of(manager).get(f"/projects/{other.id}/matches/compare?ids={match_ids(run)[0]}").text
    assert "Nobody is chosen" in text


def test_the_history_shows_who_asked_and_who_looked(
    client_of: ClientOf, manager: Account, project: Project, run: MatchRun
) -> None:
    colleague = build.manager(project.organisation)
    page = client_of(colleague).get(f"/projects/{project.id}/matches/{run.id}")
    assert page.status_code == 200
    assert "Sentiment annotation" in page.text
    listed = client_of(manager).get(f"/projects/{project.id}/matches/runs").text
    assert f"/projects/{project.id}/matches/{run.id}" in listed
    assert manager.name in listed
    assert colleague.name in listed


def test_a_run_shows_what_it_rested_on_and_everybody_kept_out_by_gate(
    client_of: ClientOf, manager: Account, people: list[AnnotatorProfile]
) -> None:
    strict = build.project(by=manager, gates=[DEGREE])
    run = make_match_run(strict, manager)
    text = client_of(manager).get(f"/projects/{strict.id}/matches/{run.id}").text
    assert "Nobody passed every gate" in text
    assert "5 people" in text
    assert "A doctorate" in text
    assert build.space().model in text


def test_a_run_of_an_earlier_version_is_shown_as_it_was(
    client_of: ClientOf, manager: Account, project: Project, people: list[AnnotatorProfile]
) -> None:
    counts = {"considered": 1, "eligible": 1, "scored": 1}
    run = MatchRun(
        project_id=project.id, version_id=project.versions[-1].id, requested_by=manager.id, code_version="0", **counts
    )
    db.session.add(run)
    db.session.flush()
    span = {"resume_id": 1, "passage_number": 1, "page": 3, "start": 0, "end": 9}
    found = {
        "part": "wish",
        "wish": "Sentiment",
        "score": 0.2,
        "closeness": 0.4,
        "best": 0.5,
        "span": span,
        "quote": "Moods of films",
    }
    fact = {"part": "fact", "label": "Years of experience", "score": 0.1, "fact": "4 years stated over all kinds"}
    row = Match(run_id=run.id, profile_id=people[0].id, rank=1, score=0.3, gates=[], parts=[found, fact])
    db.session.add(row)
    db.session.commit()
    text = client_of(manager).get(f"/projects/{project.id}/matches/{run.id}").text
    assert "Moods of films" in text
    assert "4 years stated over all kinds" in text
    assert "of an earlier version" in text


@pytest.mark.parametrize("path", ["compare", "runs", "{run}", "similar/{match}"])
def test_another_clients_rankings_look_missing(path: str, client_of: ClientOf, project: Project, run: MatchRun) -> None:
    stranger = build.manager(build.organisation())
    address = path.format(run=run.id, match=match_ids(run)[0])
    assert client_of(stranger).get(f"/projects/{project.id}/matches/{address}").status_code == 404


def test_a_run_of_another_project_looks_missing(client_of: ClientOf, manager: Account, run: MatchRun) -> None:
    other = build.project(by=manager, client=db.session.get_one(Project, run.project_id).organisation)
    assert client_of(manager).get(f"/projects/{other.id}/matches/{run.id}").status_code == 404


def test_an_annotator_is_asked_for_what_open_projects_need_and_small_counts_are_not_told(client_of: ClientOf) -> None:
    for number in range(4):
        build.project(gates=[COUNTRY, DEGREE] if number else [COUNTRY])
    build.project(gates=[{"gate": "hours", "weekly_minutes": 60}], is_open=False)
    person = build.profile(country=None)
    person.degrees = []
    build.project(gates=[{"gate": "experience", "kind": "annotation", "years": 1}, COUNTRY])
    browser = client_of(person.account)
    for path in ("/profile", "/dashboard"):
        text = browser.get(path).text
        assert "5 projects ask for the country you live in" in text
        assert "3 projects ask for your degree" in text
        assert "#f-country" in text
    person.experiences = []
    text = client_of(person.account).get("/profile").text
    assert "Some projects ask for your experience" in text
    assert "hours you have a week" not in text


def test_whoever_has_stated_everything_is_asked_nothing(client_of: ClientOf) -> None:
    build.project(gates=[COUNTRY, DEGREE])
    assert "Asked of you" not in client_of(build.profile().account).get("/profile").text


def test_project_pages_have_a_place_for_similar_projects(
    client_of: ClientOf, manager: Account, project: Project
) -> None:
    browser = client_of(manager)
    assert "Similar projects" in browser.get(f"/projects/{project.id}").text
    assert "Similar projects" in browser.get(f"/projects/open/{project.id}").text


def test_of_very_many_who_pass_the_nearest_are_ranked_and_everybody_is_told_so(
    client_of: ClientOf, api_of: ClientOf, manager: Account, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = {build.profile(resume_text="Drove a taxi through the town.").id for _ in range(5)}
    monkeypatch.setattr(search, "SHORTLIST", 2)
    db.session.commit()
    run = make_match_run(project, manager)
    db.session.commit()
    assert (run.eligible, run.scored) == (run.considered, 2)
    assert run.eligible == 10
    for page in ("", f"/{run.id}"):
        text = client_of(manager).get(f"/projects/{project.id}/matches{page}").text
        assert "the 2 nearest to the project are ranked" in text
    found = api_of(manager).get(f"/api/v1/projects/{project.id}/matches").get_json()
    assert (found["eligible"], found["ranked"], len(found["items"])) == (run.eligible, 2, 2)
    log = db.session.scalars(sa.select(MatchLog).where(MatchLog.run_id == run.id)).all()
    assert {row.ranked: len(row.profile_ids) for row in log} == {True: 2, False: run.eligible - 2}
    assert not far & set(next(row.profile_ids for row in log if row.ranked))
    assert replay(run.id).differences == []
