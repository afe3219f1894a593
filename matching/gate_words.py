"""Gates and groups in words, and the words of what they speak of: degrees, kinds of experience, hours, money."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

from matching.gate_kinds import (
    COUNTRIES,
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
)
from matching.languages import language_name
from matching.vocabulary import ExperienceKind, IscedLevel

DEGREE_WORDS = {
    IscedLevel.SHORT_CYCLE: "a short-cycle degree",
    IscedLevel.BACHELOR: "a bachelor's degree",
    IscedLevel.MASTER: "a master's degree",
    IscedLevel.DOCTORATE: "a doctorate",
}


def node_in_words(node: GateNode) -> str:
    """Return what a gate or group asks for, such as "One of these: French at any level; A doctorate"."""
    if not isinstance(node, GateGroup):
        return gate_in_words(node)
    if len(node.members) == 1:
        return node_in_words(node.members[0])
    inside = [
        f"({_lowered(words)})" if isinstance(member, GateGroup) and len(member.members) > 1 else words
        for member in node.members
        for words in [node_in_words(member)]
    ]
    return f"{'One of these' if node.kind == 'any' else 'All of these'}: {'; '.join(inside)}"


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def gate_in_words(gate: Gate) -> str:
    """Return what *gate* asks for, such as "Chinese written C1 or better"."""
    match gate:
        case LanguageGate():
            return _language_in_words(gate)
        case DegreeGate(level, in_progress_is_enough):
            words = DEGREE_WORDS[level].capitalize() + ("" if level is IscedLevel.DOCTORATE else " or higher")
            return f"{words}, held or in progress" if in_progress_is_enough else words
        case ExperienceGate(kind, years):
            return f"{years_in_words(years)} of {kind_in_words(kind)} or more" if years else _some(kind)
        case CountryGate(countries):
            return f"Lives in {' or '.join(sorted(COUNTRIES[code] for code in countries))}"
        case RateGate(max_minor, currency):
            return f"Works for {money_in_words(max_minor, currency)} an hour"
        case HoursGate(weekly_minutes):
            return f"At least {hours_in_words(weekly_minutes)} a week"


def _language_in_words(gate: LanguageGate) -> str:
    name = language_name(gate.tag)
    levels = [f"{side} {level.name}" for side, level in (("written", gate.written), ("spoken", gate.spoken)) if level]
    if gate.written and gate.written is gate.spoken:
        levels = [f"{gate.written.name} written and spoken"]
    words = f"{name} {' and '.join(levels)} or better" if levels else name
    if gate.native:
        return f"{words}, as a native speaker" if levels else f"{name} as a native speaker"
    return words if levels else f"{name} at any level"


def _some(kind: ExperienceKind) -> str:
    return f"Some {kind_in_words(kind)}"


def kind_in_words(kind: ExperienceKind) -> str:
    """Return a kind of experience as it stands in a sentence, such as "quality assurance experience"."""
    return f"{kind.replace('_', ' ')} experience"


def years_in_words(years: int) -> str:
    """Return "1 year" or "3 years"."""
    return f"{years} year" + ("" if years == 1 else "s")


def hours_in_words(minutes: int) -> str:
    """Return minutes as hours, such as "17.5 hours"."""
    return f"{minutes / 60:.4g} hour" + ("" if minutes == 60 else "s")


@lru_cache(maxsize=4096)
def money_in_words(minor: int, currency: str) -> str:
    """Return an amount as people write it, such as "$23.00"."""
    return format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale="en")
