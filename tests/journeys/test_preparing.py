"""A manager brings a project on its way: by keyboard to its publishing, in waves to its people, and to other terms."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Cast, Person
from tests.journeys.town import HREFNA, Town
from tests.journeys.world import World, eventually, words_of

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

SOURCE, COPY = "Weather reports, first reading", "Weather reports, second reading"
IN_WAVES, AT_WORK = "Names of farms", "Old letters, first reading"
# What a reader would hear named: the words of the label, of the link or of the button.
FOCUSED = """() => {
    const it = document.activeElement;
    return (it.labels?.length ? it.labels[0].textContent : it.textContent).trim().replace(/\\s+/g, " ");
}"""
WORK = "Compare two readings of one report, and say which is right."


def test_a_project_is_copied_and_published_by_keyboard_alone(world: World, cast: Cast, town: Town) -> None:
    project_id = town.project(SOURCE, active=False, description="")
    birna = town.enter(cast)
    birna.page.goto(f"/projects/{project_id}")
    keys_to(birna, "Duplicate")
    birna.sees("A draft that says the same.")
    birna.look("project-copied")
    tab_to(birna, "Title")
    birna.page.keyboard.type(COPY)
    keys_to(birna, "Save")
    birna.sees("Saved.", "The way to publishing", "Say what the work is", "next")
    birna.look("project-checklist")

    keys_to(birna, "Say what the work is")
    tab_to(birna, "Description")
    birna.page.keyboard.type(WORK)
    keys_to(birna, "Save")
    expect(birna.page.get_by_role("listitem").filter(has_text="Say what the work is")).to_contain_text("done")
    keys_to(birna, "Look at it as annotators will")
    birna.sees("A preview", WORK, "How the rate is made")
    birna.look("project-preview")
    keys_to(birna, "← Project")
    keys_to(birna, "Activate")
    birna.sees("The project is active now.")
    expect(birna.page.get_by_role("main")).not_to_contain_text("The way to publishing")
    assert cast.faults == []
    assert world.errors() == []


def tab_to(person: Person, name: str) -> None:
    """Press Tab until what has the name is focused; a text in it is chosen, as browsers do it."""
    for _ in range(150):
        person.page.keyboard.press("Tab")
        if person.page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def keys_to(person: Person, name: str) -> None:
    """Tab to a link or a button and press Enter."""
    tab_to(person, name)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def test_waves_go_out_are_foreseen_and_stopped(world: World, cast: Cast, town: Town) -> None:
    town.project(IN_WAVES, seats=3)
    birna = town.enter(cast)
    birna.go("Projects")
    birna.follow(IN_WAVES)
    birna.part_of_project("Forecast")
    birna.sees("Nobody is invited yet", "No waves are running")
    birna.follow("Invite in waves")
    birna.fill("Seats to fill", "2")
    birna.fill("Deadline (UTC)", f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%dT%H:%M}")
    birna.press("Show the first wave only")
    birna.sees("The first wave: ", "Seats that nobody has or was promised: 2")
    birna.look("wave-first")
    birna.press("Confirm the rule and begin")
    birna.sees("Confirmed by")
    sees_after_reload(birna, "Wave 1: ")
    birna.look("waves-running")

    birna.follow("Funnel and forecast")
    birna.sees("Half of the futures are filled by", "Chance by the deadline", "People from match to work")
    birna.page.get_by_text("What this rests on").click()
    birna.sees("futures are drawn")
    birna.look("forecast")
    birna.follow("The rule and its waves")
    birna.confirm("Stop")
    birna.sees("Stopped", "A manager stopped it.")
    birna.look("waves-stopped")
    birna.follow("All rules")
    birna.sees("Rules confirmed so far", "A manager stopped it.")
    assert cast.faults == []
    assert world.errors() == []


def sees_after_reload(person: Person, text: str) -> None:
    """Reload until the worker has done what the page tells of."""
    eventually(lambda: text in person.page.reload().text(), text)  # type: ignore[union-attr]


def test_a_rate_is_changed_from_a_day_to_come(world: World, cast: Cast, town: Town) -> None:
    town.join(town.project(AT_WORK), HREFNA)
    birna, hrefna = town.enter(cast), town.enter(cast, HREFNA)
    birna.go("Projects")
    birna.follow(AT_WORK)
    birna.part_of_project("Team")
    birna.follow(f"Change the engagement of {HREFNA}")
    birna.look("member")
    birna.fill("New hourly rate", "24.50")
    birna.fill("From the start of this day (UTC)", f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}")
    birna.press("Agree")
    birna.sees("The new rate is agreed, and the person is told.")
    row = birna.page.get_by_role("row").filter(has_text=HREFNA)
    expect(row).to_contain_text(re.compile(r"\$20\.00/h\s*(US)?\$24\.50/h from"))
    birna.look("team-with-rates")

    assert "$24.50" in words_of(world.mail(hrefna.email, f"a new rate on “{AT_WORK}”"))
    hrefna.go("Engagements")
    card = hrefna.page.get_by_role("main").locator("section").filter(has_text=AT_WORK)
    expect(card).to_contain_text("$20.00")
    card.get_by_text("The rate over time").click()
    expect(card).to_contain_text(re.compile(r"\$24\.50/h\s+from"))
    assert cast.faults == []
    assert world.errors() == []
