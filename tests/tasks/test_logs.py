import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from marketplace.logs import set_up_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_is_one_json_object_with_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("ours").info("invited", project=3)
        logging.getLogger("theirs").warning("slow %s", "query")
        logging.getLogger("theirs").debug("nobody wants to know")

    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["project"], ours["request_id"], ours["level"]) == ("invited", 3, "r-1", "info")
    assert (theirs["event"], theirs["logger"], theirs["request_id"]) == ("slow query", "theirs", "r-1")
    assert ours["timestamp"].endswith("Z")


def test_an_exception_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger().exception("failed")

    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    set_up_logs("WARNING")
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")

    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "loud"


def test_a_level_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="LOG_LEVEL"):
        set_up_logs("chatty")
