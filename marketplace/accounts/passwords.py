"""Which passwords are taken: 12 to 128 characters, and none that a thief would try early; asked alike at every door.

What is tried early zxcvbn knows: lists of common passwords, words and names, rows of keys, dates, repetition
(D. Wheeler, zxcvbn: low-budget password strength estimation, USENIX Security 2016).  Its lists lie on this machine;
nothing is sent.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

from flask_security import PasswordUtil

from marketplace.accounts.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD

# Found within a hundred million tries: zxcvbn's own border to what holds against somebody who may try slowly only.
LEAST_SCORE = 3
# Looking at more takes long, and what makes a password weak shows in its beginning.
LOOKED_AT = 72
# However a keyboard puts letters together, it is one password.
FORM: Literal["NFKD"] = "NFKD"
# What anybody would try here before other words, because it is what this place is about.
OUR_WORDS = (
    "fairmatch",
    "annotation",
    "annotator",
    "annotate",
    "marketplace",
    "freelancer",
    "timesheet",
    "payout",
    "invitation",
    "resume",
    "reviewer",
    "auditor",
)
LENGTH = f"Choose a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
EARLY = "This password would be guessed early{}. Several words that do not belong together are hard to guess."


def complaint(password: str, about: Iterable[str | None] = ()) -> str:
    """Return why *password* is not taken, in words for its owner, or nothing.

    *about*: what others may know of the owner, such as name and address, of which it must not be made.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return LENGTH
    from zxcvbn import zxcvbn  # with megabytes of lists, which few requests need

    known = {part for one in about if one for part in (one, *one.replace("@", " ").replace(".", " ").split())}
    found = zxcvbn(password[:LOOKED_AT], user_inputs=[*OUR_WORDS, *sorted(known)], max_length=LOOKED_AT)
    if found["score"] >= LEAST_SCORE:
        return ""
    warning = str(found["feedback"]["warning"]).rstrip(".")
    return EARLY.format(f": {warning[0].lower()}{warning[1:]}" if warning else "")


def normalized(password: str) -> str:
    """Return *password* as it is hashed and compared."""
    return unicodedata.normalize(FORM, password)


class JudgedPasswords(PasswordUtil):
    """Has Flask-Security's forms ask the same."""

    def validate(self, password: str, is_register: bool, **known: Any) -> tuple[list[str] | None, str]:
        """Return what is wrong, None for nothing, and the password as it is hashed."""
        user = known.get("user")
        about = (known.get("email"), known.get("name")) if is_register else (user and user.email, user and user.name)
        said = complaint(password, about)
        return [said] if said else None, normalized(password)
