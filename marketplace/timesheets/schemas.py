"""Shapes of hours, in and out; by page in local time, by API in moments."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.timesheets.rules import EntrySource, EntryState, TimesheetState
from marketplace.web import ListQuery, Shape, Text

IDENTIFIER = validate.Range(1, 2**62)
# Far enough from the ends of the calendar that every time zone can show it.
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
DAY = validate.Range(FIRST_DAY, LAST_DAY)
MOMENT = validate.Range(datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
NOTE = 500


class Occurrence(StrEnum):
    """Which of two equal clock times, on the night when the clocks go back."""

    FIRST = "first"
    SECOND = "second"


class Step(StrEnum):
    """What can be done with a week."""

    SUBMIT = "submit"
    NO_HOURS = "no_hours"
    WITHDRAW = "withdraw"


def _day(**options: Any) -> fields.Date:
    return fields.Date(
        validate=DAY, error_messages={"required": "Choose the day.", "invalid": "Choose a day."}, **options
    )


def _clock_time(**options: Any) -> fields.Time:
    messages: Any = {"required": "Give the time, such as 09:30.", "invalid": "Write the time like 09:30."}
    return fields.Time(format="%H:%M", error_messages=messages, **options)


def _occurrence() -> fields.Enum[Occurrence]:
    return fields.Enum(Occurrence, by_value=True, load_default=None)


class SpanForm(Shape):
    """When somebody worked, in their own time zone; an end not after the start is on the next day."""

    day = _day(required=True)
    start = _clock_time(required=True)
    start_occurrence = _occurrence()
    end = _clock_time(required=True)
    end_occurrence = _occurrence()
    note = Text(NOTE, load_default="")


class EntryForm(SpanForm):
    """A new line."""

    engagement_id = fields.Integer(
        required=True, validate=IDENTIFIER, error_messages={"required": "Choose the project."}
    )


class TimerForm(Shape):
    """A timer to start."""

    engagement_id = fields.Integer(
        required=True, validate=IDENTIFIER, error_messages={"required": "Choose the project."}
    )
    note = Text(NOTE, load_default="")


class StopForm(Shape):
    """When the work under a timer ended; now, when left out."""

    day = _day(load_default=None)
    end = _clock_time(load_default=None)
    end_occurrence = _occurrence()


class WeekForm(Shape):
    """A step with the week of one engagement; *week* is any day of it."""

    engagement_id = fields.Integer(required=True, validate=IDENTIFIER)
    week = _day(required=True)
    step = fields.Enum(Step, by_value=True, load_default=Step.SUBMIT)


class TimeEntryNew(Shape):
    """Hours to log; seconds are cut off."""

    engagement_id = fields.Integer(required=True, validate=IDENTIFIER)
    starts_at = fields.AwareDateTime(format="iso", required=True, validate=MOMENT)
    ends_at = fields.AwareDateTime(format="iso", required=True, validate=MOMENT)
    note = Text(NOTE, load_default="")


class TimeEntryChange(Shape):
    """What changes in a line."""

    starts_at = fields.AwareDateTime(format="iso", validate=MOMENT)
    ends_at = fields.AwareDateTime(format="iso", validate=MOMENT)
    note = Text(NOTE)


class TimeEntryQuery(ListQuery):
    """My lines, of one engagement or the week that holds a day where asked."""

    engagement_id = fields.Integer(load_default=None, validate=IDENTIFIER)
    week = _day(load_default=None)


class TimesheetQuery(ListQuery):
    """The timesheets that I may see, of one project where asked."""

    project_id = fields.Integer(load_default=None, validate=IDENTIFIER)


class StopQuery(Schema):
    """How a timer ends: now, at *ended_at*, or without a line."""

    ended_at = fields.AwareDateTime(format="iso", load_default=None, validate=MOMENT)
    discard = fields.Boolean(load_default=False)


class TimeEntryShown(Schema):
    """A line: whole minutes, the rate of its time and, once approved, its earning."""

    id = fields.Integer()
    engagement_id = fields.Integer()
    timesheet_id = fields.Integer()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    minutes = fields.Integer()
    note = fields.String()
    source = fields.Enum(EntrySource, by_value=True)
    state = fields.Enum(EntryState, by_value=True)
    rate_minor = fields.Integer()
    currency = fields.String()
    earning_minor = fields.Integer(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    reject_reason = fields.String(allow_none=True)
    reject_note = fields.String()


class TimeEntriesShown(Schema):
    """The lines that came of one wish: more than one where a week ended or the rate changed, none for a short timer."""

    items = fields.List(fields.Nested(TimeEntryShown))


class TimesheetShown(Schema):
    """The week of one engagement with its lines."""

    id = fields.Integer()
    engagement_id = fields.Integer()
    project_id = fields.Integer(attribute="engagement.project_id")
    profile_id = fields.Integer(attribute="engagement.profile_id")
    name = fields.String(attribute="engagement.profile.account.name")
    week_starts_on = fields.Date()
    time_zone = fields.String()
    state = fields.Enum(TimesheetState, by_value=True)
    no_hours = fields.Boolean()
    submitted_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    review_due_at = fields.AwareDateTime(allow_none=True)
    escalated_at = fields.AwareDateTime(allow_none=True)
    entries = fields.List(fields.Nested(TimeEntryShown))


class TimerShown(Schema):
    """A running timer."""

    engagement_id = fields.Integer()
    started_at = fields.AwareDateTime()
    note = fields.String()
