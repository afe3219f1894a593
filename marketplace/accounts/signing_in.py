"""Sign-up, confirmation, sign-in and reset by Flask-Security; bearer tokens for the API."""

import hashlib
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, Request, Response, after_this_request, g
from flask_login import user_logged_out
from flask_security import (
    MailUtil,
    RegisterFormV2,
    Security,
    SQLAlchemyUserDatastore,
    change_email_confirmed,
    password_changed,
    password_reset,
    user_registered,
)
from flask_security.utils import aware_utcnow
from itsdangerous import Signer
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from marketplace import audit, mail
from marketplace.accounts import actions, passkeys, passwords, rules, second_factor, tries
from marketplace.accounts.models import Account, Passkey, Role
from marketplace.accounts.rules import RoleName
from marketplace.config import Config
from marketplace.db import db
from marketplace.notices import Letter, notify_of_security

datastore = SQLAlchemyUserDatastore(db, Account, Role, Passkey)


class QueuedMail(MailUtil):
    """Hands Flask-Security's mails to the task table, in the transaction of what they are about."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **of: Any
    ) -> None:
        """Queue the rendered text."""
        to = recipient[0] if isinstance(recipient, tuple) else recipient
        whose = getattr(of.get("user"), "id", None)
        mail.queue_text(to=to, subject=str(subject), body=body or "", template=template, account_id=whose)
        after_this_request(_commit)


def _commit(response: Response) -> Response:
    db.session.commit()
    return response


class SignUpForm(RegisterFormV2):
    """Sign-up asks for a name too: invitations and payouts are addressed with it."""

    name = StringField("Name", validators=[DataRequired("Tell us your name."), Length(max=120)])


def settings(config: Config) -> dict[str, Any]:
    """Return Flask-Security's settings."""
    return {
        "SECURITY_PASSWORD_SALT": config.secret_key,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_LENGTH_MIN": rules.SHORTEST_PASSWORD,
        "SECURITY_PASSWORD_NORMALIZE_FORM": passwords.FORM,
        "SECURITY_FRESHNESS": rules.FRESH,
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
        "SECURITY_CHANGE_EMAIL": True,
        "SECURITY_REGISTERABLE": True,
        "SECURITY_USE_REGISTER_V2": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_AUTO_LOGIN_AFTER_CONFIRM": False,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_REGISTER_URL": "/sign-up",
        "SECURITY_RESET_URL": "/reset",
        "SECURITY_CHANGE_URL": "/change-password",
        "SECURITY_CONFIRM_URL": "/confirm",
        "SECURITY_VERIFY_URL": "/verify",
        "SECURITY_POST_CHANGE_EMAIL_VIEW": "/account",
        "SECURITY_CHANGE_EMAIL_ERROR_VIEW": "/account",
        "SECURITY_POST_LOGIN_VIEW": "/dashboard",
        "SECURITY_POST_REGISTER_VIEW": "/sign-in",
        "SECURITY_POST_CONFIRM_VIEW": "/sign-in",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_DATETIME_FACTORY": aware_utcnow,
        "SECURITY_EMAIL_SENDER": config.mail_sender,
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": not config.production},
        "SECURITY_EMAIL_SUBJECT_REGISTER": "Welcome to Fairmatch: please confirm your e-mail address",
        "SECURITY_EMAIL_SUBJECT_CONFIRM": "Fairmatch: please confirm your e-mail address",
        "SECURITY_CHANGE_EMAIL_SUBJECT": "Fairmatch: please confirm your new e-mail address",
        "SECURITY_WTF_CSRF_CHECK_DEFAULT": True,
        "SECURITY_MSG_CONFIRM_REGISTRATION": (
            "Thank you. We have mailed a link to %(email)s: open it to confirm your address.",
            "success",
        ),
        **second_factor.settings(config),
        **passkeys.settings(),
    }


def register_signing_in(app: Flask) -> None:
    """Put the account pages and both ways of signing in into *app*."""
    # What links and forms are signed with: SHA-1 by default, which nothing new should rest on.
    Signer.default_digest_method = staticmethod(hashlib.sha256)
    security = Security(
        app,
        datastore,
        mail_util_cls=QueuedMail,
        password_util_cls=passwords.JudgedPasswords,
        register_form=SignUpForm,
        totp_cls=second_factor.CodesThatCountOnce,
        mf_recovery_codes_util_cls=second_factor.HashedCodes,
        webauthn_util_cls=passkeys.VerifiedPasskeys,
    )
    app.extensions["fairmatch_security"] = security
    tries.register_tries(app)
    second_factor.register_second_factor(app)
    passkeys.register_passkeys(app)
    user_registered.connect(_begin_as_annotator, app, weak=False)
    change_email_confirmed.connect(_tell_old_address, app, weak=False)
    password_changed.connect(_note_new_password, app, weak=False)
    password_reset.connect(_note_new_password, app, weak=False)
    user_logged_out.connect(_note_sign_out, app, weak=False)
    app.login_manager.request_loader(_by_token)  # type: ignore[attr-defined]


def _begin_as_annotator(sender: Flask, user: Account, **_: Any) -> None:
    datastore.add_role_to_user(user, RoleName.ANNOTATOR)
    structlog.get_logger("accounts").info("signed_up", account_id=user.id)


def _note_new_password(sender: Flask, user: Account, **_: Any) -> None:
    audit.record("account.password_changed", "account", user.id, actor_id=user.id)
    notify_of_security(db.session.get_one(Account, user.id), "password.changed", "Your password was changed", None)


def _note_sign_out(sender: Flask, user: Any, **_: Any) -> None:
    if isinstance(user, Account):
        structlog.get_logger("accounts").info("signed_out", account_id=user.id)


def _tell_old_address(sender: Flask, user: Account, old_email: str, **_: Any) -> None:
    """Write the change down, and tell the old address of it, in the transaction of the change."""
    subject = "Fairmatch: your e-mail address was changed"
    letter = Letter("address_changed", subject, {"to_name": user.name}, to=old_email)
    notify_of_security(
        db.session.get_one(Account, user.id), "address.changed", "Your e-mail address was changed", letter
    )
    audit.record("account.email_changed", "account", user.id, actor_id=user.id)


def _by_token(request: Request) -> Account | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    found = actions.use_token(token.strip())
    if found is None:
        return None
    g.token_scopes = frozenset(found.scopes)
    return found.account
