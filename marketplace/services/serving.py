"""The WSGI application behind granian's asynchronous door: a request waits for its body here, not in the application.

The application answers one request at a time in each process.  Handed over as WSGI, a request would hold the process
from its first line to the last byte of its body, so that as many silent connections as there are processes would stop
the site.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol
from wsgiref.types import WSGIApplication, WSGIEnvironment

# How long nothing at all may come, and how slowly the whole may: 8 KiB a second are 2G telephones.
SILENT_SECONDS = 30.0
SLOWEST_BYTES_A_SECOND = 8 * 1024
# What is longer waits in a file.
MOST_IN_MEMORY = 256 * 1024
# Answers up to here leave in one piece.
ONE_PIECE = 1024 * 1024

TOO_SLOW = 408, b"The rest of your request did not come in time. Nothing was done; please send it again.\n"
CUT_OFF = 400, b"Your request ended before its body did. Nothing was done; please send it again.\n"
NO_LENGTH = 411, b"Send this form with a Content-Length. Nothing was done.\n"
PLAIN = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]


class Scope(Protocol):
    """What granian tells of a request before its body, by the RSGI specification, version 1.5."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Any:
        """The headers, by name in small letters: `get`, `in`, and `items()`, in which a name may stand twice."""


class Connection(Protocol):
    """Where the body comes from and the answer goes to."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer in one piece."""

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any:
        """Begin to answer; pieces go to the `send_bytes` of what is given back, which waits for the client."""


class NotWhole(Exception):
    """A body that cannot be handed over, with the status and the words to say so."""

    def __init__(self, status: int, words: bytes) -> None:
        self.status, self.words = status, words


def serve(
    app: WSGIApplication, most_bytes: int, silent_seconds: float = SILENT_SECONDS
) -> Callable[[Scope, Connection], Coroutine[Any, Any, None]]:
    """Return *app* as an RSGI application that is called only once the whole body is at hand.

    Of a body longer than *most_bytes* no more is read than shows that it is: *app* refuses it by its length.
    """

    async def answer(scope: Scope, connection: Connection) -> None:
        with SpooledTemporaryFile(MOST_IN_MEMORY) as body:
            try:
                await _receive(scope.headers, connection, body, most_bytes, silent_seconds)
            except NotWhole as refusal:
                connection.response_bytes(refusal.status, PLAIN, refusal.words)
                return
            body.seek(0)
            await _respond(app, _environ(scope, body), connection)

    return answer


async def _receive(
    headers: Any, connection: Connection, body: IO[bytes], most_bytes: int, silent_seconds: float
) -> None:
    """Write the body into *body*.  Raises NotWhole."""
    promised = _promised(headers)
    if promised == 0:
        return
    if promised is not None and promised > most_bytes:
        return
    received, began, chunks = 0, time.monotonic(), aiter(connection)
    while received <= most_bytes:
        left = began + silent_seconds + received / SLOWEST_BYTES_A_SECOND - time.monotonic()
        try:
            chunk = await asyncio.wait_for(anext(chunks), min(left, silent_seconds))
        except TimeoutError:
            raise NotWhole(*TOO_SLOW) from None
        except StopAsyncIteration:
            break
        received += len(chunk)
        body.write(chunk)
    if promised is not None and received != promised:
        raise NotWhole(*CUT_OFF)


def _promised(headers: Any) -> int | None:
    """Return the length of the body in bytes, None when it comes in chunks.

    granian ends cut-off chunks like whole ones.  A JSON document or a multipart form shows that its end is missing; a
    simple form does not and raises NotWhole.
    """
    if "transfer-encoding" not in headers:
        return int(headers.get("content-length", 0))
    if headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        raise NotWhole(*NO_LENGTH)
    return None


def _environ(scope: Scope, body: IO[bytes]) -> WSGIEnvironment:
    """Return what PEP 3333 wants an application to be told."""
    name, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for header, value in scope.headers.items():
        if "_" in header:
            continue  # it would pass for the header with a hyphen, which proxies watch
        key = header.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        before = environ.get(key)
        environ[key] = value if before is None else f"{before}{';' if key == 'HTTP_COOKIE' else ','}{value}"
    return environ


async def _respond(app: WSGIApplication, environ: WSGIEnvironment, connection: Connection) -> None:
    """Call *app* and send what it answers; what is long is sent as fast as the client takes it."""
    status, headers = 500, list[tuple[str, str]]()

    def start(line: str, given: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], Any]:
        nonlocal status, headers
        status, headers = int(line.split(" ", 1)[0]), given
        return _no_write

    answer = app(environ, start)
    try:
        if _is_short(headers, answer):
            connection.response_bytes(status, headers, b"".join(answer))
        else:
            transport = connection.response_stream(status, headers)
            for piece in answer:
                await transport.send_bytes(piece)
    finally:
        with suppress(AttributeError):
            answer.close()  # type: ignore[attr-defined]


def _is_short(headers: list[tuple[str, str]], answer: Iterable[bytes]) -> bool:
    if isinstance(answer, list):
        return True
    lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
    return bool(lengths) and lengths[0] <= ONE_PIECE


def _no_write(_: bytes) -> None:
    raise NotImplementedError("Applications here give their answer back; none writes it.")
