"""`make screenshots`: pictures of every page of the demo world, as each role, wide and narrow, light and dark.

Runs a demo world of its own under FOLDER, signs in as one person of each role and follows every link, once for each
kind of page.  Says which pages are wider than the screen or are not there.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Browser, Error, Page, sync_playwright

from marketplace.demo.story import DOMAIN, PASSWORD

ROOT = Path(__file__).resolve().parents[1]
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
HEIGHT = 900
READY_SECONDS = 300
ROLES = {
    "nobody": "",
    "annotator": "mei-ling-hsu",
    "manager": "manager",
    "finance": "finance",
    "admin": "admin",
    "auditor": "auditor",
}
# They leave the site, end the session, or are no pages; files to take along are known by their answer.
NOT_PAGES = re.compile(r"^/(static|sign-out|metrics|healthz|readyz)|\.json$")
ANY_ID = re.compile(r"(?<=/)(\d+)(?=/|$)")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python tools/screenshots.py", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "var" / "screenshots")
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    with _demo_world(folder / "world") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        wide = [line for role in ROLES for line in _pictures(browser, address, role, folder / "pictures" / role)]
    for line in wide:
        print(line)
    print(f"{sum(1 for _ in folder.rglob('*.png'))} pictures are in {folder / 'pictures'}")


@contextmanager
def _demo_world(folder: Path) -> Iterator[str]:
    """Run the site with the demo world in *folder*, and give its address once it is filled."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "DATA_DIR": str(folder), "PORT": str(port), "DEMO": "yes"}
    log = (folder / "run.log").open("w+")
    command = [sys.executable, "-m", "marketplace.cli", "run"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) as process:
        try:
            _wait(process, folder / "run.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while "Fairmatch is at" not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"The demo world did not start:\n{log.read_text()}")
        time.sleep(1)


def _pictures(browser: Browser, address: str, role: str, folder: Path) -> Iterator[str]:
    """Yield what is to be said of the pages that *role* can reach, while their pictures are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT}, reduced_motion="reduce")
    page = context.new_page()
    if ROLES[role]:
        _sign_in(page, address, f"{ROLES[role]}@{DOMAIN}")
    waiting, seen = ["/dashboard" if ROLES[role] else "/"], set[str]()
    while waiting:
        path = waiting.pop(0)
        kind = ANY_ID.sub("N", urlsplit(path).path)
        if kind in seen:
            continue
        seen.add(kind)
        try:
            answer = page.goto(address + path)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue  # a file to take along, not a page
        if answer is None or answer.status >= 400:
            yield f"{role}: {path} answered {answer.status if answer else 'nothing'}"
            continue
        waiting += _links(page, address)
        yield from _shots(page, role, path, folder / (kind.strip("/").replace("/", "-") or "front"))
    print(f"{role}: {len(seen)} pages", flush=True)
    context.close()


def _shots(page: Page, role: str, path: str, name: Path) -> Iterator[str]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(150)
            page.screenshot(path=f"{name}-{width}-{scheme}.png", full_page=True)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{role}: {path} is {wide} px wide on a screen of {width}"


def _links(page: Page, address: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    paths = [urldefrag(link).url.removeprefix(address) for link in found if link.startswith(address)]
    return [path for path in paths if path and not NOT_PAGES.search(urlsplit(path).path)]


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()
    if "/second-factor" in page.url:
        code = re.search(r"\b(\d{6})\b", page.inner_text("body"))
        page.get_by_label("Code").first.fill(code[1] if code else "")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_load_state()


if __name__ == "__main__":
    main()
