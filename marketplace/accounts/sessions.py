"""Server-side sessions: the cookie is a random key, the table keeps its hash; a copied cookie dies at sign-out."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response, g, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from flask_login import user_logged_in, user_logged_out
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import CallbackDict

from marketplace import clock
from marketplace.accounts import rules
from marketplace.accounts.models import Account, WebSession
from marketplace.db import db

ANONYMOUS_LIFE = timedelta(hours=2)
HALF_IDLE = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=1)
CONTENT = TaggedJSONSerializer()
# Where Flask-Security notes when the password, code or passkey was given.
PROOF = "fs_paa"


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """A session as the request sees it; *key* is what the cookie holds, empty before the first save."""

    def __init__(self, content: dict[str, Any] | None = None, key: str = "", seen_at: datetime | None = None) -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__(content or {}, changed)
        self.key, self.seen_at = key, seen_at
        self.modified, self.accessed, self.new_key_wanted = False, True, False
        self._proof = self.get(PROOF)

    @property
    def is_proven_anew(self) -> bool:
        """Whether somebody has just shown, in this very request, who they are."""
        return bool(self.get(PROOF) != self._proof)


def hashed(key: str) -> str:
    """Return what is kept of a session key or an API token (both hold 256 random bits)."""
    return hashlib.sha256(key.encode()).hexdigest()


class DatabaseSessions(SessionInterface):
    """Keeps sessions in PostgreSQL, in transactions of their own, so that a refused request keeps its flash."""

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        """Return the session that the cookie names, or a fresh one; the API knows none."""
        key = "" if request.path.startswith(("/api/", "/static/")) else request.cookies.get(self.get_cookie_name(app))
        if not key:
            return StoredSession()
        now = clock.now()
        try:
            with db.engine.connect() as connection:
                row = connection.execute(
                    sa.select(WebSession.content, WebSession.seen_at).where(
                        WebSession.key_hash == hashed(key), WebSession.expires_at > now
                    )
                ).first()
        except OperationalError:
            g.database_down = True
            return StoredSession()
        return StoredSession(CONTENT.loads(row.content), key, row.seen_at) if row else StoredSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session where it changed, and the cookie where its key did."""
        assert isinstance(session, StoredSession)
        if request.path.startswith(("/api/", "/static/")) or g.get("database_down"):
            return
        response.vary.add("Cookie")
        stale = session.seen_at is not None and clock.now() - session.seen_at > TOUCH_EVERY
        if not session.modified and not stale and not session.new_key_wanted:
            return
        old = session.key
        if session.new_key_wanted or session.is_proven_anew or not old:
            session.key = secrets.token_urlsafe(32)
        if not session:
            _forget(old)
            # with all its attributes: browsers refuse a name that begins with __Host- without them
            response.delete_cookie(
                self.get_cookie_name(app),
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite="Lax",
                path=self.get_cookie_path(app),
            )
            return
        _store(session, old, g.get("_login_user"))
        if session.key != old:
            response.set_cookie(
                self.get_cookie_name(app),
                session.key,
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite="Lax",
                path=self.get_cookie_path(app),
                max_age=int(rules.SESSION_LIFE.total_seconds()),
            )


def _forget(key: str) -> None:
    if key:
        with db.engine.begin() as connection:
            connection.execute(sa.delete(WebSession).where(WebSession.key_hash == hashed(key)))


def _store(session: StoredSession, old: str, account: Account | None) -> None:
    now = clock.now()
    signed_in = account is not None and account.is_authenticated
    values = {
        "content": CONTENT.dumps(dict(session)),
        "account_id": account.id if signed_in and account else None,
        "seen_at": now,
        "user_agent": request.user_agent.string[:300],
    }
    idle, life = _limits(account if signed_in else None, half="tf_user_id" in session)
    with db.engine.begin() as connection:
        if session.key == old or (old and not session.new_key_wanted):  # the same session, perhaps under a new key
            latest = sa.func.least(WebSession.created_at + life, now + idle)
            change = sa.update(WebSession).where(WebSession.key_hash == hashed(old))
            connection.execute(change.values(key_hash=hashed(session.key), expires_at=latest, **values))
            return
        connection.execute(sa.delete(WebSession).where(WebSession.key_hash == hashed(old)))
        connection.execute(
            sa.insert(WebSession).values(
                key_hash=hashed(session.key), created_at=now, expires_at=now + min(idle, life), **values
            )
        )


def _limits(account: Account | None, *, half: bool) -> tuple[timedelta, timedelta]:
    """Return how long a session lives unused, and at most; *half*: the password was given, the code was not."""
    if account is None:
        return HALF_IDLE if half else ANONYMOUS_LIFE, ANONYMOUS_LIFE
    if account.is_staff:
        return rules.STAFF_SESSION_IDLE, rules.STAFF_SESSION_LIFE
    return rules.SESSION_IDLE, rules.SESSION_LIFE


def drop_expired() -> None:
    """Delete sessions that have ended (a sweep)."""
    db.session.execute(sa.delete(WebSession).where(WebSession.expires_at < clock.now()))


def register_sessions(app: Flask) -> None:
    """Make *app* keep its sessions in the database and change the key at sign-in and sign-out."""
    app.session_interface = DatabaseSessions()

    def renew(sender: Flask, **_: Any) -> None:
        from flask import session

        stored = session._get_current_object()  # type: ignore[attr-defined]
        if isinstance(stored, StoredSession):
            stored.new_key_wanted = True
            # Flask-Login would remember by a cookie that outlives signing out, every limit and the second factor.
            stored.pop("_remember", None)

    user_logged_in.connect(renew, app, weak=False)
    user_logged_out.connect(renew, app, weak=False)
