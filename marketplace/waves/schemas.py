"""Shapes of wave plans and waves, in and out."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from marketplace.projects.rules import MAX_INVITATION_HOURS, MAX_SEATS
from marketplace.waves.rules import (
    MAX_BOUND_PERCENT,
    MAX_OPEN_INVITATIONS,
    MAX_RANK,
    EndReason,
    PlanState,
)
from marketplace.web import Shape


class WavePlanShape(Shape):
    """The rule by which waves are to go out.  A deadline without a zone is in UTC."""

    seats = fields.Integer(required=True, validate=validate.Range(1, MAX_SEATS))
    deadline = fields.AwareDateTime(required=True, default_timezone=UTC)
    bound_percent = fields.Integer(load_default=5, validate=validate.Range(1, MAX_BOUND_PERCENT))
    invitation_hours = fields.Integer(load_default=24, validate=validate.Range(1, MAX_INVITATION_HOURS))
    most_rank = fields.Integer(load_default=200, validate=validate.Range(1, MAX_RANK))
    most_open = fields.Integer(load_default=3, validate=validate.Range(1, MAX_OPEN_INVITATIONS))


class WavePlanShown(Schema):
    """A rule with who confirmed it and how far it has come.

    *booked*: what its waves have used up of the bound, as a chance between 0 and 1.
    """

    id = fields.Integer()
    project_id = fields.Integer()
    state = fields.Enum(PlanState, by_value=True)
    end_reason = fields.Enum(EndReason, by_value=True, allow_none=True)
    seats = fields.Integer()
    deadline = fields.AwareDateTime()
    bound_percent = fields.Integer()
    invitation_hours = fields.Integer()
    most_rank = fields.Integer()
    most_open = fields.Integer()
    confirmed_by = fields.String(attribute="confirmer.name")
    confirmed_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    waves = fields.Function(lambda plan: len(plan.waves), metadata={"type": "integer"})
    people_invited = fields.Integer()
    booked = fields.Float()


class PassedOverShown(Schema):
    """Somebody whom the ranking named and the rule did not invite."""

    rank = fields.Integer()
    who = fields.String()
    why = fields.String()


class WaveShown(Schema):
    """One wave and why it was so large.

    *accepted* of *ended* invitations made the belief Beta(*alpha*, *beta*) of the chance that one is accepted.
    *room*: seats that nobody had taken or been promised.  *outstanding*: invitations without an answer.
    *may_add*: what the wave might add to the chance of more yeses than room; *wanted*: the largest that stays within.
    """

    id = fields.Integer()
    number = fields.Integer()
    sent_at = fields.AwareDateTime()
    run_id = fields.Integer()
    accepted = fields.Integer()
    ended = fields.Integer()
    alpha = fields.Float()
    beta = fields.Float()
    room = fields.Integer()
    outstanding = fields.Integer()
    may_add = fields.Float()
    wanted = fields.Integer()
    people = fields.Integer()
    risk_before = fields.Float()
    risk_after = fields.Float()
    invitation_ids = fields.Pluck("WavePlaceShown", "invitation_id", many=True, attribute="places")
    passed_over = fields.List(fields.Nested(PassedOverShown))


class WavePlaceShown(Schema):
    """An invitation of a wave."""

    invitation_id = fields.Integer()
