"""The project as its page sends it: a field or a few rows for each kind of gate, and amounts as people write them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields, post_load

from marketplace import money, web
from marketplace.profiles.rules import language_label
from marketplace.projects import rules
from marketplace.projects.form_rows import (
    CARD_ROWS,
    KINDS,
    WishRow,
    rows_of,
)
from marketplace.projects.gates_form import GatesForm, gates_of, most_rate, spec_of
from marketplace.projects.groups import scattered
from marketplace.projects.schemas import (
    BUDGET,
    INVITATION,
    RATE,
    SEATS,
    Amount,
    Hours,
    Lines,
)
from marketplace.words import say
from matching.gates import COUNTRIES

WRITE_A_DAY: dict[str, Any] = {"invalid": "Write the day like 2026-11-23."}


class ProjectForm(GatesForm):
    """What all projects have; amounts are added by `project_form`."""

    title = web.Text(rules.MAX_TITLE, 3, required=True, error_messages={"required": "Give the project a title."})
    description = web.Text(rules.MAX_DESCRIPTION, load_default="")
    seats = fields.Integer(required=True, validate=SEATS, error_messages={"required": "How many seats?"})
    weekly_limit_minutes = Hours(data_key="weekly_hours", required=True, error_messages={"required": "How many hours?"})
    invitation_hours = fields.Integer(load_default=rules.INVITATION_HOURS, validate=INVITATION)
    starts_on = fields.Date(load_default=None, error_messages=WRITE_A_DAY)
    ends_on = fields.Date(load_default=None, error_messages=WRITE_A_DAY)
    content_warnings = Lines(rules.MAX_WARNINGS, 80)
    is_open = fields.Boolean(load_default=False)
    wishes = rows_of(WishRow, rules.MAX_WISHES)

    @post_load
    def as_facts(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the facts that actions take; raises ValidationError, beside the form's own fields."""
        rows = {name: loaded.pop(name) for name in CARD_ROWS}
        placed = gates_of(loaded, self.currency)
        facts = loaded | {
            "gates": [gate for _, gate in placed],
            "wishes": [row["text"] for row in loaded["wishes"]],
            "rate_lines": [_line(name, row) for name, found in rows.items() for row in found],
        }
        if len(facts["rate_lines"]) > rules.MAX_RATE_LINES:
            raise ValidationError(
                say("The rate card can have up to %(max_rate_lines)s lines.", max_rate_lines=rules.MAX_RATE_LINES),
                "card_languages",
            )
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
        "most_minor": most_rate(currency),
        **{name: rows_of(row.from_dict(extra), rules.MAX_RATE_LINES) for name, row in CARD_ROWS.items()},
    }
    return type(f"ProjectForm{currency}", (ProjectForm,), own | {"currency": currency})


def _line(name: str, row: dict[str, Any]) -> dict[str, Any]:
    label, amount = row.pop("label"), row.pop("amount_minor")
    return {"label": label, "amount_minor": amount, "condition": spec_of(name, row)}


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
