"""The shapes of projects as JSON, in and out, of moves from state to state, and the inputs that forms are made of."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from marketplace import money, web
from marketplace.errors import Refused
from marketplace.projects import rules
from marketplace.projects.queries import ProjectView
from marketplace.projects.rules import ProjectState
from marketplace.words import say
from matching.gates import COUNTRIES, gate_from_spec, gate_in_words, gate_to_spec, node_from_spec, node_to_spec

RATE = validate.Range(1, rules.MAX_HOURLY_RATE_MINOR, error="An hour can cost 0.01 to 10000.00.")
CODES = {name.casefold(): code for code, name in COUNTRIES.items()} | {code.casefold(): code for code in COUNTRIES}
BUDGET = validate.Range(1, rules.MAX_BUDGET_MINOR, error="The budget has to be above 0 and below ten billion.")
SEATS = validate.Range(1, rules.MAX_SEATS, error=f"There can be 1 to {rules.MAX_SEATS:,} seats.")
WEEK = validate.Range(
    1, rules.MAX_WEEKLY_MINUTES, error=f"Write up to {rules.MAX_WEEKLY_MINUTES // 60} hours, such as 17.5."
)
INVITATION = validate.Range(
    1, rules.MAX_INVITATION_HOURS, error=f"An invitation can stay open for 1 to {rules.MAX_INVITATION_HOURS} hours."
)


def at_most(count: int) -> validate.Length:
    """Return the rule that a list has no more than *count* rows."""
    return validate.Length(max=count, error=f"There can be up to {count} of these.")


# A gate as it is sent.
GATE_EXAMPLE = {"gate": "language", "tag": "de", "written": "C1", "spoken": "B2"}


class GateField(fields.Field[dict[str, Any]]):
    """A gate, or a group of which any or all have to hold, as JSON; comes out in its one canonical spelling."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        try:
            return node_to_spec(node_from_spec(value))
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from None


class ConditionField(fields.Field[dict[str, Any]]):
    """When a line of the rate card holds: a single gate about the person, not about the rate itself."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError(say("A condition is an object with the field “gate”."))
        try:
            spec = gate_to_spec(gate_from_spec(value))
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from None
        if spec["gate"] == "rate":
            raise ValidationError(say("A line of the rate card cannot rest on the rate."))
        return spec


class Amount(fields.String):
    """An amount with a dot in *currency*, such as ``23.00``; comes out in minor units within *limits*."""

    def __init__(self, currency: str, limits: validate.Range, **options: Any) -> None:
        super().__init__(**options)
        self.currency, self.limits = currency, limits

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            minor = money.parse_minor(super()._deserialize(value, attr, data, **kwargs)[:30], self.currency)
        except Refused as refusal:
            raise ValidationError(refusal.message) from None
        self.limits(minor)
        return minor


class Hours(fields.String):
    """Hours a week as people write them, such as ``17.5``; comes out in whole minutes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)[:10]
        # By hand, because Decimal reads 1e9 and NaN too.
        plain = text.isascii() and text.replace(".", "", 1).isdecimal()
        minutes = int((Decimal(text) * 60).to_integral_value(ROUND_HALF_UP)) if plain else 0
        WEEK(minutes)
        return minutes


