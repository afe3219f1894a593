"""Asks the running API whatever its document allows, and much that it does not, and notes where it breaks its word."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.serving import WSGIRequestHandler, make_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    allow_header_conformance,
]
QUIET: dict[str, Any] = {
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


@dataclass
class Found:
    """What came of it: how many requests, the answers by status, and every broken word once."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def judge(self, case: Any, answer: Any) -> None:
        """Count the answer, and note where it breaks the word of the document."""
        self.requests += 1
        self.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.faults.setdefault(f"{case.operation.label}: {failure.title}", _told(case, failure))


class Caller:
    """Sends as somebody whose tokens end when the API is asked to end them; *sign_in* gives headers with a new one."""

    def __init__(self, sign_in: Callable[[], dict[str, str]]) -> None:
        self._sign_in, self.headers = sign_in, sign_in()

    def after(self, answer: Any) -> None:
        """Sign in again where the token has ended."""
        if answer.status_code == HTTPStatus.UNAUTHORIZED and self.headers:
            self.headers = self._sign_in()


def _told(case: Any, failure: Failure) -> str:
    return f"{failure.message}\n{case.as_curl_command()}"[:1500]


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve *app* by HTTP on this machine and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fuzz(url: str, callers: Sequence[Caller], examples: int) -> list[Found]:
    """Ask every operation by itself, *examples* times what the document allows and as often what it does not.

    Everybody asks the same; returns what came of it for each of *callers*.
    """
    found = [Found() for _ in callers]
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", headers={})
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        for mode in GenerationMode:
            cases = result.ok().as_strategy(generation_mode=mode)
            _ask(cases, callers, found, settings(max_examples=examples, **QUIET))
    return found


def _ask(cases: SearchStrategy[Any], callers: Sequence[Caller], found: list[Found], how: settings) -> None:
    @seed(0)
    @how
    @given(case=cases)
    def ask(case: Any) -> None:
        for caller, theirs in zip(callers, found, strict=True):
            answer = case.call(headers=caller.headers)
            theirs.judge(case, answer)
            caller.after(answer)

    ask()


def fuzz_in_chains(url: str, caller: Caller, examples: int) -> Found:
    """Ask in chains in which what one answer names is asked for next."""
    found = Found()
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", headers={})

    class Chains(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": caller.headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            found.judge(case, response)
            caller.after(response)

    Chains.run(settings=settings(max_examples=examples, stateful_step_count=8, **QUIET))
    return found
