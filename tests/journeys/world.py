"""The product as a newcomer runs it: one command, a folder and a port of its own, seen only from outside."""

import email
import email.policy
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "marketplace.cli")
# Generous, because the machine may have other things to do; nothing here waits longer than it has to.
SECONDS_TO_START = 240.0
SECONDS_TO_STOP = 90.0
SECONDS_TO_WAIT = 120.0
LINK = re.compile(r"https?://\S+")

T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, seconds: float = SECONDS_TO_WAIT, pause: float = 0.1) -> T:
    """Return what *look* gives as soon as that is something true; fail with *what* when it never is."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds:g} seconds: {what}"
        time.sleep(pause)
    return found


class World:
    """One installation, with these settings of its own: started, looked at and stopped from outside."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings
        # Not in pytest's private folder: as root PostgreSQL runs as another user, who cannot enter that.
        self.data_dir = Path(tempfile.mkdtemp(prefix="fairmatch-journey-"))
        self.data_dir.chmod(0o755)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a newcomer's shell has, and the settings of this installation."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        # one model worker, so that the one to be killed is the one that holds the lease
        told = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "DEMO": "no", "MODEL_PROCESSES": "1"}
        return {**kept, **told, "HF_HUB_OFFLINE": "1", **self.settings}

    def start(self) -> None:
        """Start everything; return when the address was printed and all parts say that they are ready."""
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                [*COMMAND, "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        before = self.said().count(self.url)
        eventually(
            lambda: self._check_alive() and self.said().count(self.url) > before, "the address", SECONDS_TO_START
        )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until database, Valkey, relay and both workers answer."""
        eventually(self.is_ready, "readiness", SECONDS_TO_START, pause=0.25)

    def is_ready(self) -> bool:
        """Ask /readyz."""
        return self.answers("/readyz")

    def answers(self, path: str) -> bool:
        """Tell whether *path* is answered with 200."""
        try:
            return httpx.get(self.url + path, timeout=10).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def stop(self) -> list[str]:
        """End everything as Ctrl-C does and return what is left running, which should be nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(SECONDS_TO_STOP)
        left = [f"exit code {code}"] if code else []
        return left + [f"{one.pid} {' '.join(one.cmdline())[:120]}" for one in self.processes()]

    def remove(self) -> None:
        """Kill what may be left and drop the folder."""
        self.kill_everything()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def kill_everything(self) -> None:
        """Send kill -9 to every process of the installation, the supervisor first."""
        found = self.processes()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        for one in found:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        if self.process is not None:
            self.process.wait()
        eventually(lambda: not self.processes(), "the end of every process")

    def processes(self) -> list[psutil.Process]:
        """Return every live process that works in the data folder or was told of it."""
        return [one for one in psutil.process_iter() if one.pid != os.getpid() and self._belongs(one)]

    def part(self, *words: str) -> psutil.Process | None:
        """Return the process that was started as that part, such as ``worker model``."""
        ending = ["-m", "marketplace.cli", *words]
        return next((one for one in self.processes() if one.cmdline()[-len(ending) :] == ending), None)

    def _belongs(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            told = process.environ().get("DATA_DIR") == str(self.data_dir)
            return told or Path(process.cwd()).is_relative_to(self.data_dir)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def said(self) -> str:
        """Return what the command has printed so far."""
        return self._said.read_text() if self._said.exists() else ""

    @property
    def _said(self) -> Path:
        return self.data_dir / "said.txt"

    def _check_alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        return True

    def errors(self) -> list[str]:
        """Return the lines of the logs that tell of an error."""
        logs = sorted((self.data_dir / "log").glob("*.log"))
        lines = [f"{log.stem}: {line}" for log in logs for line in log.read_text(errors="replace").splitlines()]
        return [line for line in lines if '"level": "error"' in line or "Traceback" in line]

    def mails(self, to: str = "", subject: str = "") -> list[EmailMessage]:
        """Return the mails in the outbox to that person with those words in the subject."""
        found = [_read_mail(path) for path in sorted((self.data_dir / "outbox").glob("*.eml"))]
        return [one for one in found if to in str(one["To"]) and subject in str(one["Subject"])]

    def mail(self, to: str, subject: str) -> EmailMessage:
        """Wait for the one mail to that person with those words in the subject."""
        found = eventually(lambda: self.mails(to, subject), f"a mail to {to}: {subject}")
        assert len(found) == 1, [str(one["Subject"]) for one in found]
        return found[0]

    def link(self, to: str, subject: str, within: str = "") -> str:
        """Wait for such a mail and return its link that has *within* in it."""
        links: list[str] = LINK.findall(words_of(self.mail(to, subject)))
        return next(link for link in links if within in link)

    def command(self, *words: str) -> str:
        """Run a `marketplace` command against this installation and return what it prints."""
        options: dict[str, Any] = {"cwd": ROOT, "env": self.environment, "capture_output": True, "text": True}
        done = subprocess.run([*COMMAND, *words], check=False, timeout=SECONDS_TO_WAIT, **options)
        assert done.returncode == 0, done.stderr
        return str(done.stdout).strip()


def running_world(**settings: str) -> Iterator[World]:
    """Run an installation with these settings."""
    world = World(**settings)
    try:
        world.start()
        yield world
        assert world.stop() == []
    finally:
        world.remove()


def words_of(mail: EmailMessage) -> str:
    """Return the text of a mail."""
    words: str = mail.get_content()
    return words


def _read_mail(path: Path) -> EmailMessage:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
