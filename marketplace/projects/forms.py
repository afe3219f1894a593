"""The project as its page sends it: a field or a few rows for each kind of gate, and amounts as people write them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from marketplace import money, web
from marketplace.profiles.rules import LONGEST_LANGUAGE, language_label
from marketplace.profiles.schemas import LanguageTag, Level
from marketplace.projects import rules
from marketplace.projects.schemas import (
    BUDGET,
    INVITATION,
    RATE,
    SEATS,
    Amount,
    Countries,
    Hours,
    Lines,
    at_most,
)
from matching.gates import COUNTRIES, MAX_RATE_MINOR, MAX_YEARS
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

YEARS = validate.Range(0, MAX_YEARS, error=f"Write 0 to {MAX_YEARS} years.")
CHOOSE_LEVEL = "Choose a level of degree."
WRITE_A_DAY: dict[str, Any] = {"invalid": "Write the day like 2026-11-23."}


def _rows(row: type[Schema], most: int) -> Any:
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


class ProjectForm(web.Shape):
    """What all projects have; amounts are added by `project_form`."""

    currency = ""

    title = web.Text(rules.MAX_TITLE, 3, required=True, error_messages={"required": "Give the project a title."})
    description = web.Text(rules.MAX_DESCRIPTION, load_default="")
    seats = fields.Integer(required=True, validate=SEATS, error_messages={"required": "How many seats?"})
    weekly_limit_minutes = Hours(data_key="weekly_hours", required=True, error_messages={"required": "How many hours?"})
    invitation_hours = fields.Integer(load_default=rules.INVITATION_HOURS, validate=INVITATION)
    starts_on = fields.Date(load_default=None, error_messages=WRITE_A_DAY)
    ends_on = fields.Date(load_default=None, error_messages=WRITE_A_DAY)
    content_warnings = Lines(rules.MAX_WARNINGS, 80)
    is_open = fields.Boolean(load_default=False)
    languages = _rows(LanguageRow, 10)
    degree = fields.Nested(DegreeRow, load_default=None)
    experiences = _rows(ExperienceRow, len(ExperienceKind))
    countries = Countries(load_default=list)
    least_minutes = Hours(data_key="least_hours", load_default=None)
    wishes = _rows(WishRow, rules.MAX_WISHES)

    @post_load
    def as_facts(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the facts that actions take; raises ValidationError, beside the form's own fields."""
        rows = {name: loaded.pop(name) for name in CARD_ROWS}
        placed = _gates(loaded, self.currency)
        facts = loaded | {
            "gates": [gate for _, gate in placed],
            "wishes": [row["text"] for row in loaded["wishes"]],
            "rate_lines": [_line(name, row) for name, found in rows.items() for row in found],
        }
        if len(facts["rate_lines"]) > rules.MAX_RATE_LINES:
            raise ValidationError(f"The rate card can have up to {rules.MAX_RATE_LINES} lines.", "card_languages")
        if found := rules.mistakes(facts):
            names = {f"gates.{number}": name for number, (name, _) in enumerate(placed)}
            names |= {f"wishes.{number}": f"wishes.{number}.text" for number in range(rules.MAX_WISHES)}
            names |= {"rate_top_minor": "rate_top"}
            raise ValidationError({names.get(field, field): [text] for field, text in found.items()})
        return facts


@lru_cache(maxsize=256)
def project_form(currency: str) -> type[web.Shape]:
    """Return the shape of the form of a project that pays in *currency*."""
    extra: dict[str, fields.Field[Any]] = {
        "label": web.Text(rules.MAX_LABEL, load_default=""),
        "amount_minor": Amount(
            currency, RATE, data_key="amount", required=True, error_messages={"required": "How much more an hour?"}
        ),
    }
    own: dict[str, Any] = {
        "rate_floor_minor": Amount(currency, RATE, data_key="rate_floor", required=True),
        "rate_top_minor": Amount(currency, RATE, data_key="rate_top", required=True),
        "budget_minor": Amount(currency, BUDGET, data_key="budget", load_default=None),
        "most_minor": Amount(currency, validate.Range(1, MAX_RATE_MINOR), data_key="most_rate", load_default=None),
        **{name: _rows(row.from_dict(extra), rules.MAX_RATE_LINES) for name, row in CARD_ROWS.items()},
    }
    return type(f"ProjectForm{currency}", (ProjectForm,), own | {"currency": currency})


