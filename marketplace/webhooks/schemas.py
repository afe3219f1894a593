"""Shapes of webhooks, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.events import KINDS
from marketplace.web import Shape, Text
from marketplace.webhooks.rules import LONGEST_URL, DeliveryState


class EndpointForm(Shape):
    """Where to tell of which kinds of events."""

    url = Text(LONGEST_URL, 1, required=True)
    description = Text(200, load_default="")
    kinds = fields.List(
        fields.String(validate=validate.OneOf(sorted(KINDS), error="There is no such kind of event.")),
        required=True,
        validate=validate.Length(1, len(KINDS), error="Choose what to be told of."),
        error_messages={"required": "Choose what to be told of."},
    )


class NewEndpoint(EndpointForm):
    """The same with whose it is."""

    organisation_id = fields.Integer(required=True, validate=validate.Range(1, 2**62))


class EndpointChange(EndpointForm):
    """What may be changed of an endpoint."""

    enabled = fields.Boolean(load_default=False)


class EndpointShown(Schema):
    """An endpoint; its secret only in the answer that makes it."""

    id = fields.Integer()
    organisation_id = fields.Integer()
    url = fields.String()
    description = fields.String()
    kinds = fields.List(fields.String())
    enabled = fields.Boolean()
    disabled_reason = fields.String()
    created_at = fields.AwareDateTime()


class EndpointMade(EndpointShown):
    """A new endpoint, or one with a new secret, which is shown this once."""

    secret = fields.String()


class AttemptShown(Schema):
    """One try."""

    tried_at = fields.AwareDateTime()
    milliseconds = fields.Integer()
    status = fields.Integer(allow_none=True)
    answer = fields.String()
    error = fields.String()


class DeliveryShown(Schema):
    """One event on its way to an endpoint, with every try."""

    id = fields.Integer()
    message_id = fields.String()
    type = fields.String(attribute="event.kind")
    state = fields.Enum(DeliveryState, by_value=True)
    next_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    attempts = fields.List(fields.Nested(AttemptShown))
