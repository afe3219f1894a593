"""Shapes of matches and invitations, in and out."""

from marshmallow import EXCLUDE, Schema, fields, validate

from marketplace.invitations.rules import MAX_INVITED_AT_ONCE, DeclineReason, InvitationState, Show
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.projects.schemas import RATE, Amount, Hours
from marketplace.web import ListQuery, Shape, Text

IDENTIFIER = validate.Range(1, 2**62)


class InviteShape(Shape):
    """The matches whose people are to be invited."""

    match_ids = fields.List(
        fields.Integer(validate=IDENTIFIER, strict=False),
        required=True,
        validate=validate.Length(1, MAX_INVITED_AT_ONCE, error="Choose from {min} to {max} people."),
        error_messages={"required": "Choose at least one person."},
    )


class TopShape(Shape):
    """How many of the best are to be invited."""

    count = fields.Integer(
        required=True,
        validate=validate.Range(1, MAX_INVITED_AT_ONCE, error="Invite from {min} to {max} people."),
        error_messages={"required": "Say how many people to invite."},
    )


class DeclineShape(Shape):
    """A no with its reason."""

    reason = fields.Enum(
        DeclineReason, by_value=True, required=True, error_messages={"required": "Choose why you decline."}
    )
    note = Text(500, load_default="")


class InvitationQuery(ListQuery):
    """A list of invitations: my own, or those of *project_id*."""

    project_id = fields.Integer(load_default=None, allow_none=True, validate=IDENTIFIER)


class MatchesQuery(Shape):
    """How matches are asked for: *limit* people after the rank *cursor*; by a search instead of the wishes.

    Narrowed to whom to *show*, who give a number of minutes a week, and who ask for no more than an hourly rate in the
    currency of the project.
    """

    limit = fields.Integer(load_default=MATCHES_ON_A_PAGE, validate=validate.Range(1, 200))
    cursor = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 2**40))
    search_id = fields.Integer(load_default=None, allow_none=True, validate=IDENTIFIER)
    show = fields.Enum(Show, by_value=fields.String, load_default=Show.EVERYBODY)
    weekly_minutes_at_least = fields.Integer(load_default=None, validate=validate.Range(1, 10_080))
    min_rate_at_most_minor = fields.Integer(load_default=None, validate=validate.Range(1, 100_000_000))


class PageQuery(Schema):
    """Which page of the ranked matches to show, of which search."""

    class Meta:
        unknown = EXCLUDE

    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    search = fields.Integer(load_default=None, validate=IDENTIFIER)


def narrowing_form(currency: str) -> type[Schema]:
    """Return the shape of the fields above the list of matches, for a project in *currency*."""
    known = {
        "show": fields.Enum(
            Show,
            by_value=fields.String,
            load_default=Show.EVERYBODY,
            error_messages={"unknown": "Choose one of the list."},
        ),
        "hours": Hours(load_default=None),
        "rate": Amount(currency, RATE, load_default=None),
        "Meta": type("Meta", (), {"unknown": EXCLUDE}),
        "__doc__": "Whom of the ranked to show.",
    }
    return type("NarrowingForm", (Schema,), known)


class GateShown(Schema):
    """What one gate says of one person, with the fact it rests on."""

    gate = fields.Dict(keys=fields.String())
    words = fields.String()
    outcome = fields.String(validate=validate.OneOf(["pass", "fail", "unknown"]))
    fact = fields.String()


class SpanShown(Schema):
    """A place in a résumé; offsets count characters of its text."""

    page = fields.Integer()
    start = fields.Integer()
    end = fields.Integer()


class PartShown(Schema):
    """What one signal adds to a score, at most *most*; what was looked for and has no *span* was not found.

    *kind*: headline, title, throughout, occupation, wish, skill, text, words, covered, experience or flags (below
    zero).  *of*: the number of the wish that a skill is named in, from 0; -1 for none.
    """

    kind = fields.String()
    label = fields.String()
    fact = fields.String()
    score = fields.Float()
    most = fields.Float()
    closeness = fields.Float()
    best = fields.Float()
    of = fields.Integer()
    span = fields.Nested(SpanShown, allow_none=True)
    quote = fields.String()


class OfferLineShown(Schema):
    """A line of an offered rate; the amounts of those that hold add up to it."""

    label = fields.String()
    amount_minor = fields.Integer()
    holds = fields.Boolean()
    fact = fields.String()


class OfferShown(Schema):
    """The hourly rate that would be offered."""

    rate_minor = fields.Integer()
    lines = fields.List(fields.Nested(OfferLineShown))


class MatchShown(Schema):
    """A person as a manager sees them before they accept."""

    match_id = fields.Integer(attribute="match.id")
    rank = fields.Integer(attribute="match.rank")
    profile_id = fields.Integer(attribute="match.profile_id")
    pseudonym = fields.String(attribute="match.profile.pseudonym")
    score = fields.Float(attribute="match.score")
    gates = fields.List(fields.Nested(GateShown), attribute="match.gates")
    parts = fields.List(fields.Nested(PartShown), attribute="match.covered_parts")
    flags = fields.List(fields.String(), attribute="match.covered_flags")
    offer = fields.Nested(OfferShown, allow_none=True)
    invitation_state = fields.Enum(InvitationState, by_value=True, attribute="invitation.state")


class GatedOutShown(Schema):
    """How many people one gate keeps out, or would have to be asked."""

    words = fields.String()
    outcome = fields.String()
    people = fields.Integer()


class MatchesShown(Schema):
    """One page of a match run, best first; *next_cursor* is the last rank shown."""

    run_id = fields.Integer(attribute="run.id")
    search_id = fields.Integer(attribute="run.search_id", allow_none=True)
    requirement_version = fields.Integer(attribute="run.version.number")
    made_at = fields.AwareDateTime(attribute="run.made_at")
    considered = fields.Integer(attribute="run.considered")
    eligible = fields.Integer(attribute="run.eligible")
    ranked = fields.Integer(attribute="run.scored", metadata={"description": "of very many who pass, the nearest"})
    shown = fields.Integer(metadata={"description": "of those ranked, how many are wanted"})
    currency = fields.String()
    gated_out = fields.List(fields.Nested(GatedOutShown))
    items = fields.List(fields.Nested(MatchShown))
    next_cursor = fields.Integer(allow_none=True)


class InvitationShown(Schema):
    """An invitation with its offer and the reasons of the match."""

    id = fields.Integer()
    project_id = fields.Integer()
    project_title = fields.String(attribute="project.title")
    organisation = fields.String(attribute="project.organisation.name")
    pseudonym = fields.String(attribute="profile.pseudonym")
    state = fields.Enum(InvitationState, by_value=True, attribute="shown_state")
    offered_rate_minor = fields.Integer()
    currency = fields.String()
    rate_breakdown = fields.List(fields.Nested(OfferLineShown))
    gates = fields.List(fields.Nested(GateShown), attribute="match.gates")
    parts = fields.List(fields.Nested(PartShown), attribute="covered_parts")
    made_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    opened_at = fields.AwareDateTime(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    decline_reason = fields.String(allow_none=True)


class InvitedShown(Schema):
    """What came of inviting: the invitations, and why others got none."""

    invitations = fields.List(fields.Nested(InvitationShown), attribute="made")
    skipped = fields.List(fields.String())
