"""Shapes of messages, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.messages.rules import LONGEST_TEXT
from marketplace.web import Shape, Text

IDENTIFIER = validate.Range(1, 2**62)
MOST_PEOPLE = 1000


class MessageShape(Shape):
    """What is written: plain text."""

    text = Text(LONGEST_TEXT, 1, required=True, error_messages={"required": "Write something."})


class TeamMessageShape(MessageShape):
    """What is written to those of *engagement_ids*."""

    engagement_ids = fields.List(
        fields.Integer(validate=IDENTIFIER),
        required=True,
        validate=validate.Length(1, MOST_PEOPLE, error=f"Choose 1 to {MOST_PEOPLE} people."),
        error_messages={"required": "Choose whom to write to."},
    )


class TeamMessage(MessageShape):
    """What is written to those of *engagement_ids* or, without them, to everybody on the project."""

    engagement_ids = fields.List(
        fields.Integer(validate=IDENTIFIER),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_PEOPLE, error=f"Choose 1 to {MOST_PEOPLE} people."),
    )


class MessageShown(Schema):
    """One message with who wrote it."""

    id = fields.Integer()
    engagement_id = fields.Integer()
    sender_id = fields.Integer()
    sender_name = fields.String(attribute="sender.name")
    text = fields.String()
    sent_at = fields.AwareDateTime()


class TeamMessagesShown(Schema):
    """What was written, one message for each person."""

    messages = fields.List(fields.Nested(MessageShown))
