"""The web server: where a request ends, and that whoever is slow, silent, gone or greedy holds up nobody else."""

import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

MOST_BYTES = 300_000
ECHO = f"""
from marketplace.services.serving import serve

def app(environ, start):
    if environ["PATH_INFO"] == "/long":
        start("200 OK", [("Content-Type", "text/plain")])
        return iter([b"0123456789" * 100_000] * 20)
    if environ["PATH_INFO"] == "/told":
        start("200 OK", [("Content-Type", "text/plain")])
        return [repr(environ).encode()]
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode() + b" " + body]

served = serve(app, {MOST_BYTES}, silent_seconds=1)
"""
POST = b"POST /first HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /there HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """Granian with an application that gives back the path and the body."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "echo.py").write_text(ECHO)
    words = [
        "--interface",
        "rsgi",
        "--loop",
        "asyncio",
        "--http",
        "1",
        "--no-ws",
        "--log-level",
        "error",
        "--port",
        str(port),
    ]
    with subprocess.Popen([sys.executable, "-m", "granian", *words, "echo:served"], cwd=folder) as process:
        yield process
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def ask(server: subprocess.Popen[bytes], port: int, eventually: Callable[..., None]) -> Callable[[bytes], bytes]:
    """Send bytes, and give all that comes back until the server hangs up."""

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def send(raw: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(raw)
            return b"".join(iter(lambda: connection.recv(4096), b""))

    eventually(answers)
    return send


@pytest.mark.parametrize("length", [b"6", b"60"])
def test_beside_chunks_a_length_counts_for_nothing_and_what_follows_is_no_request(
    ask: Callable[[bytes], bytes], length: bytes
) -> None:
    answer = ask(
        POST + b"Content-Length: " + length + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n/first abc")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 1\r\nContent-Length: 3\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: 3\r\n Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked, x\r\n",
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_a_bad_request(ask: Callable[[bytes], bytes], headers: bytes) -> None:
    assert ask(POST + headers + b"\r\nabc").startswith(b"HTTP/1.1 400 ")


def test_silent_bodies_hold_up_nobody_and_are_told_that_they_were_too_slow(
    ask: Callable[[bytes], bytes], port: int
) -> None:
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(50)]
    for connection in silent:
        connection.sendall(POST + b"Content-Length: 100\r\n\r\nabc")
    assert ask(GET + b"\r\n").endswith(b"\r\n\r\n/there ")
    for connection in silent:
        with connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_only_trickles_is_ended_though_it_is_never_silent(ask: Callable[[bytes], bytes], port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(POST + b"Content-Length: 100\r\n\r\n")
        for _ in range(40):
            if select.select([connection], [], [], 0.1)[0]:
                break
            connection.sendall(b"a")
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_a_long_body_that_comes_in_pieces_is_handed_over_whole(ask: Callable[[bytes], bytes], port: int) -> None:
    body = bytes(range(256)) * 1_000
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 100_000):
            time.sleep(0.3)
            connection.sendall(body[start : start + 100_000])
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.endswith(b"\r\n\r\n/first " + body)


def test_half_a_body_never_reaches_the_application(ask: Callable[[bytes], bytes], port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(POST + b"Content-Length: 10\r\n\r\nabc")
        connection.shutdown(socket.SHUT_WR)
        assert not connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_simple_form_in_chunks_is_refused_because_half_of_it_would_look_whole(ask: Callable[[bytes], bytes]) -> None:
    form = b"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert ask(POST + form + b"3\r\na=b\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")


def test_a_body_past_the_most_is_not_read(ask: Callable[[bytes], bytes]) -> None:
    answer = ask(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (MOST_BYTES + 1))
    assert answer.endswith(b"\r\n\r\n/first ")


def test_of_endless_chunks_no_more_is_read_than_shows_that_they_are(ask: Callable[[bytes], bytes]) -> None:
    chunk = b"186a0\r\n" + b"a" * 100_000 + b"\r\n"
    answer = ask(POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 4)
    body = answer.partition(b"\r\n\r\n/first ")[2]
    assert MOST_BYTES < len(body) < 400_000


def test_whoever_does_not_take_a_long_answer_holds_up_nobody(ask: Callable[[bytes], bytes], port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as lazy:
        lazy.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert lazy.recv(10)
        assert ask(GET + b"\r\n").endswith(b"\r\n\r\n/there ")
    whole = ask(b"GET /long HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert whole.count(b"0123456789") == 2_000_000


def test_a_header_with_an_underscore_does_not_pass_for_the_one_with_a_hyphen(ask: Callable[[bytes], bytes]) -> None:
    told = ask(b"GET /told HTTP/1.1\r\nHost: localhost\r\nX_Forwarded_For: 1.2.3.4\r\nConnection: close\r\n\r\n")
    assert b"1.2.3.4" not in told
    assert b"'REMOTE_ADDR': '127.0.0.1'" in told
