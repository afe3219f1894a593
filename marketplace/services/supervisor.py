"""Keeps processes and servers running: starts them, starts again what dies, stops all of them cleanly."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from marketplace.services import places, tether
from marketplace.services.places import ServiceError

POLL_SECONDS = 0.2
WATCH_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A child that lived so long starts again at once when it dies.
STEADY_SECONDS = 30.0
# A worker gives its task back after ten seconds.
STOP_SECONDS = 12.0

Say = Callable[[str], None]


class Stopped(BaseException):
    """Somebody asked this process to end: Ctrl-C, SIGTERM or a closed terminal."""


def heed_signals() -> None:
    """Turn the first signal to end into `Stopped`; what follows is bounded, so later ones are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Not SIG_IGN, which children would inherit.
        signal.signal(other, lambda *_: None)
    raise Stopped


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Be the only supervisor of *data_dir*; raises ServiceError when there is one."""
    with _lock_file(data_dir).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip()
            raise ServiceError(
                f"Fairmatch already runs on {data_dir} (process {pid}); `marketplace stop` ends it."
            ) from None
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def running(data_dir: Path) -> int | None:
    """Return the process number of the supervisor of *data_dir*, None when none runs."""
    with _lock_file(data_dir).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read().strip() or 0) or None
        return None


def _lock_file(data_dir: Path) -> Path:
    path = places.run_dir(data_dir) / "supervisor.lock"
    path.touch(mode=0o600)
    return path


@dataclass
class Child:
    """One process that shall always run.  *log* takes what it writes; without one that goes where ours goes."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    _started: float = field(default=0.0, init=False)
    _next_start: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process in a group of its own, tied to this process."""
        # By its path and without site-packages: the tether shall cost milliseconds.
        command = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *self.command]
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                command,
                cwd=self.cwd,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        self._started = time.monotonic()

    def look_after(self, say: Say) -> None:
        """Start the process again when it has died, after a pause that doubles with each quick death."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._next_start:
                self.start()
        elif (code := self.process.poll()) is not None:
            self.kill()
            self.process = None
            self.failures = 0 if now - self._started > STEADY_SECONDS else self.failures + 1
            pause = min(FIRST_PAUSE * 2 ** max(self.failures - 1, 0), LONGEST_PAUSE)
            self._next_start = now + pause
            say(f"{self.name} ended ({_how(code)}); starting it again in {pause:g} s")

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process, which tells its own children."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill what is left of the process and its group: the workers of a dead web server would keep its port."""
        if self.process:
            # The group may be gone or, on macOS, hold zombies only.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _how(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


@dataclass
class Server:
    """A server that is watched by connecting to it; *revive* starts it again, None when that is not ours to do."""

    name: str
    answers: Callable[[], bool]
    revive: Callable[[], object] | None


class Watch(threading.Thread):
    """Connects to each server once a second, beside the main loop, since a revival may take minutes."""

    def __init__(self, servers: Sequence[Server], say: Say) -> None:
        super().__init__(name="watch", daemon=True)
        self._servers, self._say = servers, say
        self._away: set[str] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to end."""
        while not self._ended.wait(WATCH_SECONDS):
            for server in self._servers:
                if not self._ended.is_set():
                    self._look_after(server)

    def end(self) -> None:
        """Look no more; a revival under way is waited for."""
        self._ended.set()
        if self.is_alive():
            self.join(STOP_SECONDS)

    def _look_after(self, server: Server) -> None:
        answers = server.answers()
        if not answers:
            if server.name not in self._away:
                self._say(f"{server.name} does not answer" + ("; starting it again" if server.revive else ""))
            self._away.add(server.name)
            answers = self._revive(server)
        if answers and server.name in self._away:
            self._away.discard(server.name)
            self._say(f"{server.name} answers again")

    def _revive(self, server: Server) -> bool:
        try:
            if server.revive and not self._ended.is_set():
                server.revive()
                return True
        except (ServiceError, OSError) as error:
            self._say(f"{server.name}: {error}")
        return False


class Supervisor:
    """Runs children and watches servers until `Stopped` is raised in the main thread."""

    def __init__(self, children: Sequence[Child], servers: Sequence[Server], say: Say) -> None:
        self.children, self._say = children, say
        self._watch = Watch(servers, say)

    def start(self) -> None:
        """Start everything."""
        self._watch.start()
        for child in self.children:
            child.start()

    def turn(self) -> None:
        """Look after every child once, then rest for a moment."""
        for child in self.children:
            child.look_after(self._say)
        time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask every child to stop, in their order, and kill those that do not."""
        self._watch.end()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            while child.process and child.process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            child.kill()
