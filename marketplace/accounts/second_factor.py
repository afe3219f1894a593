"""The second factor: codes of an authenticator app that count once, recovery codes kept as hashes, and its reset."""

import hashlib
import secrets
from base64 import b32encode, urlsafe_b64encode
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, session
from flask_security import Totp, tf_code_confirmed, tf_disabled, tf_profile_changed
from flask_security.recovery_codes import MfRecoveryCodesUtil
from passlib.exc import TokenError
from passlib.totp import TOTP

from marketplace import audit, clock
from marketplace.accounts.models import Account, WebSession
from marketplace.accounts.rules import DEMO_DOMAIN, ISSUER, RECOVERY_CODES
from marketplace.config import Config
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.notices import Letter, notify_of_security
from marketplace.words import say

# A code is good in its own half minute, the one before and the one after: clocks differ, and people type.
WINDOW = HALF_MINUTE = 30
CODE_BYTES = 15  # 120 bits: so much that a plain hash of it cannot be guessed


def settings(config: Config) -> dict[str, Any]:
    """Return Flask-Security's settings of the second factor."""
    key = hashlib.blake2b(config.secret_key.encode(), digest_size=32, person=b"second factor").digest()
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": WINDOW,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/recovery-codes",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/second-factor/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/second-factor/help",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/second-factor/choice",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/second-factor/recovery",
        "SECURITY_TOTP_SECRETS": {"1": urlsafe_b64encode(key).decode()},
        "SECURITY_TOTP_ISSUER": ISSUER,
        "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": ("This code is not right, or was used before.", "error"),
        "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": ("Your second factor is set up.", "success"),
        "SECURITY_MSG_TWO_FACTOR_DISABLED": ("Your second factor is taken away.", "success"),
        "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": ("Sign in with your password first.", "error"),
        "SECURITY_MSG_INVALID_RECOVERY_CODE": ("This is none of your codes, or was used before.", "error"),
    }


