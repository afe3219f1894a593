"""A person at a browser, who notes whatever a page does that it should not."""

import os
import re
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect

from tests.journeys.authenticator import AuthenticatorApp
from tests.journeys.callers import Pages
from tests.journeys.world import World

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "brown kettles sing at dawn"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 30
# Without preloading, which would add styles that the page's own content policy forbids.
RUN_AXE = """async (but) => (await axe.run({exclude: but}, {resultTypes: ["violations"], preload: false})).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.target.join(" ")).join("; ")}`)"""


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of this machine."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "no Chromium is installed; tools/install-chromium.sh does that"
    return playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))


class Person:
    """Somebody with a browser of their own; *faults* are what went wrong on the pages they saw."""

    def __init__(self, browser: Browser, world: World, name: str, home: str = "") -> None:
        self.name, self.world, self.home = name, world, home or world.url
        self.email = f"{name.lower().replace(' ', '.')}@example.org"
        self.faults: list[str] = []
        self.app: AuthenticatorApp | None = None
        self.context = browser.new_context(base_url=self.home, viewport=WIDE, locale="en-GB")  # type: ignore[arg-type]
        self.context.set_default_timeout(SECONDS * 1000)
        self.context.on("request", lambda request: self._note_request(request.url))
        self.context.on("response", lambda answer: self._note_answer(answer.status, answer.url))
        self.page: Page = self.context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url} script error: {error}"))

    def sign_up(self) -> None:
        """Join by the front page and confirm the address by the link of the mail."""
        self.page.goto("/")
        self.page.get_by_role("link", name="Create an account").click()
        self.look("sign-up")
        self.fill("Name", self.name)
        self.fill("E-mail address", self.email)
        self.fill("Password", PASSWORD)
        again = self.page.get_by_label("Password again")
        if again.count():
            again.fill(PASSWORD)
        self.press("Create my account")
        link = self.world.link(self.email, "confirm your e-mail", "/confirm/")
        self.page.goto(link.replace(self.world.url, self.home))
        self.sees("confirmed")

    def sign_in(self) -> None:
        """Sign in and arrive at the dashboard."""
        self.page.goto("/sign-in")
        self.look("sign-in")
        self.fill("E-mail address", self.email)
        self.fill("Password", PASSWORD)
        self.press("Sign in")
        if self.app:
            expect(self.page).to_have_url(re.compile("/second-factor/code"))
            self.look("second-factor-code")
            self.fill("Code", self.app.code())
            self.press("Sign in")
        expect(self.page).to_have_url(re.compile("/dashboard|/second-factor"))

    def take_over(self, pages: Pages) -> None:
        """Go on in a session that was begun elsewhere."""
        for cookie in pages.http.cookies.jar:
            self.context.add_cookies([{"name": cookie.name, "value": str(cookie.value), "url": self.home}])
        self.page.goto("/dashboard")

    def set_up_second_factor(self) -> None:
        """Set up an authenticator app on the page that asks for it."""
        expect(self.page).to_have_url(re.compile("/second-factor"))
        self.press("Set up an authenticator app")
        self.look("second-factor")
        self.app = AuthenticatorApp(self.page.locator("code").first.inner_text())
        self.fill("Code that the app shows", self.app.code())
        self.press("Confirm")

    def sign_out(self) -> None:
        """Sign out by the menu under one's name."""
        self.page.locator("details.account summary").click()
        self.page.get_by_role("button", name="Sign out").click()

    def go(self, label: str) -> None:
        """Follow a link of the main navigation."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=label, exact=True).click()
        self.page.wait_for_load_state()

    def part_of_project(self, label: str) -> None:
        """Follow a link of the navigation of a project's own pages."""
        self.page.get_by_role("navigation", name="Project").get_by_role("link", name=label).click()
        self.page.wait_for_load_state()

    def follow(self, label: str) -> None:
        """Follow a link of the page itself."""
        self.page.get_by_role("main").get_by_role("link", name=label).first.click()
        self.page.wait_for_load_state()

    def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        """Write into the field of that label."""
        self._field(label, within).fill(text)

    def choose(self, label: str, option: str, within: Locator | None = None) -> None:
        """Choose what begins with *option* from the list of that label."""
        field = self._field(label, within)
        named = field.locator("option").filter(has_text=re.compile(rf"^\s*{re.escape(option)}\b")).first
        field.select_option(value=named.get_attribute("value"))

    def add_row(self, button: str, group: str) -> Locator:
        """Press the button that adds a row to the group, and return the row."""
        self.press(button)
        return self.page.get_by_role("group", name=group, exact=True).locator("fieldset.row").last

    def press(self, button: str, within: Locator | None = None) -> None:
        """Press a button."""
        (within or self.page.get_by_role("main")).get_by_role("button", name=button).first.click()
        self.page.wait_for_load_state()

    def confirm(self, button: str) -> None:
        """Press a button that asks back, and say yes."""
        self.press(button)
        self.press(button, self.page.get_by_role("dialog"))

    def sees(self, *texts: str) -> None:
        """Check that the page shows each of *texts*, at once or after a moment, without a reload."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text, timeout=SECONDS * 1000, ignore_case=True)

    def look(self, name: str, but: Sequence[str] = ()) -> None:
        """Check the page as it stands: heading, accessibility, phone width; keep pictures where that is asked.

        *but*: selectors of what comes from others as it is.
        """
        before = self.page.viewport_size or WIDE
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.evaluate(_axe())
        found = self.page.evaluate(RUN_AXE, list(but))
        self.faults += [f"{self.page.url} {one}" for one in found]
        if (count := self.page.locator("h1").count()) != 1:
            self.faults.append(f"{self.page.url} has {count} h1")
        self.picture(name, WIDE)
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        if (wide := self.page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            self.faults.append(f"{self.page.url} is {wide} pixels wide on a phone")
        self.picture(name, NARROW)
        self.page.set_viewport_size(before)  # type: ignore[arg-type]

    def look_at(self, name: str, path: str, but: Sequence[str] = ()) -> None:
        """Open a page and look at it."""
        self.page.goto(path)
        self.look(name, but)

    def _field(self, label: str, within: Locator | None) -> Locator:
        # Behind the label may stand that the field is optional, or what for.
        named = re.compile(rf"^\s*{re.escape(label)}( (optional|for)\b.*)?\s*$")
        return (within or self.page.get_by_role("main")).get_by_label(named).first

    def picture(self, name: str, size: dict[str, int]) -> None:
        """Keep a picture of the page, where the environment names a folder for them."""
        if folder := os.environ.get("FAIRMATCH_SCREENSHOTS"):
            path = Path(folder) / f"{name}-{size['width']}.png"
            self.page.screenshot(path=path, full_page=True)

    def _note_request(self, url: str) -> None:
        if not url.startswith((f"{self.home}/", "data:", "blob:")):
            self.faults.append(f"a request left the host: {url}")

    def _note_answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{url} answered {status}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{self.page.url} console: {message.text}")


@cache
def _axe() -> str:
    return AXE.read_text()


class Cast:
    """Everybody who takes part in a journey."""

    def __init__(self, browser: Browser, world: World) -> None:
        self._browser, self._world = browser, world
        self._people: list[Person] = []

    def enter(self, name: str, home: str = "") -> Person:
        """Return a person with a fresh browser, who goes to the product by the address *home*."""
        self._people.append(Person(self._browser, self._world, name, home))
        return self._people[-1]

    @property
    def faults(self) -> list[str]:
        """What went wrong on any page."""
        return [f"{one.name}: {fault}" for one in self._people for fault in one.faults]

    def take_last_pictures(self) -> None:
        """Keep what everybody saw last, where pictures are asked for."""
        for one in self._people:
            one.picture(f"last of {one.name}", WIDE)
