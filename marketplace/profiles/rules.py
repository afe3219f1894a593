"""The states and limits of annotator profiles and résumés, what may still be missing, and what can be chosen from."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import langcodes
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from matching.languages import Cover, canonical_tag, covers, language_name
from matching.resumes.suspicion import for_manager, for_owner
from matching.resumes.types import Flag, FlagKind
from matching.vocabulary import Cefr

MAX_WEEKLY_MINUTES = 60 * 60
MAX_HOURLY_RATE_MINOR = 1_000_000
MAX_ROWS = 20
MAX_PASTED_CHARACTERS = 100_000
# Each upload costs up to 15 s of a worker and 5 MiB that are kept until erasure.
MAX_UPLOADS_A_DAY = 20
RATE_CURRENCY = "USD"
# What a profile states once, by column.
BASICS = ("country", "time_zone", "weekly_minutes", "min_rate_minor", "about")

# What CLDR lists beside ISO 3166-1. Kosovo (XK) is not in the standard either, but people live there, and banks use it.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
ZONE_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
LONGEST_LANGUAGE = 80
PRIVATE_TAG = re.compile(r"x-|q[a-t][a-z]\b|.*-x-")
SPEAKERS_TO_BE_SUGGESTED = 1_000_000
NO_LANGUAGES = frozenset({"und", "mul", "zxx", "mis"})
VARIETIES = (
    "zh-Hans",
    "zh-Hant",
    "yue-Hans",
    "yue-Hant",
    "en-GB",
    "en-US",
    "es-ES",
    "es-419",
    "pt-BR",
    "pt-PT",
    "fr-CA",
)


class FactSaid(StrEnum):
    """What the owner of a résumé says of a fact that was read in it."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class ProfileState(StrEnum):
    """draft → submitted → qualified / rejected / withdrawn."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    QUALIFIED = "qualified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ResumeState(StrEnum):
    """uploaded → reading → ready / refused."""

    UPLOADED = "uploaded"
    READING = "reading"
    READY = "ready"
    REFUSED = "refused"


READ = frozenset({ResumeState.READY, ResumeState.REFUSED})


class PassageKind(StrEnum):
    """What a piece of a résumé is: a part of its whole text, or a job title found in it."""

    PASSAGE = "passage"
    TITLE = "title"


class SpaceState(StrEnum):
    """building → active → retired; matching reads the active one."""

    BUILDING = "building"
    ACTIVE = "active"
    RETIRED = "retired"


class Reading(StrEnum):
    """Where the reading of a résumé stands for its owner; ``stuck`` when the machine has given up on it."""

    WAITING = "waiting"
    READING = "reading"
    STUCK = "stuck"
    READY = "ready"
    REFUSED = "refused"


class RejectionReason(StrEnum):
    """Why a profile is not qualified."""

    RESUME_UNRELATED = "resume_unrelated"
    FACTS_NOT_SUPPORTED = "facts_not_supported"
    ENGLISH_INSUFFICIENT = "english_insufficient"
    DUPLICATE_ACCOUNT = "duplicate_account"


REJECTION_WORDS = {
    RejectionReason.RESUME_UNRELATED: "The résumé does not show what the profile states",
    RejectionReason.FACTS_NOT_SUPPORTED: "Languages, degrees or experience need better evidence",
    RejectionReason.ENGLISH_INSUFFICIENT: "The English level is below what projects ask for",
    RejectionReason.DUPLICATE_ACCOUNT: "There is another account of the same person",
}


def refuse_submit(
    *, confirmed: bool, country: str | None, time_zone: str | None, language_tags: set[str], resume_state: str | None
) -> str | None:
    """Return what is still missing before a profile may be submitted, or None when nothing is."""
    if not confirmed:
        return "Confirm your e-mail address first: open the link that we mailed you."
    if not country or not time_zone:
        return "Fill in your country and time zone first."
    if not any(tag.split("-")[0] == "en" for tag in language_tags):
        return "Add English to your languages first: every project is run in English."
    if resume_state == ResumeState.REFUSED:
        return "Your résumé could not be accepted; upload another one first."
    if resume_state is None:
        return "Upload your résumé first."
    if resume_state != ResumeState.READY:
        return "Your résumé is still being read; this takes a few seconds."
    return None


def refuse_transition(state: ProfileState, wanted: ProfileState) -> str | None:
    """Return why a profile in *state* cannot become *wanted*, or None when it can."""
    allowed: dict[ProfileState, set[ProfileState]] = {
        ProfileState.DRAFT: set(),
        ProfileState.SUBMITTED: {ProfileState.DRAFT, ProfileState.REJECTED, ProfileState.WITHDRAWN},
        ProfileState.WITHDRAWN: {ProfileState.SUBMITTED, ProfileState.QUALIFIED},
        ProfileState.QUALIFIED: {ProfileState.SUBMITTED},
        ProfileState.REJECTED: {ProfileState.SUBMITTED},
    }
    if state in allowed[wanted]:
        return None
    if wanted is ProfileState.SUBMITTED:
        return f"Your profile is already {state}."
    return f"This profile is {state}: it cannot become {wanted} now."


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the onboarding checklist; *state* is done, current, problem or todo."""

    name: str
    label: str
    state: str
    hint: str