class CodesThatCountOnce(Totp):
    """Time-based codes (RFC 6238, 30 seconds, six digits), each of which opens one door only."""

    def __init__(self, secrets: dict[str, str] | dict[int, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=lambda: clock.now().timestamp())

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Return whether *token* is one of the secret's codes of now, and the first use of it."""
        try:
            match = self._totp.verify(token, totp_secret, window=window)
        except (TokenError, ValueError):
            return False
        is_new = totp_secret != user.tf_totp_secret
        earlier = sa.or_(sa.literal(is_new), Account.tf_last_counter.is_(None), Account.tf_last_counter < match.counter)
        used = sa.update(Account).where(Account.id == user.id, earlier).values(tf_last_counter=match.counter)
        return db.session.execute(used.returning(Account.id)).first() is not None

    def code_at(self, totp_secret: str, moment: int) -> str:
        """Return the code of *moment*, in seconds since 1970."""
        code: str = self._totp.from_source(totp_secret).generate(moment).token
        return code

    def generate_recovery_codes(self, number: int) -> list[str]:
        """Return *number* codes of six groups of four letters and digits."""
        return [_grouped(b32encode(secrets.token_bytes(CODE_BYTES)).decode()) for _ in range(number)]


class HashedCodes(MfRecoveryCodesUtil):
    """Recovery codes of which only hashes are kept: they are shown once, when they are made."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Make new codes in the place of all that there were, and return them."""
        audit.record("second_factor.codes_made", "account", user.id, actor_id=user.id)
        return super().create_recovery_codes(user)

    def get_recovery_codes(self, user: Any) -> list[str]:
        """Return none: they cannot be shown again."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Return whether *code* is one of those left; whoever tries the same at the same moment comes after."""
        db.session.execute(sa.select(Account.id).where(Account.id == user.id).with_for_update())
        db.session.refresh(user, ["mf_recovery_codes"])
        return _code_hash(code) in (user.mf_recovery_codes or ())

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Use *code* up, and tell its owner."""
        user.mf_recovery_codes = [one for one in user.mf_recovery_codes or () if one != _code_hash(code)]
        left = len(user.mf_recovery_codes)
        audit.record("second_factor.code_used", "account", user.id, actor_id=user.id, left=left)
        _tell(user, "recovery_code_used", "Fairmatch: a recovery code was used", left=left)
        return True

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [_code_hash(code) for code in codes]


def register_second_factor(app: Flask) -> None:
    """Have changes of the second factor written down and told."""
    tf_code_confirmed.connect(_first_confirmed, app, weak=False)
    tf_profile_changed.connect(_changed, app, weak=False)
    tf_disabled.connect(_taken_away, app, weak=False)
    app.extensions["fairmatch_security"].tf_token_validation_context_processor(_demo_code)


def is_code_of(account: Account, code: str) -> bool:
    """Return whether *code* is one of *account*'s app, and use it up."""
    factory = current_app.extensions["fairmatch_security"].totp_factory
    return bool(account.tf_totp_secret) and factory.verify_totp(code, account.tf_totp_secret, account, WINDOW)


def set_up_app(account: Account) -> None:
    """Give *account* an authenticator app whose secret nobody has seen (the demo world)."""
    account.tf_primary_method = "authenticator"
    account.tf_totp_secret = current_app.extensions["fairmatch_security"].totp_factory.generate_totp_secret()


def reset_second_factor(account: Account, *, by: Account | None) -> None:
    """Take app, codes and passkeys of somebody who has lost them away; they set up others when they sign in next.

    Raises Refused for one's own, which one changes, and where there is none.
    """
    if by is not None and account.id == by.id:
        raise Refused(say("Change your own second factor under My account; another admin can reset it."))
    if not account.has_second_factor and not account.webauthn:
        raise Refused(say("They have no second factor."))
    _forget(account)
    account.webauthn = []
    db.session.execute(sa.delete(WebSession).where(WebSession.account_id == account.id))
    audit.record("second_factor.reset", "account", account.id, actor_id=by.id if by else None)
    _tell(account, "second_factor_reset", "Fairmatch: your second factor was reset")


def _demo_code() -> dict[str, str | None]:
    """Return the code that the page tells, in the demo world and of its own people alone."""
    config: Config = current_app.config["FAIRMATCH"]
    half = session.get("tf_user_id")
    account = db.session.scalar(sa.select(Account).where(Account.fs_uniquifier == half)) if config.demo else None
    if account is None or not account.email.endswith(f"@{DEMO_DOMAIN}") or not account.tf_totp_secret:
        return {}
    counter = int(clock.now().timestamp()) // HALF_MINUTE
    fresh = max(counter, (account.tf_last_counter or 0) + 1)
    factory = current_app.extensions["fairmatch_security"].totp_factory
    return {"demo_code": factory.code_at(account.tf_totp_secret, fresh * HALF_MINUTE) if fresh <= counter + 1 else None}


def _first_confirmed(sender: Flask, user: Account, **_: Any) -> None:
    """A code was right at sign-in: the first ever of this secret, or one of many."""
    if sa.inspect(user).attrs.tf_totp_secret.history.has_changes():
        _changed(sender, user)


def _changed(sender: Flask, user: Account, **_: Any) -> None:
    user = db.session.get_one(Account, user.id)
    audit.record("second_factor.set", "account", user.id, actor_id=user.id)
    _tell(user, "second_factor_set", "Fairmatch: your second factor was set up")


def _taken_away(sender: Flask, user: Account, **_: Any) -> None:
    user = db.session.get_one(Account, user.id)
    _forget(user)
    audit.record("second_factor.taken_away", "account", user.id, actor_id=user.id)
    _tell(user, "second_factor_taken_away", "Fairmatch: your second factor was taken away")


def _forget(account: Account) -> None:
    account.tf_primary_method = account.tf_totp_secret = account.tf_last_counter = account.mf_recovery_codes = None


def _tell(account: Account, template: str, subject: str, **words: Any) -> None:
    letter = Letter(template, subject, {"to_name": account.name, **words})
    notify_of_security(account, template.replace("_", ".", 1), subject.removeprefix("Fairmatch: "), letter)


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _code_hash(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
