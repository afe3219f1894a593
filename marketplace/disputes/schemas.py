"""Shapes of disputes, in and out."""

from marshmallow import Schema, fields

from marketplace.disputes.rules import LONGEST_WORD, DisputeState, Step
from marketplace.timesheets.rules import RejectReason
from marketplace.timesheets.schemas import TimeEntryShown
from marketplace.web import Shape, Text


class StepShape(Shape):
    """A step about a line, with its words."""

    step = fields.Enum(Step, by_value=True, required=True)
    text = Text(LONGEST_WORD, load_default="")


class LineWordShown(Schema):
    """What somebody wrote about a line."""

    kind = fields.String()
    author = fields.String(attribute="author.name")
    text = fields.String()
    written_at = fields.AwareDateTime()


class DisputeShown(Schema):
    """A dispute over one line."""

    id = fields.Integer()
    entry_id = fields.Integer()
    state = fields.Enum(DisputeState, by_value=True)
    reason = fields.Enum(RejectReason, by_value=True)
    opened_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    appealed_at = fields.AwareDateTime(allow_none=True)
    final_at = fields.AwareDateTime(allow_none=True)


class LineInQuestionShown(Schema):
    """A line with what was written about it, its dispute, and what whoever asks may do now."""

    entry = fields.Nested(TimeEntryShown)
    dispute = fields.Nested(DisputeShown, allow_none=True)
    words = fields.List(fields.Nested(LineWordShown))
    steps = fields.List(fields.Enum(Step, by_value=True))
    answer_until = fields.AwareDateTime(allow_none=True)
