"""The shapes of searches."""

from marshmallow import Schema, fields

from marketplace.searches.queries import is_read
from marketplace.searches.rules import LONGEST_SEARCH
from marketplace.web import Shape, Text


class SearchShape(Shape):
    """What to look for."""

    text = Text(LONGEST_SEARCH, 1, required=True, error_messages={"required": "Write what to look for."})


class SearchShown(Schema):
    """A search; its people are listed by the matches of the project with *search_id*, as soon as it *is_read*."""

    id = fields.Integer()
    text = fields.String()
    asked_at = fields.AwareDateTime()
    is_read = fields.Function(is_read, metadata={"type": "boolean"})
