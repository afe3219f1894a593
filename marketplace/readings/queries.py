"""What was read in a résumé, beside what its owner states and has said of it."""

from typing import Any

from marketplace.errors import Missing
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.queries import dismissed_facts
from marketplace.readings.rules import Found, Key, key_of, offered, standing
from matching.vocabulary import Cefr


def found_in(resume: Resume) -> list[Found]:
    """Return every fact read in *resume*, in its order."""
    profile = stated(resume.profile)
    dismissed = dismissed_facts(resume.profile_id)
    return [
        Found(number, fact, standing(fact, profile, dismissed), offered(fact, profile))
        for number, fact in enumerate(resume.facts)
    ]


def get_fact(resume: Resume, number: int) -> dict[str, Any]:
    """Return the fact at *number*; raises Missing when there is none."""
    if number >= len(resume.facts):
        raise Missing
    return resume.facts[number]


def is_read_anew(resume: Resume, number: int, seen: Key) -> bool:
    """Return whether another fact stands at *number* than the one that somebody looked at."""
    return key_of(get_fact(resume, number)) != seen


def stated(profile: AnnotatorProfile) -> dict[str, Any]:
    """Return the languages and degrees of *profile* as plain values, levels in words."""
    return {
        "languages": [
            {
                "tag": one.tag,
                "written": Cefr(one.written).name,
                "spoken": Cefr(one.spoken).name,
                "native": "1" if one.native else "",
            }
            for one in profile.languages
        ],
        "degrees": [
            {"level": one.level, "status": str(one.status), "subject": one.subject, "year": one.year or ""}
            for one in profile.degrees
        ],
    }
