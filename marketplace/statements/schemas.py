"""Shapes of statements, in and out; amounts are integers in minor units of the statement's currency."""

from marshmallow import Schema, fields

from marketplace.web import Shape, Text


class StatementQuery(Shape):
    """Which currency; by default the first, in the order of the alphabet, in which there are movements."""

    currency = Text(3, at_least=3, load_default=None)


class SumsShown(Schema):
    """What a period brought: earned + other + sent + back is the change of what is owed."""

    period = fields.String()
    minutes = fields.Integer()
    earned_minor = fields.Integer()
    other_minor = fields.Integer()
    sent_minor = fields.Integer()
    back_minor = fields.Integer()
    paid_minor = fields.Integer()
    failed_minor = fields.Integer()
    closing_minor = fields.Integer()


class StatementsOfCurrencyShown(Schema):
    """The months and years in which money moved in one currency, the latest first."""

    currency = fields.String()
    months = fields.List(fields.Nested(SumsShown))
    years = fields.List(fields.Nested(SumsShown))


class StatementsShown(Schema):
    """Everything that there are statements for; currencies are never added together."""

    currencies = fields.List(fields.Nested(StatementsOfCurrencyShown))


class StandingShown(Schema):
    """What was owed, and what was on its way to the bank."""

    owed_minor = fields.Integer()
    on_way_minor = fields.Integer()


class WorkShown(Schema):
    """The time entry behind an earning, its rate and its approval."""

    time_entry_id = fields.Integer(attribute="entry_id")
    project_id = fields.Integer()
    project = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    minutes = fields.Integer()
    rate_minor = fields.Integer()
    note = fields.String()
    approved_by = fields.String()
    approved_at = fields.AwareDateTime(allow_none=True)


class PayingShown(Schema):
    """The payout that a movement is of."""

    payout_id = fields.Integer()
    reference = fields.String()


class StatementLineShown(Schema):
    """One journal entry: what it adds to both balances, what was owed after it, and what it is about."""

    entry_id = fields.Integer()
    kind = fields.String()
    booked_at = fields.AwareDateTime()
    owed_minor = fields.Integer()
    on_way_minor = fields.Integer()
    balance_minor = fields.Integer()
    reason = fields.String()
    reverses_id = fields.Integer(allow_none=True)
    work = fields.Nested(WorkShown, allow_none=True)
    payout = fields.Nested(PayingShown, attribute="paying", allow_none=True)


class ProjectSumShown(Schema):
    """What one project brought."""

    project_id = fields.Integer()
    project = fields.String()
    minutes = fields.Integer()
    earned_minor = fields.Integer()


class StatementShown(Schema):
    """What happened to one person's money from *starts_at* until before *ends_at*, by the moment of booking."""

    profile_id = fields.Integer()
    pseudonym = fields.String()
    currency = fields.String()
    period = fields.String(attribute="period.name")
    time_zone = fields.String(attribute="zone")
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    opening = fields.Nested(StandingShown)
    lines = fields.List(fields.Nested(StatementLineShown))
    closing = fields.Nested(StandingShown)
    sums = fields.Nested(SumsShown)
    months = fields.List(fields.Nested(SumsShown))
    projects = fields.List(fields.Nested(ProjectSumShown))
