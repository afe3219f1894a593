"""The rows that the form of a project is made of: one for each kind of gate, as a requirement and in the rate card."""

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace import web
from marketplace.profiles.rules import LONGEST_LANGUAGE
from marketplace.profiles.schemas import LanguageTag, Level
from marketplace.projects import rules
from marketplace.projects.groups import LETTERS
from marketplace.projects.schemas import Countries, Hours, at_most
from matching.gates import MAX_YEARS
from matching.vocabulary import ExperienceKind, IscedLevel

YEARS = validate.Range(0, MAX_YEARS, error=f"Write 0 to {MAX_YEARS} years.")
CHOOSE_LEVEL = "Choose a level of degree."


def rows_of(row: type[Schema], most: int) -> Any:
    """Return a list of up to *most* rows."""
    return fields.List(fields.Nested(row), load_default=list, validate=at_most(most))


class LanguageRow(web.Shape):
    """A language gate."""

    tag = LanguageTag(LONGEST_LANGUAGE, 1, required=True, error_messages={"required": "Which language?"})
    written = Level(load_default=None)
    spoken = Level(load_default=None)
    native = fields.Boolean(load_default=False)


class DegreeRow(web.Shape):
    """A degree gate."""

    level = fields.Integer(
        required=True,
        validate=validate.OneOf([int(level) for level in IscedLevel], error=CHOOSE_LEVEL),
        error_messages={"required": CHOOSE_LEVEL, "invalid": CHOOSE_LEVEL},
    )
    in_progress_is_enough = fields.Boolean(load_default=False)


class ExperienceRow(web.Shape):
    """An experience gate."""

    kind = fields.Enum(
        ExperienceKind,
        by_value=fields.String,
        required=True,
        error_messages={"required": "Choose a kind.", "unknown": "Choose a kind of the list."},
    )
    years = fields.Integer(load_default=0, validate=YEARS)


def letter() -> Any:
    """Return the field that says in which group of alternatives a gate stands."""
    return fields.String(load_default="", validate=validate.OneOf(LETTERS, error="Choose from the list."))


class LanguageGateRow(LanguageRow):
    """A language gate of the requirements."""

    group = letter()


class DegreeGateRow(DegreeRow):
    """A degree gate of the requirements."""

    group = letter()


class ExperienceGateRow(ExperienceRow):
    """An experience gate of the requirements."""

    group = letter()


class WishRow(web.Shape):
    """A wish."""

    text = web.Text(rules.MAX_WISH, 3, required=True)


class CountriesRow(web.Shape):
    """Countries as the condition of a line of the rate card."""

    countries = Countries(required=True, error_messages={"required": "Which countries?"})


class HoursRow(web.Shape):
    """Hours a week as the condition of a line of the rate card."""

    weekly_minutes = Hours(data_key="hours", required=True, error_messages={"required": "How many hours a week?"})


CARD_ROWS: dict[str, type[web.Shape]] = {
    "card_languages": LanguageRow,
    "card_degrees": DegreeRow,
    "card_experiences": ExperienceRow,
    "card_countries": CountriesRow,
    "card_hours": HoursRow,
}


KINDS = {
    "card_languages": "language",
    "card_degrees": "degree",
    "card_experiences": "experience",
    "card_countries": "country",
    "card_hours": "hours",
}


CARD_OF = {"languages": "card_languages", "degree": "card_degrees", "experiences": "card_experiences"}
