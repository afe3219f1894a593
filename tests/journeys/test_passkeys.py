"""A passkey signs in without password and code, by a device that makes sure who holds it."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Cast, Person
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

NAME = "Work laptop"


def test_a_passkey_is_added_signs_in_and_is_deleted(world: World, cast: Cast) -> None:
    # Browsers give passkeys to names, not to numbers.
    lena = cast.enter("Lena Fischer", world.url.replace("127.0.0.1", "localhost"))
    lena.sign_up()
    lena.sign_in()
    plug_in(lena, knows_its_owner=True)
    lena.page.goto("/passkeys")
    lena.look("passkeys-none")
    lena.fill("Name of the new passkey", NAME)
    lena.press("Add the passkey")
    lena.sees("Your passkeys", NAME)
    lena.look("passkeys")
    lena.sign_out()

    lena.page.goto("/sign-in")
    lena.look("sign-in-with-passkey")
    lena.press("Sign in with a passkey")
    lena.look("passkey-to-sign-in")
    lena.press("Use a passkey")
    expect(lena.page).to_have_url(re.compile("/dashboard"))

    lena.page.goto("/passkeys")
    lena.confirm("Delete")
    expect(lena.page.get_by_role("main")).not_to_contain_text("Your passkeys")
    lena.sign_out()
    lena.page.goto("/sign-in/passkey")
    lena.press("Use a passkey")
    lena.sees("Unregistered passkey")
    lena.page.goto("/account")
    expect(lena.page).to_have_url(re.compile("/sign-in"))
    assert cast.faults == []
    for what in ("added", "deleted"):
        world.mail(lena.email, f"a passkey was {what}")


def test_a_device_that_does_not_know_its_owner_is_not_taken(world: World, cast: Cast) -> None:
    omar = cast.enter("Omar Haddad", world.url.replace("127.0.0.1", "localhost"))
    omar.sign_up()
    omar.sign_in()
    plug_in(omar, knows_its_owner=False)
    omar.page.goto("/passkeys")
    omar.fill("Name of the new passkey", NAME)
    omar.press("Add the passkey")
    expect(omar.page.locator("[data-passkey-error]")).to_be_visible()
    omar.page.goto("/passkeys")
    expect(omar.page.get_by_role("main")).not_to_contain_text("Your passkeys")


def plug_in(person: Person, *, knows_its_owner: bool) -> None:
    """Give the browser a device that holds passkeys."""
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": knows_its_owner,
        "isUserVerified": knows_its_owner,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
