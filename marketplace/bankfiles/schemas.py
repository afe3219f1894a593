"""Shapes of bank files and banks' answers, in and out."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields

from marketplace.bankfiles.rules import LONGEST_NOTE, Finding, Said
from marketplace.web import Shape, Text


class BankStep(Shape):
    """Nothing beside the run itself."""


class AnswerUpload(Shape):
    """A bank's file as multipart form data."""

    file = Upload(
        required=True,
        error_messages={"required": "Choose a file, and send it as multipart form data."},
        metadata={
            "description": "pain.002.001.03 or .10, or CSV: end_to_end_id, state, amount, currency, reference, reason"
        },
    )


class ResolveForm(Shape):
    """How a mismatch was resolved."""

    text = Text(LONGEST_NOTE, 1, required=True, error_messages={"required": "Say how it was resolved."})


class BankFileShown(Schema):
    """The file written for a run; the hash is that of the file itself."""

    run_id = fields.Integer()
    message_id = fields.String()
    sha256 = fields.String()
    made_by = fields.Integer()
    made_at = fields.AwareDateTime()
    currency = fields.String()
    total_minor = fields.Integer()
    payout_ids = fields.List(fields.Integer())


class ComparedShown(Schema):
    """One row of a bank's file compared with the run, or a payment that the file does not name."""

    row = fields.Integer(attribute="result.row")
    payout_id = fields.Integer(attribute="sent.payout_id")
    end_to_end_id = fields.String()
    finding = fields.Enum(Finding, by_value=True)
    said = fields.Enum(Said, by_value=True, attribute="result.said")
    sent_minor = fields.Integer(attribute="sent.amount_minor")
    said_minor = fields.Integer(attribute="result.amount_minor", allow_none=True)
    reference = fields.String(attribute="result.reference")
    reason = fields.String(attribute="result.reason")


class ComparisonShown(Schema):
    """How a bank's file compares with the run as it stands now; *applied_at* is null while nothing was applied."""

    run_id = fields.Integer()
    sha256 = fields.String()
    kind = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    mismatches = fields.List(fields.Nested(ComparedShown))
    applied_at = fields.AwareDateTime(allow_none=True)


class ResolvedShown(Schema):
    """How a mismatch was resolved."""

    text = fields.String()
    made_by = fields.Integer()
    made_at = fields.AwareDateTime()


class AnswerRowShown(Schema):
    """A mismatch of an answer that was applied; *note* is null until somebody has resolved it."""

    id = fields.Integer()
    number = fields.Integer()
    payout_id = fields.Integer(allow_none=True)
    end_to_end_id = fields.String()
    finding = fields.Enum(Finding, by_value=True)
    said = fields.Enum(Said, by_value=True, allow_none=True)
    amount_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    reference = fields.String()
    note = fields.Nested(ResolvedShown, allow_none=True)


class AnswerShown(Schema):
    """A bank's file that was applied."""

    id = fields.Integer()
    run_id = fields.Integer()
    kind = fields.String()
    sha256 = fields.String()
    made_by = fields.Integer()
    made_at = fields.AwareDateTime()
    mismatches = fields.List(fields.Nested(AnswerRowShown))
