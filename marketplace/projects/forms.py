"""The project as its page sends it: a field or a few rows for each kind of gate, and amounts as people write them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from marketplace import money, web
from marketplace.profiles.rules import language_label
from marketplace.projects import rules
from marketplace.projects.form_rows import (
    CARD_OF,
    CARD_ROWS,
    KINDS,
    DegreeGateRow,
    ExperienceGateRow,
    LanguageGateRow,
    WishRow,
    letter,
    rows_of,
)
from marketplace.projects.groups import Row, gathered, scattered
from marketplace.projects.schemas import (
    BUDGET,
    INVITATION,
    RATE,
    SEATS,
    Amount,
    Countries,
    Hours,
    Lines,
)
from matching.gates import COUNTRIES, MAX_RATE_MINOR
from matching.vocabulary import Cefr, ExperienceKind

WRITE_A_DAY: dict[str, Any] = {"invalid": "Write the day like 2026-11-23."}


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
    languages = rows_of(LanguageGateRow, 10)
    degree = fields.Nested(DegreeGateRow, load_default=None)
    experiences = rows_of(ExperienceGateRow, len(ExperienceKind))
    countries = Countries(load_default=list)
    countries_group = letter()
    least_minutes = Hours(data_key="least_hours", load_default=None)
    least_hours_group = letter()
    most_rate_group = letter()
    dropped = fields.List(fields.Integer(validate=validate.Range(0, rules.MAX_GATES)), load_default=list)
    wishes = rows_of(WishRow, rules.MAX_WISHES)

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
        **{name: rows_of(row.from_dict(extra), rules.MAX_RATE_LINES) for name, row in CARD_ROWS.items()},
    }
    return type(f"ProjectForm{currency}", (ProjectForm,), own | {"currency": currency})


def _gates(loaded: dict[str, Any], currency: str) -> list[tuple[str, dict[str, Any]]]:
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
    return Row(field, _spec(CARD_OF[field.partition(".")[0]], row), group)


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
    for spec, group in scattered(facts["gates"])[0]:
        gates.setdefault(spec["gate"], []).append(_row(spec) | {"group": group})
    alone = {kind: found[0] for kind, found in gates.items()}
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
            "degree": alone.get("degree", {}),
            "experiences": gates.get("experience", []),
            "countries": alone.get("country", {}).get("countries", ""),
            "countries_group": alone.get("country", {}).get("group", ""),
            "least_hours": alone.get("hours", {}).get("hours", ""),
            "least_hours_group": alone.get("hours", {}).get("group", ""),
            "most_rate": money.plain(rate["max_minor"], currency) if (rate := alone.get("rate")) else "",
            "most_rate_group": alone.get("rate", {}).get("group", ""),
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
