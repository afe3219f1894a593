"""How account numbers are kept: sealed under the installation's secret, with a print that tells equal ones."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from flask import current_app

from marketplace.config import Config


def sealed(number: str) -> bytes:
    """Return *number* as it is kept."""
    return _seal().encrypt(number.encode())


def opened(kept: bytes) -> str:
    """Return the number that was kept; raises InvalidToken where it was sealed under another secret."""
    return _seal().decrypt(kept).decode()


def sealed_file(content: bytes) -> bytes:
    """Return a file that holds account numbers, such as a payment file, as it is kept."""
    return _seal().encrypt(content)


def opened_file(kept: bytes) -> bytes:
    """Return the file that was kept; raises InvalidToken where it was sealed under another secret."""
    return _seal().decrypt(kept)


def fingerprint(number: str) -> str:
    """Return what is equal for equal numbers; without the secret nobody can try all numbers against it."""
    return hmac.new(_key(b"same account"), number.encode(), hashlib.sha256).hexdigest()


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(b"payout methods")))


def _key(purpose: bytes) -> bytes:
    config: Config = current_app.config["FAIRMATCH"]
    return hashlib.blake2b(config.secret_key.encode(), digest_size=32, person=purpose).digest()
