"""The web server takes a request's end from one place: of two that contradict each other no second request is made."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

ECHO = """
def app(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode() + b" " + body]
"""
POST = b"POST /first HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """Granian with an application that gives back the path and the body."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "echo.py").write_text(ECHO)
    words = ["--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "granian", *words, "echo:app"], cwd=folder) as process:
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
