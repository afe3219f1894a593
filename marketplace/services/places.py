"""Folders, locks, OS users and processes of the embedded servers: what PostgreSQL and Valkey need alike."""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# A socket address holds 104 bytes on macOS and 108 on Linux, the file name and its lock included.
LONGEST_SOCKET_FOLDER = 90

SERVER_USER = "fairmatch"


class ServiceError(RuntimeError):
    """A server that cannot be started or stopped; the text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class OsUser:
    """An account of the operating system that a server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess.run` become this user; none when it already is."""
        return {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may_enter(self, folder: Path) -> bool:
        """Tell whether this user can reach what lies in *folder*, by trying it."""
        script = 'test -d "$1" && test -x "$1"'
        return (
            subprocess.run(["/bin/sh", "-c", script, "sh", folder], cwd="/", check=False, **self.switch).returncode == 0
        )


def make_data_dir(data_dir: Path) -> None:
    """Make the data folder: others may pass through it but not list it, and what lies in it is private."""
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)


def run_dir(data_dir: Path) -> Path:
    """Return the private folder of locks, made when it is missing."""
    make_data_dir(data_dir)
    folder = data_dir / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def socket_dir(folder: Path, user: OsUser) -> Path:
    """Return where sockets of the servers in *folder* lie: there, or in a private short folder when its path is long.

    A comma counts as long: libpq would read two hosts.  Raises ServiceError when somebody else has the short name.
    """
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and "," not in str(folder):
        return folder
    # Not TMPDIR: it differs between processes, and all of them must find the same folder.
    short = Path("/tmp") / f"fairmatch-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108
    if not short.exists():
        make_private(short, user)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise ServiceError(f"{short} must be a private folder of {user.name}; remove it and start again.")
    return short


def make_private(folder: Path, user: OsUser) -> None:
    """Make *folder* for *user* alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if user.uid != os.geteuid():
        shutil.chown(folder, user.uid, user.gid)


def current_user() -> OsUser:
    """Return the user this process acts as."""
    return _numbered(os.geteuid(), os.getegid())


def unprivileged_user() -> OsUser:
    """Return who runs a server that refuses root: this user, or for root its own account, made once, or `nobody`."""
    if os.geteuid() != 0:
        return current_user()
    try:
        return _named(pwd.getpwnam(SERVER_USER))
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SERVER_USER]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for name in (SERVER_USER, "nobody"):
        try:
            return _named(pwd.getpwnam(name))
        except KeyError:
            continue
    raise ServiceError("PostgreSQL does not run as root and no other user was found; make one named fairmatch.")


def owner_of(path: Path) -> OsUser:
    """Return the user that *path* belongs to."""
    found = path.stat()
    return _numbered(found.st_uid, found.st_gid)


def _numbered(uid: int, gid: int) -> OsUser:
    try:
        return _named(pwd.getpwuid(uid))
    except KeyError:  # a container may run as a number without a name
        return OsUser(str(uid), uid, gid)


def _named(entry: pwd.struct_passwd) -> OsUser:
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock *path*, waiting for it; the kernel frees it when its holder dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def processes_in(folder: Path, name: str) -> list[psutil.Process]:
    """Return the live processes called *name* that work in *folder*.

    Pid files are not asked: they may name a zombie or, after a reboot, somebody else's process.
    """
    candidates = [process for process in psutil.process_iter(["name", "status", "cwd"]) if process.info["name"] == name]
    return [process for process in candidates if _works_in(process, folder)]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    if process.info["status"] == psutil.STATUS_ZOMBIE or process.info["cwd"] != str(folder):
        return False
    try:
        # The folder itself, not one of that name that was deleted under a running server.
        return not Path("/proc/self").exists() or folder.samefile(f"/proc/{process.pid}/cwd")
    except OSError:
        return False


def wait_gone(folder: Path, name: str, seconds: float) -> bool:
    """Wait up to *seconds* until no process called *name* works in *folder*; tell whether that came true."""
    until = time.monotonic() + seconds
    while processes_in(folder, name):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def tail(path: Path, characters: int = 2000) -> str:
    """Return the end of a log, empty when there is none."""
    return path.read_text(errors="replace")[-characters:] if path.exists() else ""
