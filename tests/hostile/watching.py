"""What can be seen of a running installation from outside: its workers, their children, its memory, who is asked."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.journeys.world import World

SECONDS_BETWEEN = 0.05
# As /proc names them, with what the child sets itself.
LIMITS = ("Max cpu time", "Max file size", "Max core file size", "Max address space")
LIMIT = re.compile(rf"^({'|'.join(LIMITS)}) +(\S+) +(\S+)", re.MULTILINE)
MEMORY = re.compile(r"^(VmPeak|VmHWM):\s+(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Child:
    """What was seen of a child that reads a file: its limits (soft, hard) when last seen, and its peaks in bytes."""

    limits: dict[str, tuple[str, str]] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    looks: int = 0


def readers(world: World) -> list[psutil.Process]:
    """Return the workers that read résumés."""
    ending = ["-m", "marketplace.cli", "worker", "model"]
    return [one for one in world.processes() if one.cmdline()[-4:] == ending]


def web_process(world: World) -> psutil.Process:
    """Return the one process that answers requests: the child of the server, which alone is the larger."""
    answering = [one for one in world.processes() if one.cmdline()[-1:] == ["wsgi:served"]]
    return max(answering, key=lambda one: one.memory_info().rss)


@contextmanager
def watched_children(parents: list[psutil.Process]) -> Iterator[dict[int, Child]]:
    """Look again and again at the children that these workers start; give what was seen of each."""
    seen: dict[int, Child] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN):
            for number in children(parents):
                look(number, seen)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def children(parents: list[psutil.Process]) -> list[int]:
    """Return the numbers of the processes that these have started and not yet put away."""
    threads = [thread for parent in parents for thread in Path(f"/proc/{parent.pid}/task").iterdir()]
    found: list[int] = []
    for thread in threads:
        # a thread may have ended meanwhile
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (thread / "children").read_text().split())
    return found


def look(number: int, seen: dict[int, Child]) -> None:
    """Note limits and peaks of a child, if it is one that reads and still there."""
    place = Path(f"/proc/{number}")
    try:
        # before it is a program of its own it is still a copy of the worker, and as large
        if b"limited_child" not in (place / "cmdline").read_bytes():
            return
        limits, memory = (place / "limits").read_text(), (place / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return
    child = seen.setdefault(number, Child())
    child.looks += 1
    child.limits = {name: (soft, hard) for name, soft, hard in LIMIT.findall(limits)}
    child.peaks |= {name: int(kilobytes) << 10 for name, kilobytes in MEMORY.findall(memory)}


@contextmanager
def ear() -> Iterator[tuple[str, list[bytes]]]:
    """Listen at an address that nobody should ask for; give it, and what was asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    visitor, _ = listening.accept()
                except TimeoutError:
                    continue
                with visitor:
                    heard.append(visitor.recv(1_000))

        hearing = threading.Thread(target=listen, daemon=True)
        hearing.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        finally:
            over.set()
            hearing.join()
