"""Gates and groups as plain JSON, there and back; what is no gate is refused in words for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from matching.gate_kinds import (
    COUNTRIES,
    EN,
    MAX_DEPTH,
    MAX_GATES,
    MAX_RATE_MINOR,
    MAX_WEEKLY_MINUTES,
    MAX_YEARS,
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
    gates_in,
)
from matching.languages import canonical_tag
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

NO_NODE = "A gate is an object with the field “gate”, a group one with the field “any” or “all”."
GROUP_KINDS: tuple[Literal["any", "all"], ...] = ("any", "all")


def node_to_spec(node: GateNode) -> dict[str, Any]:
    """Return a gate or a group as plain JSON, which :func:`node_from_spec` reads back."""
    if isinstance(node, GateGroup):
        return {node.kind: [node_to_spec(member) for member in node.members]}
    return gate_to_spec(node)


def nodes_from_specs(specs: Sequence[Mapping[str, Any]]) -> list[GateNode]:
    """Return the nodes of a list of which all have to hold.

    Raises ValueError with a text for people when one describes none, or there are more than MAX_GATES gates in all.
    """
    nodes = [node_from_spec(spec) for spec in specs]
    _refuse_many(nodes)
    return nodes


def node_from_spec(spec: Mapping[str, Any]) -> GateNode:
    """Return the gate or group that *spec* describes: ``{"gate": …}``, ``{"any": […]}`` or ``{"all": […]}``.

    Raises ValueError with a text for people when it describes none, holds groups deeper than MAX_DEPTH or more than
    MAX_GATES gates.
    """
    node = _node(spec, 0)
    _refuse_many([node])
    return node


def _node(spec: Any, depth: int) -> GateNode:
    if not isinstance(spec, Mapping):
        raise ValueError(NO_NODE)  # noqa: TRY004  what people sent, not what a caller did
    kinds = [kind for kind in GROUP_KINDS if kind in spec]
    if not kinds:
        return gate_from_spec(spec)
    if len(spec) > 1:
        raise ValueError(f"A group has the field “{kinds[0]}” and no other.")
    members = spec[kinds[0]]
    if not isinstance(members, list) or not members:
        raise ValueError(f"The group “{kinds[0]}” needs a list of at least one gate.")
    if depth == MAX_DEPTH:
        raise ValueError(f"Groups can stand inside each other {MAX_DEPTH} deep.")
    return GateGroup(kinds[0], tuple(_node(member, depth + 1) for member in members))


def _refuse_many(nodes: Sequence[GateNode]) -> None:
    if sum(1 for _ in gates_in(nodes)) > MAX_GATES:
        raise ValueError(f"There can be up to {MAX_GATES} gates, those in groups counted.")


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
    if currency not in EN.currencies:
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
