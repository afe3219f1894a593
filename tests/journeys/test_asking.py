"""An annotator asks for work: looks for open projects, applies, asks why, sets facts right, and shows what was done."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.people import NARROW, Cast, Person
from tests.journeys.town import HREFNA, KARI, LANGUAGE, SUNNA, Town
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

OPEN, CLOSED_TO_HER = "Sagas for schools", "Sagas for scholars"
NOTE, REASON = "I read sagas to children.", "We take somebody with more experience for the first month."


def test_somebody_applies_asks_why_and_is_answered(world: World, cast: Cast, town: Town) -> None:
    language = {"gate": "language", "tag": "is", "spoken": "C1"}
    town.project(OPEN)
    town.project(CLOSED_TO_HER, gates=[language, {"gate": "hours", "weekly_minutes": 15 * 60}])
    hrefna, birna = town.enter(cast, HREFNA), town.enter(cast)
    hrefna.go("Open projects")
    hrefna.fill("Language asked for", LANGUAGE)
    hrefna.page.get_by_role("checkbox", name="I meet every requirement").check()
    hrefna.press("Show")
    hrefna.sees(OPEN)
    expect(hrefna.page.get_by_role("main")).not_to_contain_text(CLOSED_TO_HER)
    hrefna.look("open-projects-narrowed")
    hrefna.follow(OPEN)
    hrefna.sees("All 2 met")
    hrefna.fill("What the client should know", NOTE)
    hrefna.press("Apply")
    hrefna.sees("Submitted", NOTE)
    hrefna.look("application")

    ask_why(hrefna)
    decline(birna)
    hrefna.go("Applications")
    hrefna.follow(OPEN)
    hrefna.sees("Declined", REASON, "no program declines anybody")
    hrefna.look("application-declined")
    assert REASON in str(world.mail(hrefna.email, OPEN))
    assert cast.faults == []
    assert world.errors() == []


def ask_why(hrefna: Person) -> None:
    hrefna.go("Applications")
    hrefna.follow("Why have I no project")
    hrefna.sees("What would open the most hours", CLOSED_TO_HER)
    hrefna.page.get_by_text(f"Requirements, and what would change it for {CLOSED_TO_HER}").click()
    hrefna.sees("What would pass:", "15")
    hrefna.look("why-no-project")


def decline(birna: Person) -> None:
    birna.go("Applications to answer")
    birna.page.get_by_role("row").filter(has_text=OPEN).get_by_role("link").click()
    birna.sees(NOTE, "All 2 met", "What the résumé says")
    birna.look("application-to-answer")
    card = birna.page.get_by_role("main").locator("section").filter(has_text="Note to the person")
    card.get_by_role("radio").last.check()
    birna.fill("Note to the person", REASON)
    birna.press("Decline")
    birna.sees("Declined", REASON)


def test_facts_of_a_resume_are_accepted_corrected_and_dismissed_on_a_phone(
    world: World, cast: Cast, town: Town
) -> None:
    sunna = town.enter(cast, SUNNA)
    sunna.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    sunna.page.get_by_role("button", name="Menu").click()
    sunna.go("Profile")
    sunna.follow("See what was read")
    sunna.page.get_by_text("The whole text as it was read").click()
    for quote in ("Master of Arts in History", f"{LANGUAGE}: native", "Danish: B2", "French: A2"):
        expect(sunna.page.locator("mark").filter(has_text=quote)).to_be_visible()

    open_fact(sunna, "Master of Arts", "Put it into my profile")
    sunna.fill("Subject", "History", fact(sunna, "Master of Arts"))
    sunna.press("Put it into my profile", fact(sunna, "Master of Arts"))
    sunna.sees("now in your profile")
    expect(fact(sunna, "Master of Arts")).to_contain_text("In your profile")
    open_fact(sunna, "Danish: B2", "Put it into my profile")
    fact(sunna, "Danish: B2").get_by_role("combobox", name="Spoken").select_option("C1")
    sunna.press("Put it into my profile", fact(sunna, "Danish: B2"))
    sunna.press("That is not right", fact(sunna, "French: A2"))
    sunna.sees("left out")
    expect(fact(sunna, "French: A2").get_by_role("button", name="It is right after all")).to_be_visible()
    sunna.look("facts-answered")

    sunna.follow("Profile")
    languages = sunna.page.get_by_role("group", name="Languages", exact=True)
    stated = [one.input_value() for one in languages.get_by_role("combobox", name="Language").all()]
    assert [one for one in stated if "Danish" in one or "French" in one] == ["Danish [da]"]
    expect(languages.get_by_role("combobox", name="Spoken").last).to_have_value("C1")
    degree = sunna.page.get_by_role("group", name="Degrees", exact=True)
    expect(degree.get_by_role("textbox", name="Subject")).to_have_value("History")
    assert cast.faults == []
    assert world.errors() == []


def fact(sunna: Person, quote: str) -> Locator:
    """Return what is asked of a fact that was read in *quote*."""
    return sunna.page.get_by_role("listitem").filter(has=sunna.page.get_by_role("blockquote").filter(has_text=quote))


def open_fact(sunna: Person, quote: str, words: str) -> None:
    fact(sunna, quote).get_by_text(words).first.click()


def test_a_public_page_is_opened_by_its_link_until_there_is_another(world: World, cast: Cast, town: Town) -> None:
    kari, passer = town.enter(cast, KARI), cast.enter("Passer By")
    kari.go("Profile")
    kari.follow("Public page")
    kari.look("portfolio-none")
    kari.fill("A line about your work", "Poems and letters")
    kari.page.get_by_role("checkbox", name="My name").check()
    kari.press("Publish")
    kari.sees("Your page is published")
    kari.look("portfolio-own")

    first = link_of(kari)
    passer.page.goto(first)
    passer.sees(KARI, "Poems and letters", LANGUAGE, "grew up with it")
    passer.look("portfolio-public")
    kari.confirm("Make another link")
    kari.sees("the old one leads nowhere")
    second = link_of(kari)
    passer.page.goto(second)
    passer.sees(KARI)
    assert cast.faults == []
    answer = passer.page.goto(first)
    assert answer is not None
    assert answer.status == 404
    expect(passer.page.locator("body")).not_to_contain_text(KARI)
    assert world.errors() == []


def link_of(person: Person) -> str:
    return person.page.get_by_role("main").get_by_role("link", name="/portfolio/").inner_text()
