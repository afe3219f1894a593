"""How often somebody may try to get in: counted in PostgreSQL, where no wiped Valkey and no restart forgets it.

Nobody is locked out by somebody else.  What is tried on one account is counted for each address that tries; what all
addresses together try on it is counted too, but never stops one from which its owner has signed in before.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, Response, current_app, g, request, session
from flask_login import current_user
from sqlalchemy.dialects.postgresql import insert
from werkzeug.exceptions import TooManyRequests

from marketplace import clock
from marketplace.accounts.models import Account, TryCount
from marketplace.accounts.queries import asking_id
from marketplace.db import db

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN = timedelta(days=90)
# An address of the newer kind is one of very many that a household has: all of them count as one.
HOUSEHOLD = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries *within* a stretch of time; counted by address (*where*), by account (*who*), or by both.

    *always*: whoever is known here is stopped too.
    """

    name: str
    most: int
    within: timedelta
    where: bool = True
    who: bool = False
    always: bool = False


SIGN_IN = (
    Limit("sign-in", 60, timedelta(minutes=15)),
    Limit("sign-in", 10, timedelta(minutes=15), who=True),
    Limit("sign-in", 100, timedelta(hours=1), where=False, who=True),
)
SIGN_UP = (Limit("sign-up", 20, timedelta(hours=1)),)
MAIL = (Limit("mail", 20, timedelta(hours=1)), Limit("mail", 5, timedelta(hours=1), who=True))
INVITING = (Limit("inviting", 50, timedelta(hours=1), where=False, who=True),)
WRITING = (Limit("writing", 30, timedelta(hours=1), where=False, who=True, always=True),)
ERASURE = (
    Limit("erasure", 10, timedelta(minutes=15), who=True),
    Limit("erasure", 30, timedelta(hours=1), where=False, who=True),
)
PAYEE = (
    Limit("payee", 10, timedelta(minutes=15), who=True),
    Limit("payee", 30, timedelta(hours=1), where=False, who=True),
)
LIMITS = {
    "security.login": SIGN_IN,
    "security.verify": SIGN_IN,
    "security.two_factor_token_validation": SIGN_IN,
    "security.mf_recovery": SIGN_IN,
    "security.wan_signin_response": SIGN_IN[:1],
    "security.wan_verify_response": SIGN_IN[:1],
    "api_accounts.Tokens": SIGN_IN,
    "security.register": SIGN_UP,
    "api_accounts.Accounts": SIGN_UP,
    "security.forgot_password": MAIL,
    "security.send_confirmation": MAIL,
    "security.change_email": MAIL,
    "erasure.show": ERASURE,
    "api_erasure.Erasure": ERASURE,
    "payees.own": PAYEE,
    "payees.end": PAYEE,
    "api_payees.PayoutMethods": PAYEE,
    "api_payees.PayoutMethodEnds": PAYEE,
    "organisations.show": INVITING,
    "organisations.invite_again": INVITING,
    "api_organisations.MemberInvitations": INVITING,
    "messages.thread": WRITING,
    "messages.team": WRITING,
    "api_messages.Messages": WRITING,
    "api_messages.TeamMessages": WRITING,
}


def register_tries(app: Flask) -> None:
    """Have *app* count and stop what is tried too often; a sign-in that succeeds counts as nothing tried."""
    app.before_request(_count)
    app.after_request(_take_back)


def drop_old() -> None:
    """Forget counts whose time is over (a sweep)."""
    db.session.execute(sa.delete(TryCount).where(TryCount.ends_at < clock.now()))


def _count() -> None:
    limits = LIMITS.get(request.endpoint or "", ()) if request.method == "POST" else ()
    if not limits:
        return
    now = clock.now()
    turns = {limit: EPOCH + (now - EPOCH) // limit.within * limit.within for limit in limits}
    with db.engine.begin() as connection:
        counts = {limit: _added(connection, _key(limit), turn, turn + limit.within) for limit, turn in turns.items()}
        known = _is_known(connection)
    g.tried, g.tried_on = turns, _hashed("log", _who())[:16]
    over = [
        limit for limit, count in counts.items() if count > limit.most and (limit.where or limit.always or not known)
    ]
    if over:
        wait = max(turns[limit] + limit.within - now for limit in over)
        minutes = max(1, round(wait.total_seconds() / 60))
        raise TooManyRequests(
            f"That was tried very often from here. Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            retry_after=int(wait.total_seconds()) + 1,
        )


def _take_back(response: Response) -> Response:
    turns: dict[Limit, datetime] = g.pop("tried", {})
    is_sign_in = any(limit.name == "sign-in" for limit in turns)
    # not by where the answer leads: a wrong passkey leads on too, and who is signed in already stays so
    done = response.status_code == 201 or session.is_proven_anew  # type: ignore[attr-defined]
    half = request.endpoint == "security.login" and response.status_code == 302 and "tf_user_id" in session
    if is_sign_in:
        # of the account that was tried only a mark is told, for what was typed may be anything, a password too
        structlog.get_logger("accounts").info(
            "authentication",
            outcome="right" if done else "half" if half else "wrong",
            by=request.endpoint,
            account_id=asking_id(),
            tried=g.tried_on,
            where=asking_address(),
        )
    if done and is_sign_in:
        with db.engine.begin() as connection:
            for limit, turn in turns.items():
                mine = sa.and_(TryCount.key == _key(limit), TryCount.turn == turn)
                left = 0 if limit.where and limit.who else TryCount.count - 1
                connection.execute(sa.update(TryCount).where(mine).values(count=left))
            _added(connection, _hashed("known", _who(), asking_address()), EPOCH, clock.now() + KNOWN)
    return response


def _added(connection: sa.Connection, key: str, turn: datetime, ends_at: datetime) -> int:
    """Count one try more, in one step, and return how many there are now."""
    one = insert(TryCount).values(key=key, turn=turn, count=1, ends_at=ends_at)
    more = {"count": TryCount.count + 1, "ends_at": one.excluded.ends_at}
    again = one.on_conflict_do_update(index_elements=[TryCount.key, TryCount.turn], set_=more)
    return connection.execute(again.returning(TryCount.count)).scalar_one()


def _is_known(connection: sa.Connection) -> bool:
    known = TryCount.key == _hashed("known", _who(), asking_address())
    return bool(connection.scalar(sa.select(sa.exists().where(known, TryCount.ends_at > clock.now()))))


def _key(limit: Limit) -> str:
    who, where = _who() if limit.who else "", asking_address() if limit.where else ""
    return _hashed(limit.name, who, where)


def _hashed(*parts: str) -> str:
    """Return what is kept of an address: with it alone nobody learns who tried from where."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _who() -> str:
    """Return the account that is tried, whether there is one or not."""
    if current_user.is_authenticated:
        return str(current_user.email).lower()
    if half := session.get("tf_user_id"):
        return str(db.session.scalar(sa.select(Account.email).where(Account.fs_uniquifier == half)) or "").lower()
    given: Any = request.get_json(silent=True) if request.is_json else request.form
    named = given.get("email") if isinstance(given, dict) or given is request.form else None
    return named.strip().lower()[:300] if isinstance(named, str) else ""


def asking_address() -> str:
    """Return the address that the request comes from, of an IPv6 one the net."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or ""
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> HOUSEHOLD << HOUSEHOLD)}/{HOUSEHOLD}"
    return str(address)
