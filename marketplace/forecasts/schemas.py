"""Shapes of the funnel and the forecast, out."""

from marshmallow import Schema, fields

from marketplace.forecasts.rules import Basis


class FunnelDayShown(Schema):
    """How many people stood at each stage, or had passed it, at the end of a day (UTC)."""

    day = fields.Date()
    invited = fields.Integer()
    opened = fields.Integer()
    accepted = fields.Integer()
    active = fields.Integer()


class FunnelShown(Schema):
    """How many people came how far; *matched* rests on the ranking *run_id*."""

    run_id = fields.Integer(attribute="run.id")
    matched = fields.Integer()
    invited = fields.Integer()
    opened = fields.Integer()
    accepted = fields.Integer()
    active = fields.Integer()
    days = fields.List(fields.Nested(FunnelDayShown))


class DeclineReasonShown(Schema):
    """How often one reason was given."""

    reason = fields.String()
    words = fields.String()
    people = fields.Integer()


class ForecastShown(Schema):
    """When the seats may be filled, and what that rests on.

    *p50*, *p90*: by when half, and nine in ten, of the *drawn* futures are filled; null where fewer ever are.
    *chance*: the share that is filled by the deadline of the waves or, without any, by the invitations that are out.
    Beta(*alpha*, *beta*) is what is believed of the chance that an invitation is accepted: *accepted* of *ended* were.
    *times_seen*: how many times to a yes are drawn from; with fewer than five they are spread evenly.
    """

    basis = fields.Enum(Basis, by_value=True)
    plan_id = fields.Integer(attribute="plan.id")
    seats = fields.Integer()
    outstanding = fields.Integer()
    p50 = fields.AwareDateTime(allow_none=True)
    p90 = fields.AwareDateTime(allow_none=True)
    chance = fields.Float()
    drawn = fields.Integer()
    alpha = fields.Float(attribute="belief.alpha")
    beta = fields.Float(attribute="belief.beta")
    accepted = fields.Integer(attribute="answers.history.accepted")
    ended = fields.Integer(attribute="answers.history.ended")
    times_seen = fields.Function(lambda one: len(one.answers.yes_hours), metadata={"type": "integer"})


class ProjectForecastShown(Schema):
    """The funnel of a project, why people declined, and the forecast."""

    project_id = fields.Integer()
    funnel = fields.Nested(FunnelShown)
    declined = fields.List(fields.Nested(DeclineReasonShown))
    expired = fields.Integer()
    forecast = fields.Nested(ForecastShown)
