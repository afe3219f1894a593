"""How fast one may ask: so many requests a minute for a caller and for an address, in each web process.

Beside accounts/tries.py, which counts in the database what must not be guessed.  This keeps one program from taking the
server from everybody else.  It counts in memory, so that nothing can be lost, wiped or locked for long.
"""

import hashlib
import math
import time
from collections.abc import Callable

from flask import Flask, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit
from werkzeug.exceptions import TooManyRequests

from marketplace.accounts.tries import asking_address
from marketplace.words import say

# One address may be an office or a university.
CALLERS_AT_AN_ADDRESS = 10
FREE = frozenset({"static", "operations.health", "operations.ready", "operations.show_metrics"})


def register_pace(app: Flask, most: int) -> None:
    """Let one caller ask *app* *most* times a minute, and one address ten times as often; 0 sets no limit.

    A caller is a bearer token or a session; whoever has neither counts by address alone.
    """
    if not most:
        return
    limits: list[str | Callable[[], str] | ApplicationLimit] = [
        ApplicationLimit(f"{most * CALLERS_AT_AN_ADDRESS} per minute", asking_address, exempt_when=_is_free),
        ApplicationLimit(f"{most} per minute", _caller, exempt_when=lambda: _is_free() or not _caller()),
    ]
    Limiter(asking_address, app=app, application_limits=limits, storage_uri="memory://", on_breach=_refuse)


def _is_free() -> bool:
    """Files and what watches the server are not counted."""
    return request.endpoint in FREE


def _caller() -> str:
    """Return a mark of the token or the session of this request; empty where there is neither."""
    told = request.headers.get("Authorization") or request.cookies.get(current_app.config["SESSION_COOKIE_NAME"])
    return hashlib.sha256(told.encode()).hexdigest()[:32] if told else ""


def _refuse(limit: RequestLimit) -> None:
    wait = min(60, max(1, math.ceil(limit.reset_at - time.time())))
    raise TooManyRequests(say("These were too many requests. Go on in %(wait)s seconds.", wait=wait), retry_after=wait)
