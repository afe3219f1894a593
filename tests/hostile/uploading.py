"""Sending hostile files through both doors, and what comes of each."""

import html
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from marketplace.profiles.rules import MAX_UPLOADS_A_DAY
from tests.hostile.hostile import AT_THE_DOOR, READ, REFUSED, Hostile
from tests.journeys.callers import PASSWORD, TOKEN_FIELD, Caller
from tests.journeys.world import World

# Generous: the product promises 20 seconds, but a test beside many others tells nothing of times.  How long each took
# on this machine is printed: `pytest tests/hostile -rP`, with nothing else running.
SECONDS_TO_ANSWER = 100.0
SECONDS_BETWEEN = 0.15
# These go through the page, whose words and headers repeat what the file says; all others through the API, and so do
# names that no browser would send.
BY_PAGE = frozenset({"size", "name", "two kinds", "text"})
BOUNDARY = b"a-boundary-that-no-file-holds"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
WHAT_HAPPENED = re.compile(r'<p class="lead">(.*?)</p>\s*</div>\s*<p>(.*?)</p>', re.DOTALL)
FIELD_ERROR = re.compile(r'<p class="field-error"[^>]*>(?:<span[^>]*>[^<]*</span>)?([^<]*)</p>')
# A sentence or more, of what is wrong and what to do, without a word of how the product is made.
SENTENCES = re.compile(r"[A-Z“].{10,400}[.?]", re.DOTALL)
TO_DO = re.compile(r"[Pp]lease|paste|may have up to|Choose|Save it")
INNARDS = re.compile(r"Error|Exception|Traceback|Errno|\.py\b|0x|\bNone\b|/tmp|required field")
# What the files would like to see on a page or in its headers.
MARKUP = re.compile(r"<script>alert|<img src=x|\{\{7\*7\}\}49|\b49 ")
MADE_UP = frozenset({"x-made"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a file of so many bytes ended after so many seconds, in which words, with which faults on the way."""

    file: Hostile
    size: int
    seconds: float
    end: str
    words: str
    faults: tuple[str, ...] = ()


def form(filename: str | bytes, content: bytes, fields: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the body of an upload, with the name just as it is: nothing is escaped."""
    name = filename if isinstance(filename, bytes) else filename.encode()
    body = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (BOUNDARY, key.encode(), value.encode())
        for key, value in fields
    )
    head = b'--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n' % (BOUNDARY, name)
    return body + head + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--%s--\r\n" % BOUNDARY


def is_clear(words: str) -> bool:
    """Say whether somebody who is told this knows what is wrong and what to do about it."""
    return bool(SENTENCES.fullmatch(words) and TO_DO.search(words)) and not INNARDS.search(words)


class Browser:
    """Somebody with cookies on the page of résumés."""

    def __init__(self, world: World, person: Caller) -> None:
        self.http = httpx.Client(base_url=world.url, timeout=SECONDS_TO_ANSWER, headers={"Referer": world.url})
        signed_in = self.http.post(
            "/sign-in", data={"email": person.email, "password": PASSWORD, "csrf_token": self._token("/sign-in")}
        )
        assert signed_in.is_redirect, signed_in.text

    def upload(self, filename: str | bytes, content: bytes) -> httpx.Response:
        """Send a file by the form."""
        body = form(filename, content, [("csrf_token", self._token("/profile/resume"))])
        return self.http.post("/profile/resume", content=body, headers=FORM)

    def faults(self, number: int, content: bytes) -> Iterator[str]:
        """Yield what is wrong with how the page shows an upload, and how it is given back."""
        if MARKUP.search(self.http.get("/profile/resume").raise_for_status().text):
            yield "stands on the page as markup"
        file = self.http.get(f"/profile/resume/{number}/file").raise_for_status()
        if file.content != content:
            yield "comes back changed"
        kept = file.headers["Content-Disposition"].startswith("attachment; filename")
        if not kept or file.headers["X-Content-Type-Options"] != "nosniff" or MADE_UP & set(file.headers):
            yield f"comes back with {dict(file.headers)}"

    def _token(self, page: str) -> str:
        found = TOKEN_FIELD.search(self.http.get(page).raise_for_status().text)
        assert found, f"{page} has no form"
        return found[1]


class Sender:
    """Sends one file after the other, as so many people as the limit of a day asks for."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.people: list[tuple[Caller, Browser]] = []
        self.left = 0

    def send_all(self, files: Iterable[Hostile]) -> list[Outcome]:
        """Send these files and wait for the end of each."""
        return [self.send(file) for file in files]

    def send(self, file: Hostile) -> Outcome:
        """Send one file and wait for its end."""
        if self.left == 0:
            caller = Caller(self.world, f"{self.name} {len(self.people)}")
            caller.sign_up()
            self.people.append((caller, Browser(self.world, caller)))
            self.left = MAX_UPLOADS_A_DAY
        content, began = file.made(), time.monotonic()
        try:
            end, words, faults = self._sent(file, content)
        except httpx.HTTPError as error:
            end, words, faults = "unanswered", repr(error), []
        return Outcome(file, len(content), time.monotonic() - began, end, words, tuple(faults))

    def close(self) -> None:
        """Hang up."""
        for caller, browser in self.people:
            caller.close()
            browser.http.close()

    def _sent(self, file: Hostile, content: bytes) -> tuple[str, str, list[str]]:
        """Return how a file ended, in which words, and with which faults."""
        caller, browser = self.people[-1]
        until = time.monotonic() + SECONDS_TO_ANSWER
        by_page = file.kind in BY_PAGE and isinstance(file.filename, str)
        if by_page:
            answer = browser.upload(file.filename, content)
        else:
            body = form(file.filename, content)
            answer = caller.http.post("/profile/resumes", content=body, headers=FORM, timeout=SECONDS_TO_ANSWER)
        if not (answer.is_redirect or answer.status_code == httpx.codes.CREATED):
            end = AT_THE_DOOR if answer.is_client_error else f"answered by {answer.status_code}"
            return end, words_of(answer), []
        self.left -= 1
        number = caller.get("/profile/resumes", limit=1)["items"][0]["id"]
        while True:
            resume = caller.get(f"/profile/resumes/{number}")
            if resume["reading"] in {"ready", "refused"}:
                break
            if resume["reading"] == "stuck" or time.monotonic() > until:
                return f"still {resume['reading']}", "", []
            time.sleep(SECONDS_BETWEEN)
        faults = [*faults_of(file, resume), *(browser.faults(number, content) if by_page else ())]
        return (READ, resume["text"], faults) if resume["reading"] == "ready" else (REFUSED, resume["refusal"], faults)


def words_of(answer: httpx.Response) -> str:
    """Return what a refusal says, be it a problem document or a page."""
    if answer.headers["Content-Type"] != "application/problem+json":
        found = FIELD_ERROR.findall(answer.text) or [" ".join(one) for one in WHAT_HAPPENED.findall(answer.text)]
        return html.unescape(" ".join(found))
    problem = answer.json()
    errors = [one["message"] for one in problem.get("errors", ())]
    return " ".join(errors or [problem["detail"]])


def faults_of(file: Hostile, resume: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a résumé as the API shows it."""
    if file.unsaid and file.unsaid in resume["text"]:
        yield f"tells of {file.unsaid!r}"
    name = resume["filename"]
    if not name.isprintable() or "/" in name or "\\" in name:
        yield f"is called {name!r}"
