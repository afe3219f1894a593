"""Shapes of erasing, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.erasure.rules import CONFIRMATION, Fate
from marketplace.web import Shape, Text


class ErasureRequest(Shape):
    """A wish to be erased, with its proof."""

    password = fields.String(
        required=True,
        validate=validate.Length(max=128),
        load_only=True,
        error_messages={"required": "Give your password."},
    )
    code = Text(
        10, load_default="", metadata={"description": "of the authenticator app, where the account has a second factor"}
    )
    confirmation = Text(
        40,
        required=True,
        metadata={"description": f"the words “{CONFIRMATION}”"},
        error_messages={"required": f"Type “{CONFIRMATION}” to confirm."},
    )


class RecordsShown(Schema):
    """Records of one kind and what would become of them."""

    name = fields.String()
    held = fields.String()
    count = fields.Integer()
    fate = fields.Enum(Fate, by_value=True)
    words = fields.String()


class EndedShown(Schema):
    """What would be ended, by id."""

    invitation_ids = fields.List(fields.Integer())
    application_ids = fields.List(fields.Integer())
    engagement_ids = fields.List(fields.Integer())


class ErasurePreview(Schema):
    """What erasing would do now; it is done only while *blocks* is empty."""

    records = fields.List(fields.Nested(RecordsShown))
    ends = fields.Nested(EndedShown)
    blocks = fields.List(fields.String())


class Erased(Schema):
    """What was done."""

    detail = fields.String()
