"""Shapes of payout methods and terms, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.accounts.schemas import Proof
from marketplace.payees.rules import LONGEST_DESCRIPTION, LONGEST_TYPED, MethodKind, ScheduleKind
from marketplace.web import Shape, Text


class PayoutMethodForm(Proof):
    """How to be paid: for an IBAN with *holder* and *iban*, for what the client pays elsewhere with *description*."""

    kind = fields.Enum(MethodKind, by_value=fields.String, required=True)
    holder = Text(200, load_default="", metadata={"description": "the name of the account, at most 70 characters"})
    iban = Text(LONGEST_TYPED, load_default="", metadata={"description": "spaces and small letters are taken"})
    description = Text(LONGEST_DESCRIPTION, load_default="", metadata={"description": "how the client pays"})


class PayoutMethodShown(Schema):
    """A way to be paid; of an account number only country and end."""

    id = fields.Integer()
    kind = fields.Enum(MethodKind, by_value=fields.String)
    holder = fields.String()
    account = fields.String(attribute="shown", metadata={"description": "masked, such as DE•• •••• 3000"})
    country = fields.String()
    bic = fields.String()
    description = fields.String()
    made_at = fields.AwareDateTime()
    usable_from = fields.AwareDateTime(metadata={"description": "nothing is paid to it before"})
    ended_at = fields.AwareDateTime(allow_none=True)


class PayoutTermsForm(Shape):
    """From which sum on and when an organisation pays; page and API write the sum with a dot, such as 50.00."""

    minimum = Text(20, load_default="0", metadata={"description": "in the organisation's currency, such as 50.00"})
    schedule = fields.Enum(ScheduleKind, by_value=fields.String, load_default=None, allow_none=True)
    day = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 31, error="Choose a day from 1 to 31."),
        metadata={"description": "weekly 1 (Monday) to 7, monthly 1 to 31, else 0"},
    )


class PayoutTermsShown(Schema):
    """From which sum on and when an organisation pays; *schedule* null: whenever finance makes a run."""

    minimum = fields.String()
    currency = fields.String()
    schedule = fields.Enum(ScheduleKind, by_value=fields.String, allow_none=True)
    day = fields.Integer()
    next_on = fields.Date(allow_none=True)
