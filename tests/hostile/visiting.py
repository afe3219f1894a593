"""Opens pages that hold hostile words in a real browser, and tells what they did there that words do not do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Dialog, Page, Route
from werkzeug.test import TestResponse

from tests.journeys.people import AXE, RUN_AXE

HOST = "http://localhost"
WATCH = """window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.__violations.push(event.violatedDirective));
window.print = window.alert = window.confirm = window.prompt = () => { window.__hostile = 2; };"""
# Elements that the templates make, and what no template makes of any.
LOOK = """() => {
  const found = [];
  if (window.__hostile !== undefined) found.push("a script ran");
  for (const one of window.__violations) found.push(`the policy stopped ${one}`);
  const strange = "script:not([src^='/static/']), style, iframe, object, embed, base, applet, frame, frameset, marquee,"
    + " math, audio, video, img:not([src^='/static/']), foreignObject, meta[http-equiv], link:not([href^='/static/'])";
  for (const one of document.querySelectorAll(strange)) {
    if (one.tagName !== "LINK" || !["icon", "manifest"].includes(one.rel)) found.push(`<${one.tagName.toLowerCase()}>`);
  }
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(`${one.tagName} ${name}`);
      const leads = /^(href|src|action|formaction|xlink:href)$/.test(name);
      if (leads && /^[\\s\\x00-\\x20]*(javascript|data|vbscript):/i.test(value)) {
        found.push(`${one.tagName} ${name}=${value.slice(0, 40)}`);
      }
      if (name === "href" && /hostile\\.example/i.test(one.host || "")) found.push(`a link to ${value.slice(0, 60)}`);
    }
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) found.push(`${wide} px wide`);
  return found;
}"""
FETCHED = "() => performance.getEntriesByType('resource').map((one) => one.name)"
# Of scripts, styles and pictures together, before they are compressed; the page of the API shows another's viewer.
MOST_BYTES, DOCUMENT = 200 * 1024, "/api/docs"
NARROW = {"width": 390, "height": 900}

Ask = Callable[[str], TestResponse]


@dataclass
class Visitor:
    """A page of a browser without a network: *ask* answers for the product's host, and nobody for any other."""

    page: Page
    ask: Ask
    faults: list[str] = field(default_factory=list)
    _files: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    _now: str = ""
    _answer: TestResponse | None = None

    @classmethod
    def in_browser(cls, browser: Browser, ask: Ask) -> "Visitor":
        """Return a visitor with a fresh page, as narrow as a telephone."""
        page = browser.new_context(viewport=NARROW, bypass_csp=False).new_page()  # type: ignore[arg-type]
        visitor = cls(page, ask)
        page.add_init_script(WATCH)
        page.route("**/*", visitor._serve)
        page.on("dialog", visitor._refuse)
        return visitor

    def visit(self, who: str, path: str, answer: TestResponse, *, axe: bool = False) -> None:
        """Show *answer*, given to *who* at *path*, and note what is wrong with it."""
        self._now, self._answer = f"{who} {path}", answer
        if answer.status_code >= 500:
            self.faults.append(f"{self._now}: {answer.status_code}")
            return
        self.page.goto(HOST + path, wait_until="load")
        self.faults += [f"{self._now}: {one}" for one in self.page.evaluate(LOOK)]
        fetched = {urlsplit(address).path for address in self.page.evaluate(FETCHED)}
        weight = sum(len(self._files[path][2]) for path in fetched & self._files.keys())
        if weight > MOST_BYTES and path != DOCUMENT:
            self.faults.append(f"{self._now}: {weight:,} bytes of scripts and styles")
        if axe:
            self.page.evaluate(AXE.read_text())
            self.faults += [f"{self._now}: axe {one}" for one in self.page.evaluate(RUN_AXE, [])]

    def _refuse(self, dialog: Dialog) -> None:
        self.faults.append(f"{self._now}: a dialogue")
        dialog.dismiss()

    def _serve(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" != HOST:
            self.faults.append(f"{self._now}: asks {url.netloc}")
            route.abort()
        elif route.request.resource_type == "document" and self._answer is not None:
            self._fulfil(route, self._answer.status_code, dict(self._answer.headers), self._answer.data)
        elif url.path.startswith("/static/") and route.request.method == "GET":
            if url.path not in self._files:
                file = self.ask(url.path)
                self._files[url.path] = file.status_code, dict(file.headers), file.data
                file.close()
            self._fulfil(route, *self._files[url.path])
        else:
            route.fulfill(status=204)

    def _fulfil(self, route: Route, status: int, headers: dict[str, Any], body: bytes) -> None:
        kept = {name: value for name, value in headers.items() if name.lower() not in {"set-cookie", "content-length"}}
        route.fulfill(status=status, headers=kept, body=body)
