"""ETags of what the API shows, and the refusal of changes to what somebody else has changed since (RFC 9110, 13)."""

import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, current_app, request
from marshmallow import Schema

from marketplace.db import db

CHANGED = "This was changed since you read it. Read it again, and send your change with its new ETag."
SHOWING = frozenset({"GET", "PUT", "PATCH"})


def register_etags(app: Flask) -> None:
    """Give every answer of the API that shows one thing its ETag, and answer If-None-Match with 304."""
    app.after_request(_tag)


def refuse_stale(row: Any, shape: type[Schema], seen_as: Callable[[Any], Any] = lambda row: row) -> None:
    """Refuse with 412 where If-Match names another state of *row* than that of now, and hold it fast otherwise.

    *shape* shows what *seen_as* makes of it, as GET does.  Without If-Match everything is let through.
    """
    if "If-Match" not in request.headers:
        return
    key = type(row).__table__.c.id
    db.session.execute(sa.select(key).where(key == row.id).with_for_update())
    db.session.expire_all()
    if not request.if_match.contains(_etag(shape().dump(seen_as(row)))):
        abort(412, description=CHANGED)


def _tag(response: Response) -> Response:
    is_one = response.status_code == 200 and response.mimetype == "application/json" and request.method in SHOWING
    if is_one and request.path.startswith("/api/v1/") and not response.direct_passthrough:
        shown = response.get_json()
        if isinstance(shown, dict) and "items" not in shown:
            response.set_etag(_etag(shown))
            if request.method == "GET":
                response.make_conditional(request)
    return response


def _etag(shown: Any) -> str:
    return hashlib.sha256(current_app.json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]
