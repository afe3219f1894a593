"""From résumé to payout, by five people in a real browser, with a real PDF and the real model."""

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.people import PASSWORD, Person, launch
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]


def test_try(world: World) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        amara = Person(browser, world, "Amara Okafor")
        amara.look_at("landing", "/")
        amara.sign_up()
        amara.sign_in()
        amara.look("dash")
        print(amara.faults, world.errors())
        assert amara.faults == []