def checklist(
    *,
    state: ProfileState,
    confirmed: bool,
    country: str | None,
    time_zone: str | None,
    language_tags: set[str],
    resume_state: str | None,
) -> list[Step]:
    """Return the steps to a submitted profile; the first that is not done is the current one."""
    english = any(tag.split("-")[0] == "en" for tag in language_tags)
    submitted = state in {ProfileState.SUBMITTED, ProfileState.QUALIFIED}
    lines = [
        ("email", "Confirm your e-mail", confirmed, "Open the link that we mailed you."),
        ("basics", "About you", bool(country and time_zone), "Country, time zone, hours and rate."),
        ("resume", "Résumé", resume_state == ResumeState.READY, "In English; PDF, DOCX, ODT or text."),
        ("facts", "Languages, degrees, experience", english, "English has to be among your languages."),
        ("submit", "Submit for review", submitted, "A person looks at it and tells you by mail."),
    ]
    steps: list[Step] = []
    for name, label, done, hint in lines:
        waiting = not done and all(step.state != "current" for step in steps)
        word = "done" if done else "current" if waiting else "todo"
        if name == "resume" and resume_state == ResumeState.REFUSED:
            steps.append(Step(name, label, "problem", "It could not be accepted: upload another one."))
        else:
            steps.append(Step(name, label, word, "" if done else hint))
    return steps


def documents_language(found: Iterable[Mapping[str, Any]], tag: str, written: int, spoken: int, native: bool) -> bool:
    """Return whether facts *found* in a résumé say at least what is stated of the language *tag*."""
    levels = {one["level"] for one in found if one["kind"] == "language" and covers(one["subject"], tag) is Cover.YES}
    if "native" in levels:
        return True
    return not native and any(Cefr[level] >= max(written, spoken) for level in levels if level in Cefr.__members__)


def documents_degree(found: Iterable[Mapping[str, Any]], level: int, status: str) -> bool:
    """Return whether facts *found* in a résumé name a degree of this ISCED level, held or in progress alike."""
    return any((one["kind"], one["subject"], one["level"]) == ("degree", str(level), status) for one in found)


