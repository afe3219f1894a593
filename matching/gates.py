"""Gates: what must hold of a person, as frozen values, as JSON and in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

from matching.languages import canonical_tag, language_name
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

MAX_YEARS = 60
MAX_WEEKLY_MINUTES = 7 * 24 * 60
MAX_RATE_MINOR = 1_000_000_000

_EN = Locale("en")
# What CLDR lists beside ISO 3166-1.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
COUNTRIES: dict[str, str] = {
    code: name
    for code, name in _EN.territories.items()
    if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
}
DEGREE_WORDS = {
    IscedLevel.SHORT_CYCLE: "a short-cycle degree",
    IscedLevel.BACHELOR: "a bachelor's degree",
    IscedLevel.MASTER: "a master's degree",
    IscedLevel.DOCTORATE: "a doctorate",
}


@dataclass(frozen=True, slots=True)
class LanguageGate:
    """A language at least at the levels given; without a level or *native* it only has to be stated."""

    tag: str
    written: Cefr | None = None
    spoken: Cefr | None = None
    native: bool = False


@dataclass(frozen=True, slots=True)
class DegreeGate:
    """A degree of *level* or higher, held unless being in progress is enough."""

    level: IscedLevel
    in_progress_is_enough: bool = False


@dataclass(frozen=True, slots=True)
class ExperienceGate:
    """At least *years* of one kind of experience; 0 years: any at all."""

    kind: ExperienceKind
    years: int = 0


@dataclass(frozen=True, slots=True)
class CountryGate:
    """To live in one of *countries* (ISO 3166-1 alpha-2)."""

    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class RateGate:
    """To work for *max_minor* an hour: the person's own minimum may not be above it."""

    max_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class HoursGate:
    """To offer at least *weekly_minutes* a week."""

    weekly_minutes: int


Gate = LanguageGate | DegreeGate | ExperienceGate | CountryGate | RateGate | HoursGate


def gate_to_spec(gate: Gate) -> dict[str, Any]:
    """Return *gate* as plain JSON, which :func:`gate_from_spec` reads back."""
    match gate:
        case LanguageGate(tag, written, spoken, native):
            levels = {"written": written and written.name, "spoken": spoken and spoken.name}
            return {"gate": "language", "tag": tag, **levels, "native": native}
        case DegreeGate(level, in_progress_is_enough):
            return {"gate": "degree", "level": int(level), "in_progress_is_enough": in_progress_is_enough}
        case ExperienceGate(kind, years):
            return {"gate": "experience", "kind": str(kind), "years": years}
        case CountryGate(countries):
            return {"gate": "country", "countries": sorted(countries)}
        case RateGate(max_minor, currency):
            return {"gate": "rate", "max_minor": max_minor, "currency": currency}
        case HoursGate(weekly_minutes):
            return {"gate": "hours", "weekly_minutes": weekly_minutes}


def gate_from_spec(spec: Mapping[str, Any]) -> Gate:
    """Return the gate that *spec* describes; raises ValueError with a text for people when it describes none."""
    read = READERS.get(spec["gate"]) if isinstance(spec.get("gate"), str) else None
    if read is None:
        raise ValueError(f"The field “gate” must be one of {', '.join(READERS)}.")
    fields, reader = read
    if unknown := set(spec) - fields - {"gate"}:
        raise ValueError(f"A {spec['gate']} gate has no field “{str(min(unknown, key=str))[:40]}”.")
    return reader(spec)


def _language(spec: Mapping[str, Any]) -> LanguageGate:
    tag = canonical_tag(_text(spec, "tag"))
    return LanguageGate(tag, _cefr(spec, "written"), _cefr(spec, "spoken"), _flag(spec, "native"))


def _degree(spec: Mapping[str, Any]) -> DegreeGate:
    level = spec.get("level")
    if isinstance(level, bool) or not isinstance(level, int) or level not in set(IscedLevel):
        raise ValueError("Choose a level of degree: 5 short-cycle, 6 bachelor, 7 master or 8 doctorate.")
    return DegreeGate(IscedLevel(level), _flag(spec, "in_progress_is_enough"))


def _experience(spec: Mapping[str, Any]) -> ExperienceGate:
    kind = _text(spec, "kind")
    if kind not in set(ExperienceKind):
        raise ValueError(f"Choose a kind of experience: {', '.join(ExperienceKind)}.")
    return ExperienceGate(ExperienceKind(kind), _whole(spec, "years", 0, MAX_YEARS, "Years"))


def _country(spec: Mapping[str, Any]) -> CountryGate:
    codes = spec.get("countries")
    if not isinstance(codes, list) or not codes:
        raise ValueError("Name at least one country by its two letters, such as DE.")
    for code in codes:
        if not isinstance(code, str) or code not in COUNTRIES:
            raise ValueError(f"“{str(code)[:20]}” is not a country; write its two letters, such as DE.")
    return CountryGate(frozenset(codes))


def _rate(spec: Mapping[str, Any]) -> RateGate:
    currency = _text(spec, "currency")
    if currency not in _EN.currencies:
        raise ValueError("Write the currency by its three letters, such as USD.")
    return RateGate(_whole(spec, "max_minor", 1, MAX_RATE_MINOR, "The rate"), currency)


def _hours(spec: Mapping[str, Any]) -> HoursGate:
    return HoursGate(_whole(spec, "weekly_minutes", 1, MAX_WEEKLY_MINUTES, "The minutes a week"))


READERS: dict[str, tuple[frozenset[str], Callable[[Mapping[str, Any]], Gate]]] = {
    "language": (frozenset({"tag", "written", "spoken", "native"}), _language),
    "degree": (frozenset({"level", "in_progress_is_enough"}), _degree),
    "experience": (frozenset({"kind", "years"}), _experience),
    "country": (frozenset({"countries"}), _country),
    "rate": (frozenset({"max_minor", "currency"}), _rate),
    "hours": (frozenset({"weekly_minutes"}), _hours),
}


def _text(spec: Mapping[str, Any], name: str) -> str:
    value = spec.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"The field “{name}” is missing.")
    return value


def _flag(spec: Mapping[str, Any], name: str) -> bool:
    value = spec.get(name, False)
    if value is True or value is False:
        return bool(value)
    raise ValueError(f"The field “{name}” is either true or false.")


def _cefr(spec: Mapping[str, Any], name: str) -> Cefr | None:
    value = spec.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in Cefr.__members__:
        raise ValueError("Choose a level from A1 to C2.")
    return Cefr[value]


def _whole(spec: Mapping[str, Any], name: str, least: int, most: int, words: str) -> int:
    value = spec.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{words} must be a whole number from {least} to {most:,}.")
    return value


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


def money_in_words(minor: int, currency: str) -> str:
    """Return an amount as people write it, such as "$23.00"."""
    return format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale="en")
