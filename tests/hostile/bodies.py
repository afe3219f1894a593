"""Requests whose body is not what it is said to be, sent by hand: no client would send them."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from tests.hostile.uploading import BOUNDARY, FORM, SECONDS_TO_ANSWER, form
from tests.journeys.callers import Caller
from tests.journeys.world import World
from tests.matching.resumes.making import EXPERIENCE

DOOR = "/api/v1/profile/resumes"
HONEST = form("cv.txt", EXPERIENCE.encode())
AS_FORM = f"Content-Type: {FORM['Content-Type']}"
PART = b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


@dataclass(frozen=True, slots=True)
class Body:
    """A body with the headers that go with it; its sender may break off amid it, and listen on."""

    what: str
    headers: tuple[str, ...]
    content: bytes
    breaks_off: bool = False


def length(number: object) -> str:
    """Return the header that says how long the body is."""
    return f"Content-Length: {number}"


def bodies() -> Iterator[Body]:
    """Yield them all."""
    end = b"--%s--\r\n" % BOUNDARY
    fields = b"".join(PART % (BOUNDARY, b"f%d" % number, b"", b"") for number in range(3_000))
    files = b"".join(PART % (BOUNDARY, b"file", b'; filename="cv.txt"', b"a") for _ in range(1_500))
    large = PART % (BOUNDARY, b"file", b"", b"a" * (5 << 20))
    name = PART % (BOUNDARY, b"file", b'; filename="%s.txt"' % (b"a" * 1_000_000), EXPERIENCE.encode())
    heads = HONEST.replace(b"\r\n\r\n", b"\r\n" + b"X-A: b\r\n" * 50_000 + b"\r\n", 1)
    chunks = b"".join(b"%x\r\n%s\r\n" % (1_000_000, b"a" * 1_000_000) for _ in range(8)) + b"0\r\n\r\n"
    for what, content, *headers in (
        ("longer than it says", HONEST, length(len(HONEST) - 100)),
        ("of a length below nothing", HONEST, length(-1)),
        ("of a length that is no number", HONEST, length("many")),
        ("of two lengths", HONEST, length(len(HONEST)), length(5)),
        ("of a length beyond all files", HONEST, length(2**63)),
        ("of a length beyond all numbers", HONEST, length(10**40)),
        ("of no length", b"", "X-Nothing: else"),
        ("in pieces that are none", b"zz\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        ("in pieces, too many", chunks, "Transfer-Encoding: chunked"),
        ("in pieces and of a length", b"5\r\nabcde\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length(5)),
        ("said to be packed", HONEST, length(len(HONEST)), "Content-Encoding: gzip"),
        ("of 3,000 fields", fields + end),
        ("of 1,500 files", files + end),
        ("of one field of five megabytes", large + end),
        ("with a name of a million letters", name + end),
        ("with 50,000 headers in a part", heads),
        ("without its end", HONEST[: -len(end)]),
        ("of parts that do not begin", BOUNDARY * 100_000),
        ("in which a part has no name", HONEST.replace(b'name="file"; ', b"")),
        ("of parts in a part", HONEST.replace(b"application/octet-stream", b"multipart/mixed; boundary=b")),
    ):  # fmt: skip
        told = headers or [length(len(content))]
        yield Body(what, (AS_FORM, *told), content)
    yield Body("that breaks off", (AS_FORM, length(len(HONEST))), HONEST[:-100], breaks_off=True)
    for what, kind in (
        ("without a boundary", "multipart/form-data"),
        ("with another boundary", "multipart/form-data; boundary=b"),
        ("with a boundary of 100,000 letters", f"multipart/form-data; boundary={'a' * 100_000}"),
        ("said to be JSON", "application/json"),
        ("said to be plain fields", "application/x-www-form-urlencoded"),
        ("of no kind", "a/b; charset=none"),
    ):
        yield Body(what, (f"Content-Type: {kind}", length(len(HONEST))), HONEST)


def answered(world: World, person: Caller, body: Body) -> bytes:
    """Send a body and return the first line of the answer."""
    with closing(opened(world, person, body)) as talk:
        try:
            if body.breaks_off:
                talk.shutdown(socket.SHUT_WR)
            return talk.recv(4_096).split(b"\r\n", 1)[0]
        except ConnectionError:
            return b""


def opened(world: World, person: Caller, body: Body) -> socket.socket:
    """Send a body and return the connection, which still is open."""
    lines = [f"POST {DOOR} HTTP/1.1", f"Host: 127.0.0.1:{world.port}", *body.headers]
    lines.append(f"Authorization: {person.http.headers['Authorization']}")
    talk = socket.create_connection(("127.0.0.1", world.port), timeout=SECONDS_TO_ANSWER)
    # refused before its end is a good answer too
    with suppress(ConnectionError):
        talk.sendall("\r\n".join([*lines, "", ""]).encode() + body.content)
    return talk
