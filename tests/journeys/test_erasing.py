"""Somebody takes a break, comes back, and then has themself erased in a real browser, told before what that does."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Cast, Person
from tests.journeys.test_by_browser import fill_profile, submit_profile, upload_resume
from tests.journeys.world import World, eventually

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]


def test_somebody_pauses_and_is_then_erased_and_may_come_back_as_a_stranger(world: World, cast: Cast) -> None:
    before = holding(world)
    runa = cast.enter("Runa Vexworthy")
    runa.sign_up()
    runa.sign_in()
    fill_profile(runa)
    upload_resume(runa)
    submit_profile(runa)
    take_a_break(runa)
    assert len(holding(world)) > len(before)

    runa.page.goto("/account/data")
    runa.look("my-data")
    runa.follow("Erase me")
    runa.sees("What is deleted", "What stays without a word of yours", "Your résumés: files, texts")
    runa.look("erasure")
    runa.page.emulate_media(color_scheme="dark")
    runa.page.reload()  # else colours are still on their way
    runa.look("erasure-dark")
    runa.page.emulate_media(color_scheme="light")
    runa.fill("Password", PASSWORD)
    runa.fill("Type “erase me”", "erase me")
    runa.press("Erase me")
    runa.sees("You are erased")
    runa.look("erased")
    runa.page.goto("/account")
    expect(runa.page).to_have_url(re.compile("/sign-in"))
    eventually(lambda: holding(world) == before, "the end of files and mails", seconds=180)

    runa.sign_up()
    runa.sign_in()
    assert cast.faults == []
    assert world.errors() == []


def take_a_break(runa: Person) -> None:
    runa.page.goto("/profile")
    runa.press("Pause my profile")
    runa.sees("Paused", "End the pause")
    runa.press("End the pause")
    runa.sees("Back again")


def holding(world: World) -> list[str]:
    """Return the kept résumés, whose text is packed, and the mails to or about the person."""
    resumes = [path for path in (world.data_dir / "files").rglob("*") if path.is_file()]
    mails = [path for path in (world.data_dir / "outbox").glob("*.eml") if b"vexworthy" in path.read_bytes().lower()]
    return sorted(map(str, resumes + mails))
