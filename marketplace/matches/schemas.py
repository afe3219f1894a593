"""The shapes of counting as JSON."""

from typing import Any

from marshmallow import Schema, ValidationError, fields

from marketplace import web
from marketplace.projects.rules import refuse_gates
from marketplace.projects.schemas import GATE_EXAMPLE, GateField
from matching.gates import node_to_spec


def not_too_many(gates: list[dict[str, Any]]) -> None:
    """Refuse more gates than a project can have."""
    if refusal := refuse_gates(gates):
        raise ValidationError(refusal)


class ReachShape(web.Shape):
    """Gates to count by, as those of a project."""

    gates = fields.List(GateField(), required=True, validate=not_too_many, metadata={"example": [GATE_EXAMPLE]})


class StepShown(Schema):
    """A weaker form of a gate and how many more people would pass."""

    words = fields.String(attribute="relaxed.words")
    gate = fields.Function(lambda step: node_to_spec(step.relaxed.node), metadata={"type": "object"})
    more = fields.Integer()


class GateReachShown(Schema):
    """One gate: how many it alone keeps out, and what asking for less would gain."""

    gate = fields.Function(lambda found: node_to_spec(found.node), metadata={"type": "object"})
    words = fields.String()
    kept_out = fields.Integer()
    steps = fields.List(fields.Nested(StepShown))


class ReachShown(Schema):
    """How many people can be matched, how many of them pass, and what each gate costs."""

    people = fields.Integer()
    eligible = fields.Integer()
    gates = fields.List(fields.Nested(GateReachShown))
