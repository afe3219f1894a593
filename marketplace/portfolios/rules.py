"""What a public page may hold, and whose page is shown."""

import re
import secrets
from enum import StrEnum

from marketplace.profiles.rules import ProfileState

LONGEST_HEADLINE = 160
# 128 bits: nobody finds a page whose link they were not given.
KEY_BYTES = 16
KEY = re.compile(r"[A-Za-z0-9_-]{22}")


class Part(StrEnum):
    """A part of the page; its owner chooses which of them others see."""

    NAME = "name"
    HOURS = "hours"
    PROJECTS = "projects"
    LANGUAGES = "languages"
    DEGREES = "degrees"


PART_WORDS = {
    Part.NAME: "My name (else my number here)",
    Part.HOURS: "My approved hours",
    Part.PROJECTS: "My projects, those that are not public as a number",
    Part.LANGUAGES: "My languages with their levels",
    Part.DEGREES: "My degrees",
}


def new_key() -> str:
    """Return the part of a link that nobody guesses."""
    return secrets.token_urlsafe(KEY_BYTES)


def refuse_publishing(state: ProfileState) -> str | None:
    """Return why somebody cannot have a public page, or None."""
    if state is ProfileState.QUALIFIED:
        return None
    return f"Your profile is {state}. A public page says what was looked at, so your profile has to be qualified first."
