"""Passkeys: a device that knows its owner by finger, face or PIN signs them in, and is both factors at once."""

from typing import Any

from flask import Flask
from flask_security import WebauthnUtil, wan_deleted, wan_registered
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace import audit
from marketplace.accounts.models import Account
from marketplace.accounts.rules import ISSUER
from marketplace.db import db
from marketplace.notices import Letter, notify_of_security


def settings() -> dict[str, Any]:
    """Return Flask-Security's settings of passkeys."""
    return {
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": ISSUER,
        "SECURITY_WAN_ALLOW_AS_FIRST_FACTOR": True,
        "SECURITY_WAN_ALLOW_AS_MULTI_FACTOR": True,
        # Hints would tell whoever types an address which keys its account has.
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_REGISTER_URL": "/passkeys",
        "SECURITY_WAN_SIGNIN_URL": "/sign-in/passkey",
        "SECURITY_WAN_DELETE_URL": "/passkeys/delete",
        "SECURITY_WAN_VERIFY_URL": "/verify/passkey",
    }


class VerifiedPasskeys(WebauthnUtil):
    """Asks every device to make sure who holds it, and takes those in the computer as well as those apart from it."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Return what a new passkey has to be able to."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Return that a device has to know its owner."""
        return UserVerificationRequirement.REQUIRED


def register_passkeys(app: Flask) -> None:
    """Have new and deleted passkeys written down and told."""
    wan_registered.connect(_added, app, weak=False)
    wan_deleted.connect(_deleted, app, weak=False)


def _added(sender: Flask, user: Account, name: str, **_: Any) -> None:
    _tell("added", user, name)


def _deleted(sender: Flask, user: Account, name: str, **_: Any) -> None:
    _tell("deleted", user, name)


def _tell(what: str, user: Account, name: str) -> None:
    account = db.session.get_one(Account, user.id)
    audit.record(f"passkey.{what}", "account", account.id, actor_id=account.id)
    words = {"to_name": account.name, "name": name}
    letter = Letter(f"passkey_{what}", f"Fairmatch: a passkey was {what}", words)
    notify_of_security(account, f"passkey.{what}", f"The passkey “{name}” was {what}", letter)
