"""Shapes of erasing, in and out."""

from marshmallow import Schema, fields

from marketplace.accounts.schemas import Proof
from marketplace.erasure.rules import CONFIRMATION, Fate
from marketplace.web import Text


class ErasureRequest(Proof):
    """A wish to be erased, with its proof."""

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
