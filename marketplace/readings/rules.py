"""How a fact that was read in a résumé stands to what its owner states, and what to offer them to state of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from matching.languages import Cover, covers
from matching.vocabulary import Cefr

# Of one fact, whichever reading found it.
Key = tuple[str, str, str]
LANGUAGE, DEGREE = "language", "degree"


class Standing(StrEnum):
    """open: nobody has said anything of it; held: the profile states it; dismissed: its owner says it is not so."""

    OPEN = "open"
    HELD = "held"
    DISMISSED = "dismissed"


STANDING_WORDS = {
    Standing.OPEN: "Not in your profile",
    Standing.HELD: "In your profile",
    Standing.DISMISSED: "You said this is not right",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A fact at its *number* in a résumé: as it was read, how it stands, and what a form about it begins with."""

    number: int
    fact: Mapping[str, Any]
    standing: Standing
    offered: Mapping[str, Any]


def key_of(fact: Mapping[str, Any]) -> Key:
    """Return what tells one fact from others, whichever reading found it."""
    return fact["kind"], fact["subject"], fact["level"]


def standing(fact: Mapping[str, Any], profile: Mapping[str, Any], dismissed: Collection[Key]) -> Standing:
    """Return how *fact* stands to *profile*: its *languages* and *degrees*, as `ProfileShape` writes them.

    A language is held in any variety of it, at whatever level: which level is right only its owner knows.
    """
    if key_of(fact) in dismissed:
        return Standing.DISMISSED
    if fact["kind"] == LANGUAGE:
        held = any(covers(one["tag"], fact["subject"]) is Cover.YES for one in profile["languages"])
    else:
        read = fact["subject"], fact["level"]
        held = any((str(int(one["level"])), one["status"]) == read for one in profile["degrees"])
    return Standing.HELD if held else Standing.OPEN


def offered(fact: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form about *fact* begins with: what the profile states of it, else what was read, else nothing."""
    if fact["kind"] == LANGUAGE:
        return _language(fact, profile)
    for one in profile["degrees"]:
        if str(int(one["level"])) == fact["subject"]:
            return {name: one[name] for name in ("level", "status", "subject", "year")}
    return {"level": fact["subject"], "status": fact["level"], "subject": "", "year": ""}


def _language(fact: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, Any]:
    for one in profile["languages"]:
        if covers(one["tag"], fact["subject"]) is Cover.YES:
            return {name: one[name] for name in ("tag", "written", "spoken", "native")}
    native = fact["level"] == "native"
    level = fact["level"] if fact["level"] in Cefr.__members__ else Cefr.C2.name if native else ""
    return {"tag": fact["subject"], "written": level, "spoken": level, "native": "1" if native else ""}