def marked(text: str, spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    """Give *text* in pieces with the label of the (start, end, label) span that each lies in, or an empty one.

    Where two spans overlap the one that starts first is marked.
    """
    reached = 0
    for start, end, label in sorted(spans):
        if start < reached or end > len(text):
            continue
        yield text[reached:start], ""
        yield text[start:end], label
        reached = end
    yield text[reached:], ""


@cache
def countries() -> dict[str, str]:
    """Return the English name of each country by ISO 3166-1 alpha-2 code, in the order of the names."""
    names = {code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()}
    return dict(sorted(((c, n) for c, n in names.items() if c not in NO_COUNTRIES), key=lambda pair: pair[1]))


@cache
def country_options() -> list[tuple[str, str]]:
    """Return (label, name in its own first official language) of each country, in the order of the labels."""
    return [(country_label(code), own_name(code) or name) for code, name in countries().items()]


def country_label(code: str) -> str:
    """Return a country as people and `find_country` both read it, such as ``Germany [DE]``."""
    return f"{countries().get(code, code)} [{code}]"


def own_name(code: str) -> str:
    """Return what a country calls itself in its first official language that is known, or ""."""
    for language in get_official_languages(code, de_facto=True):
        with suppress(UnknownLocaleError):
            if own := Locale.parse(language).territories.get(code):
                return str(own)
    return ""


def find_country(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country given by it, by its name, or as ``name [XX]``.

    Raises ValueError, with a text for people.
    """
    wanted = text.strip()
    bracketed = re.fullmatch(r".*\[([A-Za-z]{2})\]", wanted)
    code = (bracketed[1] if bracketed else wanted).upper()
    if code in countries():
        return code
    if found := _countries_by_name().get(wanted.casefold()):
        return found
    raise ValueError(f"We know no country “{wanted[:LONGEST_LANGUAGE]}”. Choose a country of the list.")


@cache
def _countries_by_name() -> dict[str, str]:
    """Return the codes by the names in English and in the country itself; the English one wins."""
    own = {name.casefold(): code for code in countries() if (name := own_name(code))}
    return own | {name.casefold(): code for code, name in countries().items()}


@cache
def time_zones() -> dict[str, list[str]]:
    """Return the IANA time zones that people live in, by region."""
    regions: dict[str, list[str]] = {}
    for zone in sorted(available_timezones()):
        if (region := zone.split("/")[0]) in ZONE_REGIONS and "/" in zone:
            regions.setdefault(region, []).append(zone)
    return regions | {"Other": ["UTC"]}


def find_language(text: str) -> str:
    """Return the canonical tag of a language given as a tag, a name in any language, or ``name [tag]``.

    Raises ValueError, with a text for people.
    """
    wanted = text.strip()
    refusal = f"We know no language “{wanted[:LONGEST_LANGUAGE]}”; choose one of the list or write a tag like pt-BR."
    # The finder takes one or two letters for some village's language: that is never what was meant.
    if not 2 <= len(wanted) <= LONGEST_LANGUAGE:
        raise ValueError(refusal)
    bracketed = re.fullmatch(r".*\[([A-Za-z0-9-]+)\]", wanted)
    try:
        tag = canonical_tag(bracketed[1] if bracketed else wanted)
    except ValueError:
        if bracketed or (len(wanted) < 3 and wanted.isascii()):
            raise ValueError(refusal) from None
        try:
            tag = canonical_tag(str(langcodes.find(wanted)))
        except (LookupError, UnicodeError):
            raise ValueError(refusal) from None
    if PRIVATE_TAG.match(tag):
        raise ValueError(refusal)
    return tag


def language_label(tag: str) -> str:
    """Return a language as people and `find_language` both read it, such as ``Portuguese (Brazil) [pt-BR]``."""
    return f"{language_name(tag)} [{tag}]"


@cache
def language_options() -> list[tuple[str, str]]:
    """Return (label, name in the language itself) of the widely spoken languages, in the order of their labels."""
    known = {str(tag) for tag in Locale("en").languages if len(str(tag)) <= 3} - NO_LANGUAGES
    spoken = {
        canonical_tag(tag) for tag in known if langcodes.get(tag).speaking_population() >= SPEAKERS_TO_BE_SUGGESTED
    }
    return sorted((language_label(tag), langcodes.get(tag).autonym()) for tag in spoken | set(VARIETIES))


def flags_told(flags: Sequence[Mapping[str, Any]], *, own: bool) -> list[str]:
    """Return what was found suspicious in a résumé, in words for its owner or for others; hidden text is told apart."""
    found = [Flag(FlagKind(flag["kind"]), flag["start"], flag["end"], flag["words"]) for flag in flags]
    tell = for_owner if own else for_manager
    return [tell(flag) for flag in found if flag.kind is not FlagKind.HIDDEN]
