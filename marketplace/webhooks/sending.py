"""Sends one message to an address that was checked, and to that very address: names may change their mind meanwhile."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from marketplace.webhooks.rules import LONGEST_ANSWER, SECONDS_IN_ALL, is_public, refuse_url

PRIVATE = "The name leads to an address that is not public."
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one try.  *status*: None where nothing was answered, *error* then says why."""

    milliseconds: int
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the other side has taken it."""
        return self.status is not None and 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*; raises OSError when it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def refuse_target(url: str, *, private: bool, find: Resolve = resolve) -> str | None:
    """Return why nothing is sent to *url*, its name looked up, or None."""
    if refusal := refuse_url(url, private=private):
        return refusal
    try:
        _address(url, private, find)
    except (OSError, UnicodeError) as error:
        return str(error)
    return None


def send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
    find: Resolve = resolve,
    seconds: float = SECONDS_IN_ALL,
    trust: ssl.SSLContext | None = None,
) -> Sent:
    """POST *body* once, within *seconds* in all; redirects are not followed, of the answer only the start is read."""
    began = time.monotonic()

    def since() -> int:
        return round((time.monotonic() - began) * 1000)

    if refusal := refuse_url(url, private=private):
        return Sent(0, error=refusal)
    try:
        connection = _connect(url, _address(url, private, find), seconds, trust)
    except (OSError, UnicodeError) as error:
        return Sent(since(), error=_said(error))
    # Each read has a limit of its own; somebody who sends a byte now and then is stopped by this one.
    stop = threading.Timer(seconds, _shut, [connection])
    stop.daemon = True
    stop.start()
    try:
        connection.request("POST", _path(url), body, dict(headers))
        answer = connection.getresponse()
        text = answer.read(LONGEST_ANSWER).decode("utf-8", "replace").replace("\x00", "")
        return Sent(since(), answer.status, text, error="" if answer.status < 300 or answer.status >= 400 else REDIRECT)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() - began >= seconds
        return Sent(since(), error=f"No answer within {seconds:g} seconds." if late else _said(error))
    finally:
        stop.cancel()
        connection.close()


SAFE = "/?%:@!$&'()*+,;=~-._"
REDIRECT = "Redirects are not followed; give the address that answers itself."


def _address(url: str, private: bool, find: Resolve) -> str:
    """Return the address to connect to; raises OSError when there is none, or one of them is not public."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    found = find(host, parts.port or _port(url))
    if not private and not all(is_public(address) for address in found):
        raise OSError(PRIVATE)
    if not found:
        raise OSError("The name has no address.")
    return found[0]


def _connect(url: str, address: str, seconds: float, trust: ssl.SSLContext | None) -> http.client.HTTPConnection:
    """Return a connection to *address* that asks for, and checks the certificate of, the host of *url*."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    port = parts.port or _port(url)
    raw = socket.create_connection((address, port), timeout=seconds / 2)
    try:
        if parts.scheme == "https":
            raw = (trust or ssl.create_default_context()).wrap_socket(raw, server_hostname=host)
        raw.settimeout(seconds)
    except BaseException:
        raw.close()
        raise
    connection = http.client.HTTPConnection(host, None if port == _port(url) else port)
    connection.sock = raw
    return connection


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=SAFE)
    return f"{path}?{quote(parts.query, safe=SAFE)}" if parts.query else path


def _port(url: str) -> int:
    return 443 if url.startswith("https") else 80


def _shut(connection: http.client.HTTPConnection) -> None:
    try:
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _said(error: Exception) -> str:
    return str(error)[:LONGEST_ANSWER] or type(error).__name__
