"""Every route, by every role, with hostile input: clear refusals, never a 5xx."""

import json
import os
import random
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.access import permit_of
from marketplace.accounts.rules import RoleName
from tests import build

TRIES = int(os.environ.get("FAIRMATCH_FUZZ", "4"))
HUGE = 10**25
HOSTILE: tuple[Any, ...] = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "<script>alert(1)</script>",
    "{{7*7}}",
    "'; DROP TABLE account; --",
    '=HYPERLINK("x")',
    "a\r\nBcc: x@example.test",
    "٣٤",
    "🙂" * 50,
    "x" * 20_000,
    "-1",
    "0",
    "1",
    "1e9999",
    "NaN",
    "Infinity",
    "99999999999999999999999999",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-11-23T10:00:00",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-14:00",
    "en",
    "xx-Nonsense",
    "active",
    "yes",
)
JSON_ONLY: tuple[Any, ...] = (None, True, 0, -1, 1, HUGE, 1.5, 1e300, [], [None], {}, {"a": {"b": []}}, [[[[]]]])
NAMES = [
    "name",
    "email",
    "password",
    "currency",
    "organisation_id",
    "is_owner",
    "role",
    "grant",
    "scopes",
    "days",
    "country",
    "time_zone",
    "weekly_hours",
    "hours",
    "min_rate",
    "about",
    "languages.0.tag",
    "languages.0.written",
    "languages.x",
    "degrees.0.level",
    "degrees.9.year",
    "experiences.0.kind",
    "title",
    "description",
    "seats",
    "rate_floor",
    "rate_top",
    "weekly_limit",
    "weekly_hours",
    "budget",
    "gates.0.gate",
    "wishes.0.text",
    "wishes.0",
    "starts_on",
    "ends_on",
    "state",
    "reason",
    "note",
    "override_note",
    "match_ids[]",
    "match_ids",
    "lines",
    "lines[]",
    "verdict",
    "approve",
    "reject",
    "outcome",
    "seen",
    "engagement_id",
    "day",
    "start",
    "end",
    "from",
    "to",
    "week",
    "starts_at",
    "ends_at",
    "rate_minor",
    "valid_from",
    "reference",
    "currency",
    "file",
    "text",
    "_add",
    "_remove",
    "a.0.b.c.d",
]
QUERIES = (
    "",
    "cursor=99999999999999999999",
    "cursor=-1",
    "limit=0",
    "limit=x",
    "page=1000000000000000000000",
    "page=-1",
    "q=%00",
    "q=%ff%fe",
    "kind=%00",
    "id=-5",
    "week=9999-12-31",
    "week=0001-01-01",
    "week=%00",
    "project_id=0",
    "project_id=99999999999999999999",
    "state=nonsense",
    "next=//evil.example",
    "language=%00",
    "language=zz-Nonsense",
    "kind=nonsense",
    "rate=1e9999",
    "rate=-5",
    "passing=maybe",
    "passing=1",
)


def path_of(app: Flask, rule: Any, ids: dict[str, Any]) -> str | None:
    values = {name: ids.get(name, 1) for name in rule.arguments}
    values |= {name: "x" for name in rule.arguments if name in {"token", "filename"}}
    with app.test_request_context():
        try:
            built = rule.build(values, append_unknown=False)
        except (TypeError, ValueError):
            return None
    return built[1] if built else None


def request_of(rng: random.Random, api: bool) -> dict[str, Any]:
    """Return a hostile body."""
    kind = rng.randrange(6)
    if api and kind < 4:
        names = rng.sample(NAMES, 8)
        return (
            {"json": {name: rng.choice(HOSTILE + JSON_ONLY) for name in names}}
            if kind
            else {"json": rng.choice(JSON_ONLY)}
        )
    if kind == 4:
        return {"data": rng.choice([b"{", b"\xff\xfe\x00", b"[" * 5000, b""]), "content_type": "application/json"}
    if kind == 5:
        return {"data": "x=1", "content_type": "multipart/form-data"}
    return {"data": {name: rng.choice(HOSTILE) for name in rng.sample(NAMES, 12)}}


def wrong_in(answer: Any, api: bool) -> str:
    """Return what is wrong with an answer, or an empty text."""
    if answer.status_code >= 500:
        return f"status {answer.status_code}"
    if b"<script>alert(1)" in answer.data and "html" in answer.content_type:
        return "script reflected"
    if api and answer.status_code >= 400:
        if answer.content_type != "application/problem+json":
            return f"content type {answer.content_type}"
        if json.loads(answer.data)["status"] != answer.status_code:
            return "status differs from the document"
    if "html" in answer.content_type and "unsafe-inline" in answer.headers.get(
        "Content-Security-Policy", "unsafe-inline"
    ):
        return "content policy"
    return ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", [None, RoleName.ANNOTATOR, RoleName.MANAGER, RoleName.FINANCE, RoleName.ADMIN])
def test_hostile_input_is_refused_and_breaks_nothing(app, client, client_of, api_of, role):
    rng = random.Random(f"fairmatch {role}")
    person = build.account(role) if role else None
    if role is RoleName.ANNOTATOR:
        person = build.profile().account
    if role is RoleName.MANAGER and person:
        build.project(build.organisation(person), by=person)
    pages = client_of(person) if person else client
    calls = api_of(person) if person else client
    wrong = []
    for rule in app.url_map.iter_rules():
        api = rule.rule.startswith("/api/")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            permit = permit_of(rule.endpoint, method)
            if (
                rule.endpoint in {"security.logout", "operations.ready"}
                or permit is None
                or not (permit.anyone or role in permit.roles)
            ):
                continue
            for _ in range(TRIES):
                ids = {name: rng.choice([1, 1, 0, 999_999, 2**62, HUGE]) for name in rule.arguments}
                path = path_of(app, rule, ids)
                if path is None:
                    continue
                body = {} if method in {"GET", "DELETE"} else request_of(rng, api)
                query = rng.choice(QUERIES)
                answer = (calls if api else pages).open(path, method=method, query_string=query, **body)
                if fault := wrong_in(answer, api):
                    wrong.append((method, path[:80], query, str(body)[:300], fault))
    assert wrong == []
