"""The shapes in which the ledger is asked for and shown."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from marketplace import money
from marketplace.ledger.rules import Asked
from marketplace.payouts.rules import EntryKind, LedgerKind
from marketplace.web import ListQuery, Shape, Text
from marketplace.words import say

NUMBER = validate.Range(1, 2**62)
CURRENCY = validate.OneOf(sorted(money.CURRENCIES), error="Give the currency by its three letters, such as USD.")


class EntriesQuery(ListQuery):
    """Which entries are asked for: all of what is given has to hold."""

    kind = fields.Enum(EntryKind, by_value=fields.String, load_default=None)
    key = Text(60, load_default=None)
    person = fields.Integer(load_default=None, validate=NUMBER)
    project = fields.Integer(load_default=None, validate=NUMBER)
    payout = fields.Integer(load_default=None, validate=NUMBER)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    currency = fields.String(load_default=None, validate=CURRENCY)
    amount_minor = fields.Integer(load_default=None, validate=validate.Range(1, 2**62))

    @validates_schema
    def is_a_span(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse days in the wrong order."""
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise ValidationError(say("The last day lies before the first."), "until")

    @post_load
    def as_asked(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Give what is asked beside how the list is."""
        asked = Asked(
            kind=given.pop("kind"),
            key=given.pop("key"),
            profile_id=given.pop("person"),
            project_id=given.pop("project"),
            payout_id=given.pop("payout"),
            from_day=given.pop("since"),
            to_day=given.pop("until"),
            currency=given.pop("currency"),
            amount_minor=given.pop("amount_minor"),
        )
        return given | {"asked": asked}


class EntriesForm(Shape):
    """The fields above the journal; the amount as people write it."""

    kind = fields.Enum(EntryKind, by_value=True, load_default=None)
    key = Text(60, load_default=None)
    person = fields.Integer(
        load_default=None,
        validate=NUMBER,
        error_messages={"invalid": "Give the annotator's number, such as 42 for Annotator 00042."},
    )
    project = fields.Integer(
        load_default=None, validate=NUMBER, error_messages={"invalid": "Give the project's number."}
    )
    since = fields.Date(load_default=None, error_messages={"invalid": "Choose a day, such as 2026-11-03."})
    until = fields.Date(load_default=None, error_messages={"invalid": "Choose a day, such as 2026-11-03."})
    currency = fields.String(load_default=None, validate=CURRENCY)
    amount = Text(30, load_default=None)

    @post_load
    def as_asked(self, given: dict[str, Any], **_: Any) -> Asked:
        """Give what is asked for."""
        if given["since"] and given["until"] and given["since"] > given["until"]:
            raise ValidationError(say("The last day lies before the first."), "until")
        if given["amount"] and not given["currency"]:
            raise ValidationError(say("Say in which currency."), "currency")
        amount = abs(money.parse_minor(given["amount"], given["currency"])) if given["amount"] else None
        return Asked(
            kind=given["kind"],
            key=given["key"],
            profile_id=given["person"],
            project_id=given["project"],
            from_day=given["since"],
            to_day=given["until"],
            currency=given["currency"],
            amount_minor=amount,
        )


class AccountsForm(Shape):
    """The fields above the accounts."""

    kind = fields.Enum(LedgerKind, by_value=True, load_default=None)
    owner = fields.Integer(load_default=None, validate=NUMBER, error_messages={"invalid": "Give a number."})


class BalanceQuery(Shape):
    """At the end of which day (UTC); without one, now."""

    at = fields.Date(load_default=None)


class PostingShown(Schema):
    """An amount on one account; a debit is positive."""

    id = fields.Integer()
    account = fields.Function(lambda one: f"{one.account.kind}:{one.account.owner_id}:{one.currency}")
    currency = fields.String()
    amount_minor = fields.Integer()


class EntryShown(Schema):
    """One event in the books, with its postings, which sum to zero."""

    id = fields.Integer()
    kind = fields.Enum(EntryKind, by_value=True)
    source_id = fields.Integer()
    key = fields.String()
    reverses_id = fields.Integer(allow_none=True)
    actor_id = fields.Integer(allow_none=True)
    reason = fields.String()
    made_at = fields.AwareDateTime()
    postings = fields.List(fields.Nested(PostingShown))


class TotalShown(Schema):
    """The sums of one kind of account in one currency, in minor units."""

    currency = fields.String()
    kind = fields.Enum(LedgerKind, by_value=True)
    debit_minor = fields.Integer(attribute="debit")
    credit_minor = fields.Integer(attribute="credit")
    balance_minor = fields.Integer(attribute="balance")


class TrialBalanceShown(Schema):
    """The trial balance; in each currency everything together is zero."""

    items = fields.List(fields.Nested(TotalShown))


class HeadShown(Schema):
    """The root of the tree over the first *size* entries of the books."""

    size = fields.Integer()
    root = fields.Function(lambda one: one.root.hex())
    sealed_at = fields.AwareDateTime()


class ProofShown(Schema):
    """Entries with the hashes that lead from each to the root of the head, as `marketplace verify-ledger` reads it."""

    type = fields.String()
    version = fields.Integer()
    head = fields.Dict()
    entries = fields.List(fields.Dict())
