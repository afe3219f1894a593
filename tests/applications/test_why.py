from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions, why
from marketplace.applications.rules import Standing
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.rules import ProjectState
from matching.vocabulary import Cefr
from tests import build

HOUR = 60
GERMAN_B2 = {"gate": "language", "tag": "de", "written": "B2"}
DOCTORATE = {"gate": "degree", "level": 8, "in_progress_is_enough": False}
HOURS = {"gate": "hours", "weekly_minutes": 30 * HOUR}


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    languages = (("en", Cefr.C1, Cefr.C1, False), ("de", Cefr.B1, Cefr.B1, False))
    return build.profile(languages=languages)


def test_the_nearest_comes_first_with_every_gate_and_its_fact(person: AnnotatorProfile) -> None:
    far = build.project(gates=[GERMAN_B2, DOCTORATE])
    near = build.project(gates=[GERMAN_B2])
    fits = build.project()
    found = why.why(person.account)
    assert [one.project.id for one in found.items] == [fits.id, near.id, far.id]
    assert (found.judged, found.passed, found.next_cursor) == (3, 1, None)
    german = found.items[1].gates[0]
    assert german["fact"] == "German: written B1, spoken B1 (declared)"
    assert german["change"] == "German written B1 → B2 would pass"


def test_what_would_open_most_counts_the_weekly_limits_of_open_projects_with_a_free_seat(
    person: AnnotatorProfile,
) -> None:
    opened = [build.project(gates=[GERMAN_B2], weekly_limit_minutes=minutes * HOUR) for minutes in (20, 25)]
    full = build.project(gates=[GERMAN_B2], seats=1)
    build.engagement(on=full)
    build.project(gates=[GERMAN_B2], is_open=False)
    build.project(gates=[GERMAN_B2], state=ProjectState.PAUSED)
    build.project(gates=[DOCTORATE], weekly_limit_minutes=10 * HOUR)
    best, second = why.why(person.account).changes
    assert best.words == "German written B1 → B2"
    assert ({one.id for one in best.projects}, best.minutes) == ({one.id for one in opened}, 45 * HOUR)
    assert (second.words, second.minutes) == ("Master's degree → a doctorate, held,", 10 * HOUR)


def test_a_private_project_changes_nothing_of_the_answer(person: AnnotatorProfile) -> None:
    build.project(gates=[GERMAN_B2])
    before = why.why(person.account)
    build.project(gates=[GERMAN_B2], is_open=False, title="Secret")
    assert why.why(person.account) == before


def test_somebody_who_stands_to_a_project_already_is_told_so_and_it_counts_for_no_change(
    person: AnnotatorProfile,
) -> None:
    applied, engaged = build.project(gates=[GERMAN_B2]), build.project(gates=[GERMAN_B2])
    actions.apply(applied.id, "", person.account)
    build.engagement(person, engaged)
    found = why.why(person.account)
    standings = {one.project.id: one.standing for one in found.items}
    assert standings == {applied.id: Standing.APPLIED, engaged.id: Standing.ENGAGED}
    assert found.changes == []


def test_too_few_hours_and_too_high_a_rate_are_gates_like_others(person: AnnotatorProfile) -> None:
    person.min_rate_minor = 2500
    build.project(gates=[HOURS])
    (one,) = why.why(person.account).items
    assert [gate["change"] for gate in one.gates] == [
        "Offering 20 hours → 30 hours a week would pass",
        "A lowest rate of $25.00 → $23.00 an hour would pass",
    ]


def test_what_is_only_unsaid_has_to_be_stated(person: AnnotatorProfile, client_of: Callable[..., FlaskClient]) -> None:
    person.degrees = []
    build.project(gates=[DOCTORATE])
    found = why.why(person.account)
    assert [(one.words, one.ask) for one in found.changes] == [("State a degree, or that there is none", True)]
    assert [what for what, _ in found.items[0].asked] == ["your degree"]
    text = client_of(person.account).get("/why-no-project").text
    assert "may open, if it is true of you" in text


@pytest.mark.parametrize("has_profile", [True, False])
def test_without_a_profile_that_is_ready_the_page_says_so_first(
    has_profile: bool, app: Flask, client_of: Callable[[Account], FlaskClient]
) -> None:
    build.project()
    account = build.profile(paused=True).account if has_profile else build.account(RoleName.ANNOTATOR)
    text = client_of(account).get("/why-no-project").text
    assert "First of all" in text
    assert ("is paused" if has_profile else "Begin with your profile") in text


def test_pages_follow_each_other(person: AnnotatorProfile, client_of: Callable[[Account], FlaskClient]) -> None:
    for number in range(why.SHOWN + 1):
        build.project(title=f"Project number {number:02d}")
    browser = client_of(person.account)
    assert "/why-no-project?cursor=20" in browser.get("/why-no-project").text
    second = browser.get("/why-no-project?cursor=20").text
    assert second.count("Project number") >= 1
    assert "What would open the most hours" not in second


@pytest.mark.parametrize("cursor", ["-1", "x", "99999999999999999999"])
def test_a_cursor_that_is_none_is_refused(
    cursor: str, person: AnnotatorProfile, client_of: Callable[[Account], FlaskClient]
) -> None:
    assert client_of(person.account).get(f"/why-no-project?cursor={cursor}").status_code == 422
