"""A manager looks for people in a real browser: searches, opens the reasons, marks, narrows and compares."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.people import Cast, Person
from tests.journeys.town import POETRY, RADIOLOGY, Town
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

PROJECT = "Findings in radiographs"
WORDS = "published translations of poems"
UNFIT = "The experience does not fit the work"
NOTE = "Ask about the second hospital."


def test_a_manager_searches_opens_the_evidence_marks_and_compares(world: World, cast: Cast, town: Town) -> None:
    town.project(PROJECT, wishes=["Worked beside radiologists on images of the chest"])
    birna = town.enter(cast)
    birna.go("Projects")
    birna.follow(PROJECT)
    birna.part_of_project("Matches")
    first, *_, last = [one.inner_text().split(". ")[1] for one in birna.page.get_by_role("heading", level=2).all()[:3]]
    birna.look("matches-of-town")
    expect(person(birna, first)).to_contain_text(RADIOLOGY)

    search_by_words(birna, first)
    shortlist(birna, first)
    leave_out(birna, last)
    narrow_by_mark(birna, first, last)
    compare(birna, first, last)
    assert cast.faults == []
    assert world.errors() == []


def person(birna: Person, name: str) -> Locator:
    """Return what the list says of one person."""
    heading = birna.page.get_by_role("heading", name=name)
    return birna.page.get_by_role("listitem").filter(has=heading)


def search_by_words(birna: Person, first_by_wishes: str) -> None:
    birna.fill("Look for people by words", WORDS)
    birna.press("Search")
    birna.sees(f"Matches for “{WORDS}”")
    best = birna.page.get_by_role("heading", level=2).first
    expect(best).not_to_contain_text(first_by_wishes)
    birna.sees(POETRY)
    birna.page.get_by_text("Every part of the score").first.click()
    birna.sees("closeness")
    birna.look("matches-searched")
    birna.follow("Matches for the wishes")
    birna.sees("Looked for before", WORDS)


def shortlist(birna: Person, name: str) -> None:
    birna.press(f"Shortlist {name}")
    birna.page.get_by_text(f"Add a note about {name}").click()
    person(birna, name).get_by_label("Note, for the managers of this project").fill(NOTE)
    birna.press("Keep the note", person(birna, name))
    expect(person(birna, name)).to_contain_text("Shortlisted · Birna Logadottir")
    expect(person(birna, name)).to_contain_text(NOTE)


def leave_out(birna: Person, name: str) -> None:
    birna.page.get_by_text(f"Not chosen … {name}").click()
    person(birna, name).get_by_role("combobox", name="Reason").select_option(label=UNFIT)
    birna.press("Not chosen", person(birna, name))
    expect(person(birna, name)).to_contain_text(f"Not chosen: {UNFIT}")
    birna.page.get_by_role("checkbox", name=f"Invite {name}").check()
    birna.press("Invite those chosen")
    birna.sees(f"{name} is marked as not chosen for this project: take the mark away first")
    birna.look("matches-marked")


def narrow_by_mark(birna: Person, shortlisted: str, left_out: str) -> None:
    birna.choose("Show", "Shortlisted")
    birna.press("Narrow")
    birna.sees("1 of the 3 ranked", shortlisted)
    expect(birna.page.get_by_role("main")).not_to_contain_text(left_out)
    birna.follow("Shortlist")
    birna.sees("Shortlist", shortlisted)
    birna.page.get_by_role("navigation", name="Marks").get_by_role("link", name="Not chosen").click()
    birna.sees(left_out, UNFIT)
    birna.look("not-chosen")
    birna.follow("Matches")


def compare(birna: Person, *names: str) -> None:
    for name in names:
        birna.page.get_by_role("checkbox", name=f"Compare {name}").check()
    birna.press("Compare those marked")
    birna.sees("Side by side")
    articles = birna.page.get_by_role("article")
    expect(articles).to_have_count(2)
    for article, name in zip(articles.all(), names, strict=True):
        expect(article).to_contain_text(name)
        expect(article).to_contain_text("What the résumé says")
    birna.look("side-by-side")
