"""What the OpenAPI document says of every route beyond its shapes: who may, the headers, every way to be refused."""

from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask
from werkzeug.routing import Rule

from marketplace.accounts.access import Permit, permit_of
from marketplace.accounts.tries import LIMITS
from marketplace.examples import add_examples, example_of
from marketplace.web import ListQuery

PREFIX = "/api/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
ETAG = {"ETag": {"description": "The state that is shown", "schema": {"type": "string"}}}
PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Sent again within 24 hours, the same request is answered with the first answer and done once.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]+$", "minLength": 1, "maxLength": 255},
        "example": "4c6f2a2e-0b1f-4a4e-9f7d-1d2c3b4a5f60",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the state that the change was made for; 412 where it is another by now.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "An ETag; 304 where the state is that one still.",
        "schema": {"type": "string"},
    },
}
# The endpoints that call refuse_stale.
CHECKED = frozenset(
    {
        "PATCH api_projects.OneProject",
        "POST api_projects.ProjectMoves",
        "PUT api_profiles.OwnProfile",
        "PUT api_notifications.Preferences",
        "PATCH api_timesheets.OneTimeEntry",
        "DELETE api_timesheets.OneTimeEntry",
        "POST api_applications.Acceptances",
        "POST api_applications.Declines",
    }
)
REASONS = {
    400: "The request cannot be read, or its Idempotency-Key is none.",
    401: "There is no token, or it has ended.",
    403: "The role or the token does not allow this.",
    404: "It is not there, or not yours to see.",
    409: "This is not possible as things are, or the same request is being done at this moment.",
    412: "It was changed since the state that If-Match names.",
    413: "The request is too large.",
    415: "The body has another content type.",
    422: "Some fields need another look, or the Idempotency-Key came with another request before.",
    429: "That was tried too often, or these were too many requests in a minute.",
    503: "The database does not answer right now; nothing was done.",
}


def describe(app: Flask, api: flask_smorest.Api) -> None:
    """Complete the document of *api* from the routes of *app*, the policy table and the limits on tries."""
    for name, parameter in PARAMETERS.items():
        api.spec.components.parameter(name, "header", parameter)
    for code, reason in REASONS.items():
        headers = RETRY_AFTER if code in {409, 429, 503} else {}
        content = {kind: {**shape, "example": _problem(code, reason)} for kind, shape in PROBLEM.items()}
        api.spec.components.response(_name(code), {"description": reason, "content": content, "headers": headers})
    for rule in app.url_map.iter_rules():
        operations = api.spec._paths.get(_path(rule), {})
        for method in set(METHODS) & set(operations):
            _complete(operations[method], rule, method.upper())
            _exemplify(operations[method], api.spec.components.schemas)
    # The library's own refusals, which no operation names.
    for name in ("DEFAULT_ERROR", HTTPStatus(422).name):
        api.spec.components.responses.pop(name, None)
    api.spec.components.schemas["Problem"]["examples"] = [_problem(422, REASONS[422])]
    add_examples(api.spec.components.schemas)


def _complete(operation: dict[str, Any], rule: Rule, method: str) -> None:
    permit = permit_of(rule.endpoint, method)
    parameters = operation.setdefault("parameters", [])
    if method == "POST":
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if f"{method} {rule.endpoint}" in CHECKED:
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    answers = operation["responses"]
    if method == "GET" and not _is_list(operation):
        parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
        answers["304"] = {"description": "It is in the state that If-None-Match names.", "headers": ETAG}
        answers["200"].setdefault("headers", {}).update(ETAG)
    for code in _refusals(operation, rule, method, permit):
        known = answers.get(str(code))
        if known is None or "$ref" in known:
            answers[str(code)] = {"$ref": f"#/components/responses/{_name(code)}"}
        else:
            known["content"] = PROBLEM
            known.setdefault("headers", {}).update(RETRY_AFTER if code in {409, 429, 503} else {})
    answers.pop("default", None)
    _say_who_may(operation, permit)


def _exemplify(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give what is sent and answered an example where its shape has no name of its own, or is a file."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for kind, shown in (pair for body in bodies for pair in body.get("content", {}).items()):
        if kind != "application/problem+json" and "$ref" not in shown.get("schema", {}):
            shown.setdefault("example", example_of(shown.get("schema", {}), schemas))


def _problem(code: int, reason: str) -> dict[str, Any]:
    """Return a problem document as the API answers it (RFC 9457)."""
    status = HTTPStatus(code)
    shown: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": code, "detail": reason}
    if code == HTTPStatus.UNPROCESSABLE_ENTITY:
        shown["errors"] = [{"field": "email", "message": "Not a valid email address."}]
    return shown | {"request_id": "4c6f2a2e0b1f4a4e9f7d1d2c3b4a5f60"}


def _refusals(operation: dict[str, Any], rule: Rule, method: str, permit: Permit | None) -> set[int]:
    """Return the codes of every refusal that this operation knows."""
    codes = {429, 503}
    is_closed = permit is not None and not permit.anyone
    codes |= {401, 403} if is_closed else set()
    codes |= {404} if rule.arguments else set()
    codes |= {422} if operation.get("parameters") else set()
    codes |= {400, 413, 415, 422} if "requestBody" in operation else set()
    codes |= {400, 409, 422} if method == "POST" else set()
    codes |= {409} if method in {"PUT", "PATCH", "DELETE"} else set()
    codes |= {412} if f"{method} {rule.endpoint}" in CHECKED else set()
    codes |= {401, 403} if rule.endpoint in LIMITS and method == "POST" else set()
    return codes | {int(code) for code in operation["responses"] if code.isdigit() and int(code) >= 400}


def _say_who_may(operation: dict[str, Any], permit: Permit | None) -> None:
    if permit is None or permit.anyone:
        operation["security"] = []
        return
    operation["security"] = [{"token": []}]
    who = "Anybody signed in" if len(permit.roles) == 6 else f"Roles: {', '.join(sorted(permit.roles))}"
    scope = f" Scope: `{permit.scope}`." if permit.scope else ""
    operation["description"] = f"{operation.get('description', '')}\n\n{who}.{scope}".strip()
    operation["x-roles"] = sorted(permit.roles)
    if permit.scope:
        operation["x-scope"] = str(permit.scope)


def _is_list(operation: dict[str, Any]) -> bool:
    names = {one.get("name") for one in operation.get("parameters", ()) if isinstance(one, dict)}
    return set(ListQuery().fields) & {"cursor"} <= names


def _path(rule: Rule) -> str:
    """Return the rule as the document writes it: ``/projects/{project_id}``."""
    parts = [f"{{{text}}}" if is_argument else text for is_argument, text in rule._trace]
    return "".join(parts).removeprefix("|")


def _name(code: int) -> str:
    return HTTPStatus(code).name.lower()
