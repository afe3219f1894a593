"""Shapes of notifications and of how one wants to be told."""

from marshmallow import Schema, fields, validate

from marketplace.notices import FIXED, Kind
from marketplace.notifications.rules import WAY_NAMES
from marketplace.web import ListQuery, Shape

CHOOSABLE = [kind.value for kind in Kind if kind not in FIXED]
IDENTIFIER = validate.Range(1, 2**62)


class NotificationQuery(ListQuery):
    """What was told: of one *kind*, only what is *unread*, or everything."""

    kind = fields.Enum(Kind, by_value=fields.String, load_default=None)
    unread = fields.Boolean(load_default=False)


class NotificationShown(Schema):
    """One thing that changed, why, and the path of the page with the evidence."""

    id = fields.Integer()
    kind = fields.Enum(Kind, by_value=True)
    news = fields.String()
    thing = fields.String()
    title = fields.String()
    why = fields.String()
    url = fields.String()
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class ReadingShape(Shape):
    """Everything, or what came no later than the notification *up_to*."""

    up_to = fields.Integer(load_default=None, allow_none=True, validate=IDENTIFIER)


class ReadingShown(Schema):
    """How many were unread until now."""

    read = fields.Integer()


class ChoicesShape(Shape):
    """How to be told, by kind; kinds that are not named stay as they are."""

    choices = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CHOOSABLE, error="This is no kind that can be chosen.")),
        values=fields.String(validate=validate.OneOf(list(WAY_NAMES), error="Choose at_once, daily or page.")),
        required=True,
        error_messages={"required": "Choose how to be told."},
        metadata={"example": {"work": "daily"}},
    )


class PreferencesShown(Schema):
    """How one is told of what concerns one; *fixed* kinds are always mailed at once."""

    choices = fields.Dict(keys=fields.String(), values=fields.String(validate=validate.OneOf(list(WAY_NAMES))))
    fixed = fields.Dict(keys=fields.String(), values=fields.String(validate=validate.OneOf(list(WAY_NAMES))))
    time_zone = fields.String()
