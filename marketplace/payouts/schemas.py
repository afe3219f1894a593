"""Shapes of decisions on hours, runs, payouts and the books, in and out."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from marketplace.money import CURRENCIES
from marketplace.payees.rules import Ready
from marketplace.payouts.rules import PayoutState, RunState, Skip
from marketplace.timesheets.rules import RejectReason
from marketplace.timesheets.schemas import TimeEntryShown
from marketplace.web import Shape, Text
from marketplace.words import say

IDENTIFIER = validate.Range(1, 2**62)
AT_ONCE = 2000
CURRENCY = validate.OneOf(sorted(CURRENCIES), error="Give a currency by its three letters, such as USD.")
LINES = fields.List(fields.Integer(validate=IDENTIFIER), validate=validate.Length(0, AT_ONCE), load_default=list)


class DecisionForm(Shape):
    """The lines ticked and what is decided about them."""

    lines = fields.List(
        fields.Integer(validate=IDENTIFIER),
        required=True,
        validate=validate.Length(1, AT_ONCE),
        error_messages={"required": "Tick the lines first."},
    )
    verdict = fields.String(required=True, validate=validate.OneOf(["approve", "reject"]))
    reason = fields.Enum(RejectReason, by_value=True, load_default=None)
    note = Text(500, load_default="")
    evidence = Text(2000, load_default="")

    @validates_schema
    def needs_reason(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse a rejection without a reason."""
        if given["verdict"] == "reject" and given["reason"] is None:
            raise ValidationError(say("Choose a reason; the annotator is told."), "reason")


class RejectionShape(Shape):
    """A line that is not approved, and why."""

    id = fields.Integer(required=True, validate=IDENTIFIER)
    reason = fields.Enum(RejectReason, by_value=True, required=True)
    note = Text(500, load_default="")
    evidence = Text(2000, load_default="")


class DecisionsShape(Shape):
    """Many decisions at once: all are made, or none."""

    approve = LINES
    reject = fields.List(
        fields.Nested(RejectionShape),
        validate=validate.Length(0, AT_ONCE),
        load_default=list,
        metadata={"example": [{"id": 2, "reason": "no_work_found", "note": "Batch 7 is empty.", "evidence": ""}]},
    )

    @validates_schema
    def needs_line(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse a wish that names no line, or the same one twice."""
        named = [*given["approve"], *(one["id"] for one in given["reject"])]
        if not named:
            raise ValidationError(say("Name a line."), "approve")
        if len(set(named)) != len(named):
            raise ValidationError(say("Name each line once."), "approve")


class RunForm(Shape):
    """A run to draft."""

    currency = fields.String(required=True, validate=CURRENCY)


class PreviewQuery(Shape):
    """Of which run a preview is wanted, and which page of its people: *limit* after *offset*, who is left out first."""

    currency = fields.String(required=True, validate=CURRENCY)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 200))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000_000))


class RunStep(Shape):
    """Nothing beside the run itself."""


class OutcomeForm(Shape):
    """What the bank did with a payout."""

    outcome = fields.Enum(
        PayoutState,
        by_value=True,
        required=True,
        error_messages={"required": "Choose what happened."},
        metadata={"example": PayoutState.PAID.value},
    )
    reference = Text(140, load_default="")
    reason = Text(300, load_default="")

    @validates_schema
    def is_final(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse what is no outcome."""
        if given["outcome"] not in {PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED}:
            raise ValidationError(say("A payout is paid, failed or returned."), "outcome")


class DecidedShown(Schema):
    """The lines as they stand after the decisions."""

    items = fields.List(fields.Nested(TimeEntryShown))


class BalanceShown(Schema):
    """Where my money stands in one currency; currencies are never added together."""

    currency = fields.String()
    pending_minor = fields.Integer(attribute="pending")
    payable_minor = fields.Integer(attribute="payable")
    under_way_minor = fields.Integer(attribute="under_way")
    paid_minor = fields.Integer(attribute="paid")


class PayoutShown(Schema):
    """What one person is paid in one run."""

    id = fields.Integer()
    run_id = fields.Integer()
    profile_id = fields.Integer()
    currency = fields.String()
    amount_minor = fields.Integer()
    state = fields.Enum(PayoutState, by_value=True)
    reference = fields.String()
    failure_reason = fields.String()
    changed_at = fields.AwareDateTime()


class EarningShown(Schema):
    """A line that was handed in, with the payout that pays it."""

    entry = fields.Nested(TimeEntryShown)
    project_id = fields.Integer(attribute="entry.engagement.project_id")
    payout = fields.Nested(PayoutShown, allow_none=True)


class EarningsShown(Schema):
    """My balances, and my lines newest first."""

    balances = fields.List(fields.Nested(BalanceShown))
    items = fields.List(fields.Nested(EarningShown))
    next_cursor = fields.Integer(allow_none=True)


class PlannedShown(Schema):
    """What a run would pay somebody; *why* it would not, else null.  *method*: ready, external, and so on."""

    profile_id = fields.Integer(attribute="owed.profile_id")
    name = fields.String(attribute="owed.name")
    amount_minor = fields.Integer(attribute="owed.amount_minor")
    minutes = fields.Integer(attribute="owed.minutes")
    lines = fields.Function(lambda one: len(one.owed.postings))
    method = fields.Enum(Ready, by_value=True, attribute="readiness.state")
    usable_from = fields.AwareDateTime(attribute="readiness.until", allow_none=True)
    why = fields.Enum(Skip, by_value=True, allow_none=True)


class PlanShown(Schema):
    """Whom a run would pay now, and who is left out."""

    currency = fields.String()
    total_minor = fields.Integer()
    pays_count = fields.Integer()
    left_out_count = fields.Integer()
    items = fields.List(fields.Nested(PlannedShown))


class RunShown(Schema):
    """A payout run with its payouts."""

    id = fields.Integer()
    currency = fields.String()
    state = fields.Enum(RunState, by_value=True)
    created_by = fields.Integer()
    created_at = fields.AwareDateTime()
    approved_by = fields.Integer(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    payouts = fields.List(fields.Nested(PayoutShown))
