"""The shapes of marks and notes."""

from marshmallow import Schema, fields

from marketplace import web
from marketplace.shortlists.rules import MAX_NOTE, Mark, NotChosenReason


class MarkForm(web.Shape):
    """A mark as a page sends it; an empty one takes it away."""

    mark = fields.Enum(Mark, by_value=fields.String, load_default=None)
    reason = fields.Enum(
        NotChosenReason,
        by_value=fields.String,
        load_default=None,
        error_messages={"unknown": "Choose a reason of the list."},
    )
    note = web.Text(MAX_NOTE, load_default="")


class MarkShape(MarkForm):
    """A mark as JSON; null takes it away."""

    mark = fields.Enum(Mark, by_value=fields.String, required=True, allow_none=True)
    reason = fields.Enum(NotChosenReason, by_value=fields.String, load_default=None, allow_none=True)


class NoteShape(web.Shape):
    """A note."""

    text = web.Text(MAX_NOTE, 1, required=True, error_messages={"required": "Write something."})


class MarkQuery(web.ListQuery):
    """Which marks are listed."""

    mark = fields.Enum(Mark, by_value=fields.String, load_default=None)


class MarkShown(Schema):
    """Somebody with the mark that they have for a project."""

    id = fields.Integer()
    match_id = fields.Integer()
    pseudonym = fields.String(attribute="profile.pseudonym")
    mark = fields.Enum(Mark, by_value=fields.String)
    reason = fields.Enum(NotChosenReason, by_value=fields.String, allow_none=True)
    note = fields.String()
    marked_by = fields.String(attribute="marker.name")
    marked_at = fields.AwareDateTime()


class NoteShown(Schema):
    """A note about somebody."""

    id = fields.Integer()
    text = fields.String()
    written_by = fields.String(attribute="writer.name")
    written_at = fields.AwareDateTime()