def _gates(loaded: dict[str, Any], currency: str) -> list[tuple[str, dict[str, Any]]]:
    """Take the gates out of a loaded form and return each as JSON, with the field that it came from."""
    languages, experiences = loaded.pop("languages"), loaded.pop("experiences")
    found = [(f"languages.{number}.tag", _spec("card_languages", row)) for number, row in enumerate(languages)]
    if degree := loaded.pop("degree"):
        found.append(("degree.level", _spec("card_degrees", degree)))
    found += [(f"experiences.{number}.kind", _spec("card_experiences", row)) for number, row in enumerate(experiences)]
    if countries := loaded.pop("countries"):
        found.append(("countries", _spec("card_countries", {"countries": countries})))
    if minutes := loaded.pop("least_minutes"):
        found.append(("least_hours", _spec("card_hours", {"weekly_minutes": minutes})))
    if most := loaded.pop("most_minor"):
        found.append(("most_rate", {"gate": "rate", "max_minor": most, "currency": currency}))
    return found


def _line(name: str, row: dict[str, Any]) -> dict[str, Any]:
    label, amount = row.pop("label"), row.pop("amount_minor")
    return {"label": label, "amount_minor": amount, "condition": _spec(name, row)}


def _spec(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a loaded row as the JSON of a gate."""
    levels: dict[str, Any] = {side: row[side] and Cefr(row[side]).name for side in ("written", "spoken") if side in row}
    kind = {"kind": str(row["kind"])} if "kind" in row else {}
    return {"gate": KINDS[name], **row, **levels, **kind}


def written(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return the *facts* of a project as the fields of the form show them."""
    plain = {name: facts[name] for name in ("title", "description", "seats", "invitation_hours", "is_open")}
    gates: dict[str, list[dict[str, Any]]] = {}
    for spec in facts["gates"]:
        gates.setdefault(spec["gate"], []).append(_row(spec))
    cards: dict[str, list[dict[str, Any]]] = {name: [] for name in CARD_ROWS}
    names = {kind: name for name, kind in KINDS.items()}
    for line in facts["rate_lines"]:
        amount = money.plain(line["amount_minor"], currency)
        row = _row(line["condition"]) | {"label": line["label"], "amount": amount}
        cards[names[line["condition"]["gate"]]].append(row)
    return (
        plain
        | cards
        | {
            "rate_floor": money.plain(facts["rate_floor_minor"], currency),
            "rate_top": money.plain(facts["rate_top_minor"], currency),
            "budget": money.plain(facts["budget_minor"], currency) if facts["budget_minor"] else "",
            "weekly_hours": _hours(facts["weekly_limit_minutes"]),
            "starts_on": facts["starts_on"] or "",
            "ends_on": facts["ends_on"] or "",
            "content_warnings": "\n".join(facts["content_warnings"]),
            "languages": gates.get("language", []),
            "degree": gates.get("degree", [{}])[0],
            "experiences": gates.get("experience", []),
            "countries": gates.get("country", [{}])[0].get("countries", ""),
            "least_hours": gates.get("hours", [{}])[0].get("hours", ""),
            "most_rate": money.plain(rate[0]["max_minor"], currency) if (rate := gates.get("rate")) else "",
            "wishes": [{"text": text} for text in facts["wishes"]],
        }
    )


def _row(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a gate as a row of the form."""
    row = {name: value for name, value in spec.items() if name != "gate"}
    if "tag" in row:
        row["tag"] = language_label(row["tag"])
    if "countries" in row:
        row["countries"] = ", ".join(COUNTRIES[code] for code in row["countries"])
    if "weekly_minutes" in row:
        row["hours"] = _hours(row["weekly_minutes"])
    return row


def _hours(minutes: int) -> str:
    return f"{Decimal(minutes) / 60:.2f}".rstrip("0").rstrip(".")
