"""A manager and an annotator who work together: messages, how one is told of them, and guidelines that change."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.people import Cast, Person
from tests.journeys.town import HREFNA, KARI, Town
from tests.journeys.world import World, words_of

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

TALK, RULES = "Letters of the parliament", "Court hearings, second listening"
WELCOME, QUESTION = "Welcome. Read the newest guidelines first.", "Do you count a heading as a sentence?"
ANSWER = "Yes, and thank you for asking."


def test_a_manager_and_an_annotator_write_to_each_other(world: World, cast: Cast, town: Town) -> None:
    town.join(town.project(TALK), KARI)
    kari, birna = town.enter(cast, KARI), town.enter(cast)
    of_kari, of_birna = unread(kari), unread(birna)
    birna.go("Projects")
    birna.follow(TALK)
    birna.part_of_project("Team")
    birna.follow("Write to the team")
    birna.fill("Message", WELCOME)
    birna.look("write-to-team")
    birna.press("Send")
    birna.sees("Sent to 1 person.")

    open_newest(kari, of_kari)
    kari.sees("Birna Logadottir", WELCOME)
    kari.fill("Answer", QUESTION)
    kari.press("Send")
    kari.sees("You", QUESTION)
    kari.look("thread-of-annotator")
    assert WELCOME in words_of(world.mail(kari.email, "Birna Logadottir"))
    choose_digest(kari)

    open_newest(birna, of_birna)
    birna.sees(KARI, QUESTION)
    birna.fill("Write", ANSWER)
    birna.press("Send")
    birna.look("thread-of-manager")
    kari.go("Messages")
    kari.sees("Birna Logadottir", ANSWER)
    kari.follow(TALK)
    kari.sees(WELCOME, QUESTION, ANSWER)
    assert cast.faults == []
    assert world.errors() == []


def open_newest(person: Person, before: int) -> None:
    """Open what the bell tells of, which is one more than *before*; what is opened counts no more."""
    person.page.reload()
    expect(bell(person)).to_contain_text(f"{before + 1} unread")
    bell(person).click()
    newest = person.page.get_by_role("main").get_by_role("listitem").first
    expect(newest).to_contain_text(TALK)
    expect(newest).to_contain_text("New")
    person.look(f"notifications-of-{person.name.split()[0].lower()}")
    person.press("Open", newest)
    assert unread(person) == before


def bell(person: Person) -> Locator:
    return person.page.get_by_role("banner").get_by_role("link", name="Notifications")


def unread(person: Person) -> int:
    """Return the number beside the bell."""
    said = re.search(r"(\d+) unread", bell(person).inner_text())
    return int(said[1]) if said else 0


def choose_digest(kari: Person) -> None:
    bell(kari).click()
    kari.follow("Preferences")
    kari.look("preferences")
    kari.page.get_by_role("radio", name=re.compile("^Messages.*daily digest")).check()
    kari.press("Save")
    kari.go("Messages")
    bell(kari).click()
    kari.follow("Preferences")
    expect(kari.page.get_by_role("radio", name=re.compile("^Messages.*daily digest"))).to_be_checked()


def test_the_team_is_told_what_is_new_in_the_guidelines(world: World, cast: Cast, town: Town) -> None:
    town.join(town.project(RULES), HREFNA)
    birna, hrefna = town.enter(cast), town.enter(cast, HREFNA)
    birna.go("Projects")
    birna.follow(RULES)
    birna.part_of_project("Guidelines")
    birna.sees("No guidelines yet")
    birna.follow("Write the guidelines")
    birna.fill("Text", "# Speakers\n\n- Mark **who** speaks.\n- Write every word.")
    birna.press("Preview")
    expect(birna.page.get_by_role("main").get_by_role("heading", name="Speakers")).to_be_visible()
    birna.look("guidelines-preview")
    birna.press("Publish")
    birna.sees("Version 1 of")

    birna.follow("Write a new version")
    birna.fill("Text", "# Speakers\n\n- Mark **who** speaks.\n- Leave out hesitations.")
    birna.fill("What is new, in a sentence", "Hesitations are left out.")
    birna.press("Publish")
    birna.sees("Version 2 of")
    birna.look("guidelines-of-manager")

    assert "Hesitations are left out." in words_of(world.mail(hrefna.email, "uidelines"))
    bell(hrefna).click()
    told = hrefna.page.get_by_role("listitem").filter(has_text="Hesitations are left out.")
    hrefna.press("Open", told)
    hrefna.sees("Version 2 of", "New in this version", "Hesitations are left out.")
    hrefna.page.get_by_role("row").filter(has_text="Version 2").get_by_role("link", name="What changed").click()
    hrefna.sees("From version 1 to 2")
    changed = hrefna.page.get_by_role("region", name="What changed, line by line")
    expect(changed.get_by_role("deletion")).to_contain_text("Write every word.")
    expect(changed.get_by_role("insertion")).to_contain_text("Leave out hesitations.")
    hrefna.look("guidelines-compared")
    assert cast.faults == []
    assert world.errors() == []
