"""The shapes of guidelines."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from marketplace.guidelines.rules import LONGEST_CHANGE, LONGEST_TEXT
from marketplace.web import Shape, Text

NUMBER = validate.Range(0, 2**31 - 1)


class Lines(Text):
    """A text whose lines end in one way, however the browser ends them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class GuidelineShape(Shape):
    """A new version; *expected*: the number of the newest one when it was begun, 0 for none."""

    text = Lines(LONGEST_TEXT, 1, required=True, error_messages={"required": "Write the guidelines."})
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
