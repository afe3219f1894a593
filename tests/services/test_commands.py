"""The commands: what they refuse before anything is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.cli import settings
from marketplace.config import Config

SAFE = {"PRODUCTION": "yes", "PUBLIC_URL": "https://fairmatch.example", "SMTP_URL": "smtp://mail.example"}


def marketplace(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "marketplace.cli", *words]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)


def config(data_dir: Path, **env: str) -> Config:
    data_dir.chmod(0o711)
    return Config.from_environment({"DATA_DIR": str(data_dir), **SAFE, **env})


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, None),
        ({"DEMO": "yes"}, "DEMO"),
        ({"SECRET_KEY": "dev"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY"),
        ({"PUBLIC_URL": "http://fairmatch.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": ""}, None),
        ({"HOST": "0.0.0.0", "TRUSTED_HOSTS": "fairmatch.example"}, None),
        ({"HOST": "0.0.0.0"}, "TRUSTED_HOSTS"),
        ({"HOST": "::1"}, None),
        ({"HOST": "10.0.0.7", "TRUSTED_HOSTS": "x", "PUBLIC_URL": "http://localhost:8000"}, "HOST"),
        ({"REDIS_URL": "redis://cache.example:6379"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+sentinel://a:1,b:2/bell"}, "REDIS_URL"),
        ({"REDIS_URL": "rediss://:word@cache.example:6379"}, None),
        ({"REDIS_URL": "unix:///run/valkey.sock"}, None),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
    ],
)
def test_production_refuses_each_unsafe_setting_by_name(tmp_path: Path, env: dict[str, str], named: str | None) -> None:
    env = {name: value for name, value in {**SAFE, **env}.items() if value}
    tmp_path.chmod(0o711)
    found = Config.from_environment({"DATA_DIR": str(tmp_path), **env})
    assert [fault.split(":")[0] for fault in settings.unsafe(found, env)] == ([named] if named else [])


def test_production_refuses_a_data_folder_that_others_may_read(tmp_path: Path) -> None:
    found = config(tmp_path)
    tmp_path.chmod(0o755)
    [fault] = settings.unsafe(found, {})
    assert "chmod go-rw" in fault


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = marketplace("run", PORT=port, DATA_DIR=str(tmp_path / "var"))
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Set PORT to another." in done.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    done = marketplace("run", PORT="eight", DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "Error: PORT must be a whole number, not 'eight'.\n")


def test_a_new_data_folder_cannot_be_listed_by_others(tmp_path: Path) -> None:
    marketplace("run", PORT="eight", DATA_DIR=str(tmp_path / "var"))
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o711
