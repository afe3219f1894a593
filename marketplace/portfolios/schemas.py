"""The shapes of public pages."""

from marshmallow import Schema, fields, validate

from marketplace.portfolios.rules import LONGEST_HEADLINE, Part
from marketplace.profiles.schemas import Level
from marketplace.web import Shape, Text


class PortfolioShape(Shape):
    """What to show."""

    headline = Text(LONGEST_HEADLINE, load_default="")
    parts = fields.List(
        fields.Enum(Part, by_value=fields.String),
        load_default=list,
        validate=validate.Length(0, len(Part), error="Each part once."),
    )


class PortfolioShown(Schema):
    """One's own page; *url* is what to give to others."""

    headline = fields.String()
    parts = fields.List(fields.String())
    key = fields.String()
    url = fields.Url()
    published_at = fields.AwareDateTime()


class WorkedShown(Schema):
    """Approved time on one project, or on so many that are not public, whose *title* and *client* are null."""

    title = fields.String(allow_none=True)
    client = fields.String(allow_none=True)
    projects = fields.Integer()
    minutes = fields.Integer()
    first = fields.AwareDateTime()
    last = fields.AwareDateTime()


class LanguageOnPage(Schema):
    """A language, and how far it was looked at."""

    tag = fields.String()
    written = Level()
    spoken = Level()
    native = fields.Boolean()
    provenance = fields.String()


class DegreeOnPage(Schema):
    """A degree, and how far it was looked at; *level*: of ISCED 2011."""

    level = fields.Integer()
    status = fields.String()
    subject = fields.String()
    provenance = fields.String()


class PublicPageShown(Schema):
    """What others see, counted at *as_of*; null: not shown."""

    name = fields.String()
    headline = fields.String()
    published_at = fields.AwareDateTime()
    as_of = fields.AwareDateTime()
    minutes = fields.Integer(allow_none=True, metadata={"description": "approved by the clients"})
    lines = fields.Integer(allow_none=True, metadata={"description": "how many entries of time those are"})
    worked = fields.List(fields.Nested(WorkedShown), allow_none=True)
    languages = fields.List(fields.Nested(LanguageOnPage), allow_none=True)
    degrees = fields.List(fields.Nested(DegreeOnPage), allow_none=True)