class Countries(fields.String):
    """Countries by name or by two letters, with commas; comes out as their sorted codes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        words = [word.strip() for word in super()._deserialize(value, attr, data, **kwargs).split(",")]
        words = [word for word in words if word]
        for word in words:
            if word.casefold() not in CODES:
                raise ValidationError(
                    say("“%(word)s” is not a country that we know; write Germany or DE.", word=word[:40])
                )
        if not words:
            raise ValidationError(say("Name at least one country."))
        return sorted({CODES[word.casefold()] for word in words})


class Lines(fields.String):
    """A text of several lines; comes out as those that are not empty, up to *count* of up to *length* characters."""

    def __init__(self, count: int, length: int) -> None:
        super().__init__(load_default=list)
        self.count, self.length = count, length

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        web.words_only(text)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        at_most(self.count)(lines)
        if any(len(line) > self.length for line in lines):
            raise ValidationError(say("A line can have up to %(length)s characters.", length=self.length))
        return lines


class RateLineShape(web.Shape):
    """A line of the rate card: *amount_minor* an hour more where *condition* holds."""

    label = web.Text(rules.MAX_LABEL, load_default="")
    amount_minor = fields.Integer(required=True, strict=True, validate=RATE)
    condition = ConditionField(required=True, metadata={"type": "object", "example": GATE_EXAMPLE})


class ProjectShape(web.Shape):
    """A project as it is sent; amounts are minor units of the organisation's currency."""

    title = web.Text(rules.MAX_TITLE, 3, required=True)
    description = web.Text(rules.MAX_DESCRIPTION, load_default="")
    seats = fields.Integer(required=True, strict=True, validate=SEATS)
    rate_floor_minor = fields.Integer(required=True, strict=True, validate=RATE)
    rate_top_minor = fields.Integer(required=True, strict=True, validate=RATE)
    weekly_limit_minutes = fields.Integer(required=True, strict=True, validate=WEEK)
    budget_minor = fields.Integer(load_default=None, allow_none=True, strict=True, validate=BUDGET)
    invitation_hours = fields.Integer(load_default=rules.INVITATION_HOURS, strict=True, validate=INVITATION)
    starts_on = fields.Date(load_default=None, allow_none=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    content_warnings = fields.List(web.Text(80, 1), load_default=list, validate=at_most(rules.MAX_WARNINGS))
    is_open = fields.Boolean(load_default=True)
    gates = fields.List(
        GateField(metadata={"type": "object", "example": GATE_EXAMPLE}),
        load_default=list,
        validate=at_most(rules.MAX_GATES),
    )
    wishes = fields.List(web.Text(rules.MAX_WISH, 3), load_default=list, validate=at_most(rules.MAX_WISHES))
    rate_lines = fields.List(fields.Nested(RateLineShape), load_default=list, validate=at_most(rules.MAX_RATE_LINES))


class NewProjectShape(ProjectShape):
    """A project as it is begun."""

    organisation_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**62))


class MoveShape(web.Shape):
    """A move to another state, with its reason where it stops people."""

    state = fields.Enum(
        ProjectState, by_value=fields.String, required=True, error_messages={"unknown": "There is no such state."}
    )
    reason = web.Text(rules.MAX_REASON, load_default="")


class OrganisationShown(Schema):
    """The client that runs a project."""

    id = fields.Integer()
    name = fields.String()


class OpenProjectShown(Schema):
    """A project as anybody may see it; *requirements* are the gates in words."""

    id = fields.Integer()
    organisation = fields.Nested(OrganisationShown)
    title = fields.String()
    description = fields.String()
    seats = fields.Integer()
    seats_taken = fields.Integer()
    currency = fields.String()
    rate_floor_minor = fields.Integer()
    rate_top_minor = fields.Integer()
    weekly_limit_minutes = fields.Integer()
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    content_warnings = fields.List(fields.String())
    requirements = fields.List(fields.String())
    wishes = fields.List(fields.String())


class RateLineShown(Schema):
    """A line of the rate card with its condition in words."""

    label = fields.String()
    amount_minor = fields.Integer()
    condition = fields.Raw(metadata={"type": "object"})
    condition_in_words = fields.String()


class ProjectShown(OpenProjectShown):
    """A project as its managers see it; *requirement_version* counts from 1."""

    state = fields.Enum(ProjectState, by_value=True)
    close_reason = fields.String()
    budget_minor = fields.Integer(allow_none=True)
    invitation_hours = fields.Integer()
    is_open = fields.Boolean()
    gates = fields.List(fields.Raw(metadata={"type": "object"}))
    requirement_version = fields.Integer()
    rate_lines = fields.List(fields.Nested(RateLineShown))
    moves = fields.List(fields.Enum(ProjectState, by_value=True))
    created_at = fields.AwareDateTime()
    activated_at = fields.AwareDateTime(allow_none=True)


def shown(view: ProjectView) -> dict[str, Any]:
    """Return what `ProjectShown` and `OpenProjectShown` show of a project."""
    project = view.project
    own = {name: getattr(project, name) for name in ProjectShown._declared_fields if hasattr(type(project), name)}
    return own | {
        "seats_taken": view.seats_taken,
        "requirements": view.gates_in_words,
        "gates": view.version.gates,
        "wishes": view.wishes,
        "requirement_version": view.version.number,
        "rate_lines": [
            {
                "label": line.label,
                "amount_minor": line.amount_minor,
                "condition": line.condition,
                "condition_in_words": gate_in_words(gate_from_spec(line.condition)),
            }
            for line in project.rate_lines
        ],
        "moves": sorted(rules.MOVES[project.state]),
    }
