"""Shapes of open projects as they are looked for, of applications and of their answers, in and out."""

from marshmallow import EXCLUDE, Schema, fields, validate

from marketplace.applications.rules import (
    CHOSEN_REASONS,
    MAX_NOTE,
    ApplicationDecline,
    ApplicationState,
    Standing,
)
from marketplace.applications.why import SHOWN
from marketplace.invitations.schemas import IDENTIFIER, GateShown, PartShown
from marketplace.profiles.rules import RATE_CURRENCY
from marketplace.profiles.schemas import LanguageTag
from marketplace.projects.rules import MAX_HOURLY_RATE_MINOR
from marketplace.projects.schemas import RATE, Amount
from marketplace.web import ListQuery, Shape, Text
from matching.vocabulary import ExperienceKind

RATE_ASKED = validate.Range(0, MAX_HOURLY_RATE_MINOR)


class OpenProjectQuery(ListQuery):
    """Open projects: *language* and *kind* of experience that a gate asks for, a band that reaches some rate.

    *passing*: only those whose gates I pass; for annotators with a profile.
    """

    language = LanguageTag(80, load_default=None, metadata={"example": "zh-Hans"})
    kind = fields.Enum(ExperienceKind, by_value=fields.String, load_default=None)
    rate_at_least_minor = fields.Integer(load_default=None, validate=RATE_ASKED)
    currency = fields.String(load_default=RATE_CURRENCY, validate=validate.Regexp(r"[A-Z]{3}\Z"))
    passing = fields.Boolean(load_default=False)


class OpenProjectForm(Schema):
    """The same as people write it into the fields above the list."""

    class Meta:
        unknown = EXCLUDE

    language = LanguageTag(80, load_default=None)
    kind = fields.Enum(
        ExperienceKind, by_value=fields.String, load_default=None, error_messages={"unknown": "Choose one of the list."}
    )
    rate = Amount(RATE_CURRENCY, RATE, load_default=None)
    passing = fields.Boolean(load_default=False, error_messages={"invalid": "Tick the box, or leave it."})


class ApplyShape(Shape):
    """An application with what the person wants to say."""

    note = Text(MAX_NOTE, load_default="")


class AcceptShape(Shape):
    """A yes; *override_note*: why somebody is taken who misses a gate."""

    override_note = Text(MAX_NOTE, load_default="")


class ApplicationDeclineShape(Shape):
    """A no with its reason, which the person reads."""

    reason = fields.Enum(
        ApplicationDecline,
        by_value=True,
        required=True,
        validate=validate.OneOf(CHOSEN_REASONS, error="Choose one of the reasons."),
        error_messages={"required": "Choose why you decline."},
        metadata={"enum": [reason.value for reason in CHOSEN_REASONS]},
    )
    note = Text(MAX_NOTE, load_default="")


class ApplicationQuery(ListQuery):
    """A list of applications: my own, or those to *project_id*."""

    project_id = fields.Integer(load_default=None, allow_none=True, validate=IDENTIFIER)


class WhyQuery(Shape):
    """How the answer is asked for: *limit* projects after the place *cursor*, the nearest first."""

    limit = fields.Integer(load_default=SHOWN, validate=validate.Range(1, 100))
    cursor = fields.Integer(load_default=0, validate=validate.Range(0, 2**31))


class WhyPage(Schema):
    """Which page of the answer to show."""

    class Meta:
        unknown = EXCLUDE

    cursor = fields.Integer(load_default=0, validate=validate.Range(0, 2**31))


class OwnGateShown(GateShown):
    """What one gate says of one person; *change*: what would have passed."""

    change = fields.String()


class ApplicationShown(Schema):
    """An application with what the gates said when it was sent; to managers the note without what tells who it is.

    *parts*: what the newest ranking says of the person, for managers, where it holds them; offsets count characters.
    """

    id = fields.Integer()
    project_id = fields.Integer()
    project_title = fields.String()
    organisation = fields.String()
    pseudonym = fields.String()
    state = fields.Enum(ApplicationState, by_value=True)
    note = fields.String()
    gates = fields.List(fields.Nested(OwnGateShown))
    requirement_version = fields.Integer()
    rank = fields.Integer(allow_none=True)
    score = fields.Float(allow_none=True)
    parts = fields.List(fields.Nested(PartShown))
    submitted_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decline_reason = fields.String(allow_none=True)
    decision_note = fields.String()
    override_note = fields.String()
    invitation_id = fields.Integer(allow_none=True)


class ReasonShown(Schema):
    """What keeps somebody out of all projects."""

    code = fields.String()
    words = fields.String()


class OwnStandingShown(Schema):
    """How I stand to one open project, and what each of its gates says of me."""

    project_id = fields.Integer(attribute="project.id")
    title = fields.String(attribute="project.title")
    organisation = fields.String(attribute="project.organisation")
    weekly_limit_minutes = fields.Integer(attribute="project.weekly_limit_minutes")
    seats = fields.Integer(attribute="project.seats")
    seats_taken = fields.Integer(attribute="project.seats_taken")
    standing = fields.Enum(Standing, by_value=True)
    gates_missed = fields.Integer(attribute="missed")
    gates = fields.List(fields.Nested(OwnGateShown))


class ChangeShown(Schema):
    """A change of my facts and what it alone would open.

    *weekly_minutes*: the weekly limits of those projects together.  *ask*: something has only to be stated.
    """

    words = fields.String()
    ask = fields.Boolean()
    project_ids = fields.List(fields.Integer())
    weekly_minutes = fields.Integer(attribute="minutes")


class WhyShown(Schema):
    """Why I have no project: *judged* open projects, the nearest first, and what would open most.

    *passed*: of how many all gates pass.
    """

    reasons = fields.List(fields.Nested(ReasonShown))
    judged = fields.Integer()
    passed = fields.Integer()
    changes = fields.List(fields.Nested(ChangeShown))
    items = fields.List(fields.Nested(OwnStandingShown))
    next_cursor = fields.Integer(allow_none=True)
