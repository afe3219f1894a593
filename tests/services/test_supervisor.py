"""The supervisor: what dies is started again, what runs is stopped, and nothing outlives it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from marketplace.services import supervisor, valkey
from marketplace.services.places import ServiceError
from marketplace.services.supervisor import Child, Server, Supervisor, Watch
from tests.services.conftest import Eventually

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
HOLDING_A_CHILD = """
import sys, time
from marketplace.services.supervisor import Child
child = Child("child", [sys.executable, "-c", "import time; time.sleep(60)"])
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def is_alive(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def test_a_killed_child_is_started_again(eventually: Eventually) -> None:
    said: list[str] = []
    child = Child("sleeper", SLEEP)
    whole = Supervisor([child], [], said.append)
    whole.start()
    first = pid(child)
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        whole.turn()
        return child.process is not None and pid(child) != first

    eventually(is_back)
    assert said == ["sleeper ended (SIGKILL); starting it again in 0.5 s"]
    whole.stop()
    assert not is_alive(first)


def test_a_child_that_dies_at_once_is_started_less_and_less_often(eventually: Eventually) -> None:
    said: list[str] = []
    child = Child("hopeless", (sys.executable, "-c", "raise SystemExit(3)"))

    def died_three_times() -> bool:
        child.look_after(said.append)
        time.sleep(0.02)
        return child.failures == 3

    eventually(died_three_times)
    assert [line.split("again in ")[1] for line in said] == ["0.5 s", "1 s", "2 s"]
    assert "exit 3" in said[0]


def test_what_a_dead_child_left_behind_is_killed_before_it_starts_again(eventually: Eventually, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "import os, subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); os._exit(1)"
    child = Child("parent", (sys.executable, "-c", script), log=log)
    child.start()
    assert child.process is not None
    child.process.wait()
    orphan = int(log.read_text())
    assert is_alive(orphan)
    child.look_after(lambda text: None)
    eventually(lambda: not is_alive(orphan))


def test_a_child_that_will_not_stop_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, eventually: Eventually
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    log = tmp_path / "log"
    stubborn, willing = Child("stubborn", (sys.executable, "-c", STUBBORN), log=log), Child("willing", SLEEP)
    whole = Supervisor([stubborn, willing], [], print)
    whole.start()
    eventually(lambda: "ready" in log.read_text())
    whole.stop()
    assert stubborn.process is not None
    assert stubborn.process.returncode == -signal.SIGKILL
    assert willing.process is not None
    assert willing.process.returncode == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_die_with_a_supervisor_that_is_killed(eventually: Eventually) -> None:
    parent = subprocess.Popen([sys.executable, "-c", HOLDING_A_CHILD], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    eventually(lambda: "sleep(60)" in psutil.Process(child).cmdline()[-1])
    parent.kill()
    parent.communicate()
    eventually(lambda: not is_alive(child))


def test_a_server_that_died_is_started_again(data_dir: Path, eventually: Eventually) -> None:
    said: list[str] = []
    url = valkey.start(data_dir)
    watch = Watch([Server("Valkey", lambda: valkey.answers(url), lambda: valkey.start(data_dir))], said.append)
    watch.start()
    with valkey.connection(url) as client:
        client.shutdown(nosave=True)
    eventually(lambda: "Valkey answers again" in said)
    watch.end()
    assert said == ["Valkey does not answer; starting it again", "Valkey answers again"]
    assert valkey.answers(url)


def test_a_server_of_somebody_else_is_only_told_of(eventually: Eventually) -> None:
    said: list[str] = []
    watch = Watch([Server("PostgreSQL", lambda: False, None)], said.append)
    watch.start()
    eventually(lambda: said)
    watch.end()
    assert said == ["PostgreSQL does not answer"]


def test_there_is_one_supervisor_for_a_data_folder(tmp_path: Path) -> None:
    with supervisor.only_one(tmp_path):
        assert supervisor.running(tmp_path) == os.getpid()
        with (
            pytest.raises(ServiceError, match=f"already runs on .* \\(process {os.getpid()}\\)"),
            supervisor.only_one(tmp_path),
        ):
            pass
    assert supervisor.running(tmp_path) is None
