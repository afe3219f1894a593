"""The shape of a budget."""

from marshmallow import Schema, fields


class WeekSpentShown(Schema):
    """What the hours of a week cost, in minor units, and what is left after it."""

    week = fields.Date()
    approved = fields.Integer()
    waiting = fields.Integer()
    left = fields.Integer(allow_none=True)


class PaceShown(Schema):
    """What a week costs on average of the last *weeks* whole ones, and when the budget is used up at that."""

    weekly_minor = fields.Integer()
    weeks = fields.Integer()
    used_up_on = fields.Date(allow_none=True)
    why_none = fields.String()


class BudgetShown(Schema):
    """How far a budget is used, in minor units; *free* is null where there is no budget."""

    budget = fields.Integer(allow_none=True)
    approved = fields.Integer()
    waiting = fields.Integer()
    recorded = fields.Integer()
    committed = fields.Integer()
    free = fields.Integer(allow_none=True)
    weeks = fields.List(fields.Nested(WeekSpentShown))
    pace = fields.Nested(PaceShown)
