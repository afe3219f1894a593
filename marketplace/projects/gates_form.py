"""The gates of a project as its page sends them, apart from the rest: they are counted while that is being written."""

from functools import lru_cache
from typing import Any

from marshmallow import EXCLUDE, fields, post_load, validate

from marketplace import web
from marketplace.projects import rules
from marketplace.projects.form_rows import (
    CARD_OF,
    KINDS,
    DegreeGateRow,
    ExperienceGateRow,
    LanguageGateRow,
    letter,
    rows_of,
)
from marketplace.projects.groups import Row, gathered
from marketplace.projects.schemas import Amount, Countries, Hours
from matching.gates import MAX_RATE_MINOR
from matching.vocabulary import Cefr, ExperienceKind


class GatesForm(web.Shape):
    """A field or a few rows for each kind of gate; the highest rate is added by currency."""

    currency = ""

    languages = rows_of(LanguageGateRow, 10)
    degree = fields.Nested(DegreeGateRow, load_default=None)
    experiences = rows_of(ExperienceGateRow, len(ExperienceKind))
    countries = Countries(load_default=list)
    countries_group = letter()
    least_minutes = Hours(data_key="least_hours", load_default=None)
    least_hours_group = letter()
    most_rate_group = letter()
    dropped = fields.List(fields.Integer(validate=validate.Range(0, rules.MAX_GATES)), load_default=list)


class CountedForm(GatesForm):
    """The gates alone, whatever else the form holds."""

    class Meta:
        unknown = EXCLUDE

    @post_load
    def as_gates(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return *gates* as JSON, and which nested groups are *dropped*."""
        return {"gates": [gate for _, gate in gates_of(loaded, self.currency)], "dropped": loaded["dropped"]}


@lru_cache(maxsize=256)
def counted_form(currency: str) -> type[web.Shape]:
    """Return the shape of the gates of a project that pays in *currency*."""
    return type(f"CountedForm{currency}", (CountedForm,), {"most_minor": most_rate(currency), "currency": currency})


def most_rate(currency: str) -> fields.Field[Any]:
    """Return the field of the most that people may ask for an hour."""
    return Amount(currency, validate.Range(1, MAX_RATE_MINOR), data_key="most_rate", load_default=None)


def gates_of(loaded: dict[str, Any], currency: str) -> list[tuple[str, dict[str, Any]]]:
    """Take the gates out of a loaded form and return each node as JSON, with the field that it came from."""
    rows = [_row_of(f"languages.{number}.tag", row) for number, row in enumerate(loaded.pop("languages"))]
    if degree := loaded.pop("degree"):
        rows.append(_row_of("degree.level", degree))
    rows += [_row_of(f"experiences.{number}.kind", row) for number, row in enumerate(loaded.pop("experiences"))]
    letters = {name: loaded.pop(f"{name}_group") for name in ("countries", "least_hours", "most_rate")}
    if countries := loaded.pop("countries"):
        rows.append(Row("countries", {"gate": "country", "countries": countries}, letters["countries"]))
    if minutes := loaded.pop("least_minutes"):
        rows.append(Row("least_hours", {"gate": "hours", "weekly_minutes": minutes}, letters["least_hours"]))
    if most := loaded.pop("most_minor"):
        gate = {"gate": "rate", "max_minor": most, "currency": currency}
        rows.append(Row("most_rate", gate, letters["most_rate"]))
    return gathered(rows)


def _row_of(field: str, row: dict[str, Any]) -> Row:
    group = row.pop("group")
    return Row(field, spec_of(CARD_OF[field.partition(".")[0]], row), group)


def spec_of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a loaded row as the JSON of a gate."""
    levels: dict[str, Any] = {side: row[side] and Cefr(row[side]).name for side in ("written", "spoken") if side in row}
    kind = {"kind": str(row["kind"])} if "kind" in row else {}
    return {"gate": KINDS[name], **row, **levels, **kind}
