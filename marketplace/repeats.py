"""Requests that are sent again have one effect: the answer is kept in the transaction of the effect, and given again.

The API's clients send a key of their own in the header ``Idempotency-Key``; forms carry one made with the page.
Source: IETF draft-ietf-httpapi-idempotency-key-header-07; Stripe's API for what counts as the same request.
"""

import hashlib
import hmac
import json
import re
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import Flask, Response, abort, current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock
from marketplace.db import Base, Moment, db
from marketplace.problems import answer
from marketplace.web import commit_later

HEADER, FIELD = "Idempotency-Key", "_key"
KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
PLAIN = re.compile(r"[\x21-\x7e]{1,255}")
NOT_PLAIN = f"{HEADER} takes 1 to 255 visible ASCII characters, such as a UUID."
IN_PROGRESS = "The same request is being done at this moment. Ask again for its answer."
OTHER_REQUEST = f"This {HEADER} came with another request before. Make a new key for a new request."


class StoredAnswer(Base):
    """The answer to a request that changed something; *name* says whose it was and with which key, *content* is sealed.

    Only who has the key can open it, because an answer may hold what is shown once, such as a token.
    """

    __tablename__ = "stored_answer"

    name: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[Moment] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may be sent again.  *waits*: for the first to be done; else one is told that it is not."""

    name: str
    fingerprint: str
    key: str
    waits: bool


def register_repeats(app: Flask) -> None:
    """Have *app* answer what is sent again with the first answer; templates get a form's key by ``form_key()``."""
    app.before_request(_begin)
    app.after_request(_keep)
    app.jinja_env.globals["form_key"] = _form_key


def drop_old() -> None:
    """Forget answers after a day (a sweep)."""
    db.session.execute(sa.delete(StoredAnswer).where(StoredAnswer.created_at < clock.now() - KEPT_FOR))


def _form_key() -> str:
    """Return the key of the page that is being shown: another each time."""
    if "form_key" not in g:
        g.form_key = secrets.token_urlsafe(16)
    return str(g.form_key)


def _begin() -> Response | None:
    asked = _repeatable() if request.method == "POST" and request.endpoint else None
    if asked is None:
        return None
    if not _take_turn(asked):
        response = answer(409, IN_PROGRESS)
        response.headers["Retry-After"] = "1"
        return response
    kept = db.session.get(StoredAnswer, asked.name)
    if kept is not None and kept.created_at > clock.now() - KEPT_FOR:
        return _opened(kept, asked) if kept.fingerprint == asked.fingerprint else answer(422, OTHER_REQUEST)
    g.repeatable = asked
    commit_later()
    return None


def _repeatable() -> Repeatable | None:
    """Return the request by its key, or None when it has none.

    Of one account another request under the same key is a mistake.  Of a form, which may have been filled anew after
    going back, and of a stranger, who cannot know the keys of others, it is another request.
    """
    by_api = request.path.startswith("/api/")
    key = request.headers.get(HEADER, "") if by_api else request.form.get(FIELD, "")
    if not key:
        return None
    if not PLAIN.fullmatch(key):
        abort(400, description=NOT_PLAIN)
    print_ = _fingerprint()
    who = f"account {current_user.id}" if current_user.is_authenticated else "nobody"
    apart = "" if by_api and current_user.is_authenticated else print_
    return Repeatable(_hash("name", who, key, apart), print_, key, waits=not by_api)


def _fingerprint() -> str:
    """Return what says whether two requests are the same: method, address, and every field and file."""
    parts = [request.method, request.full_path]
    if request.is_json:
        parts.append(json.dumps(request.get_json(silent=True), sort_keys=True))
    for name in sorted(set(request.form) - {"csrf_token"}):
        parts += [name, *request.form.getlist(name)]
    for name, file in sorted(request.files.items(multi=True), key=lambda one: one[0]):
        parts += [name, file.filename or "", hashlib.sha256(file.stream.read()).hexdigest()]
        file.stream.seek(0)
    return _hash("request", *parts)


def _take_turn(asked: Repeatable) -> bool:
    """Lock the request against its likes until this transaction ends, however it ends."""
    number = int.from_bytes(bytes.fromhex(asked.name)[:8], signed=True)
    if asked.waits:
        db.session.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
        db.session.execute(sa.text("SET LOCAL lock_timeout = DEFAULT"))
        return True
    return bool(db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))))


def _keep(response: Response) -> Response:
    """Commit what the request did together with its answer; what was refused did nothing, and may be tried again."""
    asked: Repeatable | None = g.pop("repeatable", None)
    if asked is None or not g.pop("commit_wanted", False) or response.status_code >= 400:
        return response
    try:
        db.session.execute(sa.delete(StoredAnswer).where(StoredAnswer.name == asked.name))
        db.session.add(StoredAnswer(name=asked.name, fingerprint=asked.fingerprint, content=_sealed(response, asked)))
        db.session.commit()
    except Exception as error:  # noqa: BLE001 - the one block of errors knows what to answer
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _sealed(response: Response, asked: Repeatable) -> bytes:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = b64encode(response.get_data()).decode()
    whole = {"status": response.status_code, "headers": headers, "body": body}
    return _seal(asked).encrypt(json.dumps(whole).encode())


def _opened(kept: StoredAnswer, asked: Repeatable) -> Response:
    whole = json.loads(_seal(asked).decrypt(kept.content))
    response = Response(b64decode(whole["body"]), status=whole["status"], headers=whole["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _seal(asked: Repeatable) -> Fernet:
    return Fernet(urlsafe_b64encode(bytes.fromhex(_hash("seal", asked.key))))


def _hash(*parts: str) -> str:
    whole = json.dumps(parts).encode("utf-8", "surrogatepass")
    return hmac.new(str(current_app.config["SECRET_KEY"]).encode(), whole, hashlib.sha256).hexdigest()
