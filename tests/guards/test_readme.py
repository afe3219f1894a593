"""The commands of the README run as they stand there."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    for line in block.strip().splitlines()
]
STAYING = ("make run", ".venv/bin/marketplace up")
# the first calls this very test run; the second is about DATA_DIR and comes last
# What stops the others, what runs this, and what asks for files that tests/quality has.
OTHERWISE_SHOWN = ("make test", ".venv/bin/marketplace stop", ".venv/bin/marketplace benchmark aggregate")
pytestmark = [pytest.mark.timeout(420), pytest.mark.xdist_group("readme")]


@pytest.fixture(scope="module")
def installation():
    """An installation of its own, as the README's reader has one."""
    if not (ROOT / ".venv" / "bin" / "marketplace").exists():
        pytest.skip("made for a checkout with its .venv")
    folder = Path(tempfile.mkdtemp(prefix="fairmatch-readme-"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "HF_HUB_OFFLINE": "1", "DEMO": "no"}
    # by the time its reader comes to the other commands, `make run` has made the tables
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    run(".venv/bin/marketplace migrate", inherited | settings)
    yield inherited | settings
    run(".venv/bin/marketplace stop", inherited | settings)
    shutil.rmtree(folder, ignore_errors=True)


def shell(command: str, settings: dict[str, str], **options):
    given = [f"{name}={settings[name]}" for name in ("DATA_DIR", "PORT", "DEMO")] if command.startswith("make ") else []
    line = re.sub(r" (?:DEMO|PORT|DATA_DIR)=\S+", "", command) + "".join(f" {pair}" for pair in given)
    return subprocess.Popen(["bash", "-c", line], cwd=ROOT, env=settings, text=True, start_new_session=True, **options)


def run(command: str, settings: dict[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryFile("w+") as out:  # servers inherit it; a pipe would never end
        code = shell(command, settings, stdout=out, stderr=subprocess.STDOUT).wait(timeout=300)
        out.seek(0)
        return code, out.read()


def test_the_readme_names_the_two_commands_of_a_newcomer():
    assert {"make run", "make test"} <= set(COMMANDS)
    assert "make check" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("command", [one for one in COMMANDS if not one.startswith((*STAYING, *OTHERWISE_SHOWN))])
def test_a_command_of_the_readme_ends_well(command, installation):
    code, output = run(command, installation)
    assert code == 0, output


@pytest.mark.model
@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith(STAYING)])
def test_a_command_of_the_readme_that_stays_says_its_address_and_stops_cleanly(command, installation, tmp_path):
    log = tmp_path / "out.txt"
    with log.open("w") as out:
        process = shell(command, installation, stdout=out, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 240
            while "Fairmatch is at http://127.0.0.1:" not in log.read_text() and time.monotonic() < until:
                assert process.poll() is None, log.read_text()
                time.sleep(0.3)
            assert "Fairmatch is at http://127.0.0.1:" in log.read_text()
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    code, _ = run(".venv/bin/marketplace stop", installation)
    assert code == 0


def test_make_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert targets
    assert all(target in listed for target in targets)
