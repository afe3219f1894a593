"""The shapes of guidelines."""

from marshmallow import EXCLUDE, Schema, fields, validate

from marketplace.guidelines.rules import LONGEST_CHANGE, LONGEST_TEXT
from marketplace.web import Shape, Text

NUMBER = validate.Range(0, 2**31 - 1)


class GuidelineShape(Shape):
    """A new version; *expected*: the number of the newest one when it was begun, 0 for none."""

    text = Text(LONGEST_TEXT, 1, required=True, error_messages={"required": "Write the guidelines."})
    change = Text(LONGEST_CHANGE, load_default="")
    expected = fields.Integer(required=True, validate=NUMBER)


class AgainstQuery(Schema):
    """With which version to compare."""

    class Meta:
        unknown = EXCLUDE

    against = fields.Integer(load_default=None, validate=NUMBER)


class GuidelineListed(Schema):
    """A version of a project's guidelines, without its text."""

    number = fields.Integer()
    change = fields.String()
    written_by = fields.String(attribute="writer.name")
    written_at = fields.AwareDateTime()


class GuidelineShown(GuidelineListed):
    """A version of a project's guidelines, in Markdown."""

    text = fields.String()
