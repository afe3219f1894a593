"""Gates as conditions on matching rows, said twice: what passes, for filters; the outcome of three values, for logs.

NULL is unknown: SQL's AND and OR over TRUE, FALSE and NULL are Kleene's, as in `matching.eligibility`, which these
conditions agree with on every case.  Which stated languages answer for a wanted one is decided there too, once for
each language that anybody states.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from marketplace.matches.rows import (
    CODES_A_KIND,
    CODES_A_LANGUAGE,
    KINDS,
    MOST_LANGUAGES,
    NATIVE,
    OTHER_LANGUAGE,
    SPOKEN,
)
from matching.gates import (
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
from matching.languages import Cover, covers

Row = ReadOnlyColumnCollection[str, Any]
Condition = sa.ColumnElement[bool]
Languages = Mapping[str, int]

NO_CODE = -1


def passing(node: GateNode, row: Row, languages: Languages) -> Condition:
    """Return the condition that is TRUE exactly where *node* passes; PostgreSQL can answer it from the index.

    *row*: the columns of `rows.Facts`.  *languages*: the number of every language tag that anybody states.
    """
    if isinstance(node, GateGroup):
        return _grouped(node, [passing(member, row, languages) for member in node.members])
    return _single(node, row, languages)


def outcome(node: GateNode, row: Row, languages: Languages) -> Condition:
    """Return what is TRUE where *node* passes, FALSE where it fails and NULL where that is unknown."""
    if isinstance(node, GateGroup):
        return _grouped(node, [outcome(member, row, languages) for member in node.members])
    found = _single(node, row, languages)
    if isinstance(node, LanguageGate) and (unsaid := _covering(node.tag, languages, Cover.OPEN)):
        open_variety = sa.func.nullif(_states(node, unsaid, row), sa.true(), type_=sa.Boolean)
        return sa.or_(found, open_variety)
    return found


def _grouped(group: GateGroup, members: Sequence[Condition]) -> Condition:
    return sa.or_(*members) if group.kind == "any" else sa.and_(*members)


def _single(gate: Gate, row: Row, languages: Languages) -> Condition:
    match gate:
        case LanguageGate(tag):
            return _states(gate, _covering(tag, languages, Cover.YES), row)
        case DegreeGate(level, in_progress_is_enough):
            best: sa.ColumnElement[int] = row.degree_any if in_progress_is_enough else row.degree_held
            return best >= int(level)
        case ExperienceGate(kind, years):
            code = CODES_A_KIND * KINDS.index(kind) + years
            return sa.type_coerce(row.experience.contains([code]), sa.Boolean)
        case CountryGate(countries):
            return sa.type_coerce(row.country.in_(sorted(countries)), sa.Boolean)
        case RateGate(max_minor, currency):
            # where the currencies differ nothing is known: not an AND, which would be FALSE
            return sa.case((row.currency == currency, row.min_rate_minor <= max_minor))
        case HoursGate(weekly_minutes):
            return sa.type_coerce(row.weekly_minutes >= weekly_minutes, sa.Boolean)


def _covering(wanted: str, languages: Languages, cover: Cover) -> dict[str, int]:
    return {tag: number for tag, number in languages.items() if covers(tag, wanted) is cover}


def _states(gate: LanguageGate, stated: Languages, row: Row) -> Condition:
    """Return the condition that one of the languages *stated* is held at the levels of *gate*; NULL: none is stated."""
    levels = [step for step in (gate.written, gate.spoken and SPOKEN + gate.spoken) if step] + [NATIVE] * gate.native
    coded = [
        [CODES_A_LANGUAGE * number + step for step in levels or [0]]
        for number in sorted(stated.values())
        if number <= MOST_LANGUAGES
    ]
    ways: list[Condition] = [row.langs.contains(codes) for codes in coded]
    if len(ways) > 1 and len(coded[0]) == 1:
        ways = [row.langs.overlap([code for codes in coded for code in codes])]
    ways += _uncoded(gate, (tag for tag, number in stated.items() if number > MOST_LANGUAGES), row)
    # whoever states no language at all has no codes, not even to lack one: NULL
    return sa.or_(*(ways if coded else [row.langs.contains([NO_CODE]), *ways]))


def _uncoded(gate: LanguageGate, tags: Iterable[str], row: Row) -> list[Condition]:
    """Return the ways to hold one of *tags*, read from the lines of the facts: "l TAG WRITTEN SPOKEN n|- …"."""
    levels = f"[{int(gate.written or 1)}-6] [{int(gate.spoken or 1)}-6] {'n' if gate.native else '[n-]'}"
    paths = [f'$[*] ? (@ like_regex "^l {re.escape(tag)} {levels} ")' for tag in sorted(tags)]
    return [
        sa.and_(
            row.langs.contains([OTHER_LANGUAGE]),
            sa.func.jsonb_path_exists(row.facts, sa.cast(path, JSONPATH), type_=sa.Boolean),
        )
        for path in paths
    ]
