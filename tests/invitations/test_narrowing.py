from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.invitations import actions
from marketplace.invitations.narrowing import Narrowing, ranks
from marketplace.invitations.rules import Show
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchRun
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.projects.models import Project
from marketplace.shortlists.actions import mark_candidate
from marketplace.shortlists.rules import Mark, NotChosenReason
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def project(manager: Account) -> Project:
    for number in range(5):
        person = build.profile(resume_text="Sentiment annotation. " * (number + 1))
        person.weekly_minutes, person.min_rate_minor, person.currency = 60 * (number + 1), 100 * (number + 1), "USD"
    made = build.project(by=manager)
    db.session.commit()
    return made


@pytest.fixture
def run(project: Project, manager: Account) -> MatchRun:
    made = make_match_run(project, manager)
    db.session.commit()
    return made


def match_at(run: MatchRun, rank: int) -> Match:
    return db.session.scalars(sa.select(Match).where(Match.run_id == run.id, Match.rank == rank)).one()


def test_the_ranked_are_narrowed_by_what_is_known_of_them_now(
    run: MatchRun, project: Project, manager: Account
) -> None:
    mark_candidate(project, match_at(run, 1).id, Mark.SHORTLISTED, None, "", by=manager)
    mark_candidate(project, match_at(run, 2).id, Mark.NOT_CHOSEN, NotChosenReason.RATE, "", by=manager)
    actions.invite(project, [match_at(run, 4).id], manager)

    def shown(show: Show) -> list[int]:
        return list(ranks(run, project, Narrowing(show)))

    assert shown(Show.EVERYBODY) == [1, 2, 3, 4, 5]
    assert shown(Show.SHORTLISTED) == [1]
    assert shown(Show.NOT_CHOSEN) == [2]
    assert shown(Show.INVITED) == [4]
    assert shown(Show.UNDECIDED) == [1, 3, 5]


def test_hours_and_rates_narrow_exactly(run: MatchRun, project: Project) -> None:
    def who(**wanted: int) -> list[tuple[int, int]]:
        found = [match_at(run, rank).profile for rank in ranks(run, project, Narrowing(**wanted))]  # type: ignore[arg-type]
        return sorted((one.weekly_minutes, one.min_rate_minor) for one in found)

    assert who(minutes=240) == [(240, 400), (300, 500)]
    assert who(rate_minor=200) == [(60, 100), (120, 200)]
    assert who(minutes=120, rate_minor=300) == [(120, 200), (180, 300)]
    assert who(minutes=301) == []


def test_a_rate_in_another_currency_is_not_compared(run: MatchRun, project: Project) -> None:
    match_at(run, 1).profile.currency = "EUR"
    db.session.flush()
    assert 1 not in ranks(run, project, Narrowing(rate_minor=10_000))


def test_the_page_keeps_what_it_was_narrowed_to_and_says_how_many(
    client_of: ClientOf, run: MatchRun, project: Project, manager: Account
) -> None:
    browser = client_of(manager)
    page = browser.get(f"/projects/{project.id}/matches?hours=4&rate=5").text
    assert "2 of the 5 ranked" in page
    assert 'value="4"' in page
    none = browser.get(f"/projects/{project.id}/matches?show=shortlisted").text
    assert "Nobody of the ranked is like that" in none
    for wrong, words in (
        ("hours=many", "such as 17.5"),
        ("rate=much", "write it like 23.00"),
        ("show=best", "Choose one of the list"),
    ):
        told = browser.get(f"/projects/{project.id}/matches?{wrong}")
        assert told.status_code == 422
        assert words in told.text
        assert match_at(run, 5).profile.pseudonym in told.text


def test_narrowed_places_far_down_have_words_and_pages(api_of: ClientOf, client_of: ClientOf, manager: Account) -> None:
    for number in range(MATCHES_ON_A_PAGE + 4):
        build.profile(resume_text="Sentiment annotation.").weekly_minutes = 600 if number % 2 else 60
    project = build.project(by=manager)
    db.session.commit()
    path = f"/api/v1/projects/{project.id}/matches?weekly_minutes_at_least=600&limit=20"
    first = api_of(manager).get(path).get_json()
    assert first["shown"] == (MATCHES_ON_A_PAGE + 4) // 2
    second = api_of(manager).get(f"{path}&cursor={first['next_cursor']}").get_json()
    places = [item["rank"] for item in first["items"] + second["items"]]
    assert len(places) == first["shown"]
    assert places == sorted(set(places))
    assert second["next_cursor"] is None
    assert any(place > MATCHES_ON_A_PAGE for place in places)
    assert "27 of the 54 ranked" in client_of(manager).get(f"/projects/{project.id}/matches?hours=10").text
