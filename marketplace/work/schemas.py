"""Shapes of engagements, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.invitations.rules import InvitationState
from marketplace.invitations.schemas import IDENTIFIER
from marketplace.web import ListQuery, Shape, Text
from marketplace.work.rules import MANAGER_REASONS, EndReason, EngagementRole, EngagementState


class PauseShape(Shape):
    """Why somebody's work is paused."""

    why = Text(300, 3, required=True, error_messages={"required": "Tell the person why."})


class EndShape(Shape):
    """Why an engagement ends."""

    reason = fields.Enum(
        EndReason,
        by_value=True,
        required=True,
        validate=validate.OneOf(MANAGER_REASONS, error="Choose one of the reasons."),
        error_messages={"required": "Choose a reason."},
    )


class RateShape(Shape):
    """A new hourly rate, written like 18.50, from the beginning of a day in UTC."""

    rate = Text(20, 1, required=True, error_messages={"required": "Write the new rate."})
    valid_from = fields.Date(required=True, error_messages={"required": "Choose the day it begins."})


class EngagementQuery(ListQuery):
    """A list of engagements: my own, or those of *project_id*."""

    project_id = fields.Integer(load_default=None, allow_none=True, validate=IDENTIFIER)


class RateShown(Schema):
    """An hourly rate with the time it holds for."""

    rate_minor = fields.Integer()
    currency = fields.String()
    valid_from = fields.AwareDateTime()
    valid_until = fields.AwareDateTime(allow_none=True)


class EngagementShown(Schema):
    """An engagement with its rates."""

    id = fields.Integer()
    project_id = fields.Integer()
    project_title = fields.String(attribute="project.title")
    project_state = fields.String(attribute="project.state")
    profile_id = fields.Integer()
    name = fields.String(attribute="profile.account.name")
    role = fields.Enum(EngagementRole, by_value=True)
    state = fields.Enum(EngagementState, by_value=True)
    state_reason = fields.String()
    weekly_limit_minutes = fields.Integer()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    rates = fields.List(fields.Nested(RateShown))


class AcceptanceShown(Schema):
    """What came of a yes: an engagement, or a place on the waitlist and then no engagement."""

    invitation_id = fields.Integer(attribute="invitation.id")
    state = fields.Enum(InvitationState, by_value=True, attribute="invitation.state")
    engagement = fields.Nested(EngagementShown, allow_none=True)
