"""Errors, in one block: every refusal becomes a page or, under /api/, a problem document (RFC 9457)."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from marshmallow import Schema, ValidationError, fields
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from marketplace.db import db
from marketplace.errors import Missing, NotAllowed, Refused
from marketplace.web import flat_errors

NOT_FOUND = "There is nothing here, or it is not yours to see."
CHANGED = "Somebody changed this at the same moment. Nothing was done: look at it again and repeat."
TOO_LARGE = "This is too large to be taken: a résumé may have up to 5 MiB, anything else much less."
TRY_AGAIN = "The database does not answer right now. Nothing was done: please try again in a minute."


class FieldError(Schema):
    """One field and what is wrong with it."""

    field = fields.String()
    message = fields.String()


class Problem(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldError))
    request_id = fields.String()


def answer(status: int, detail: str, errors: Iterable[tuple[str, str]] = ()) -> Response:
    """Return the answer that says no: a problem document under /api/, else a page."""
    title = HTTPStatus(status).phrase
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    if request.path.startswith("/api/"):
        body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if listed := [{"field": field, "message": message} for field, message in errors]:
            body["errors"] = listed
        response = jsonify(body | {"request_id": request_id})
        response.content_type = "application/problem+json"
    elif request_ctx.url_adapter is None:  # asked for under another host than ours: no page has an address there
        response = Response(detail, content_type="text/plain; charset=utf-8")
    else:
        response = Response(_page(status, detail=detail, title=title, request_id=request_id))
    response.status_code = status
    return response


def _page(status: int, **words: str) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # without the context of other pages: that asks the database who is signed in
        return current_app.jinja_env.get_template(f"errors/{status if status in PAGES else 500}.html").render(**words)
    return render_template(f"errors/{status}.html" if status in PAGES else "errors/400.html", **words)


PAGES = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503})


def register_errors(app: Flask) -> None:
    """Teach *app* every way to say no."""
    log = structlog.get_logger("web")

    @app.errorhandler(Refused)
    def refused(error: Refused) -> ResponseReturnValue:
        db.session.rollback()
        return answer(409, error.message, [(error.field, error.message)] if error.field else ())

    @app.errorhandler(NotAllowed)
    def not_allowed(error: NotAllowed) -> ResponseReturnValue:
        db.session.rollback()
        return answer(403, str(error))

    @app.errorhandler(Missing)
    def missing(error: Missing) -> ResponseReturnValue:
        return answer(404, NOT_FOUND)

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> ResponseReturnValue:
        db.session.rollback()
        return answer(422, "Some fields need another look.", flat_errors(error.normalized_messages()))

    @app.errorhandler(IntegrityError)
    @app.errorhandler(StaleDataError)
    def collided(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        log.info("collided", error=type(error).__name__, constraint=_constraint(error))
        return answer(409, CHANGED)

    @app.errorhandler(OperationalError)
    def unreachable(error: OperationalError) -> ResponseReturnValue:
        db.session.rollback()
        log.warning("database_unreachable", error=str(error.orig).splitlines()[0] if error.orig else "")
        response = answer(503, TRY_AGAIN)
        response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> ResponseReturnValue:
        return answer(400, "This form is out of date. Go back, reload the page and send it again.")

    @app.errorhandler(HTTPException)
    def refused_by_http(error: HTTPException) -> ResponseReturnValue:
        return answer_http(error)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        log.error("unexpected", exc_info=error)
        return answer(500, "Something broke on our side. Nothing was lost; we have a record of it.")


def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Return the answer to an error of Werkzeug, Flask or webargs."""
    if error.code is None or error.code < 400:
        return error.get_response()
    given: dict[str, Any] = getattr(error, "data", None) or {}
    messages = given.get("messages") or given.get("errors") or {}
    # webargs files messages under where they came from: json, query, form, files
    inner: Any = {}
    for place, found in messages.items() if isinstance(messages, dict) else ():
        inner |= found if isinstance(found, dict) and place in PLACES else {place: found}
    detail = IN_OUR_WORDS.get(error.code) or given.get("message") or error.description or ""
    response = answer(error.code, detail, flat_errors(inner))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


IN_OUR_WORDS = {404: NOT_FOUND, 413: TOO_LARGE, 422: "Some fields need another look."}
PLACES = frozenset({"json", "query", "form", "files", "path", "headers"})


def _constraint(error: Exception) -> str:
    return str(getattr(getattr(getattr(error, "orig", None), "diag", None), "constraint_name", "") or "")
