"""The shapes of profiles and résumés, in by form and by JSON, out by JSON."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_dump, pre_load, validate, validates_schema

from marketplace import money, web
from marketplace.errors import Refused
from marketplace.profiles import queries, rules
from marketplace.profiles.rules import MAX_HOURLY_RATE_MINOR, MAX_ROWS, MAX_WEEKLY_MINUTES, RATE_CURRENCY
from marketplace.words import say
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel

ROWS = validate.Length(max=MAX_ROWS, error=f"There can be up to {MAX_ROWS} of these.")
MINUTES = validate.Range(0, MAX_WEEKLY_MINUTES, error=f"A week can have 0 to {MAX_WEEKLY_MINUTES // 60} hours.")
RATE = validate.Range(0, MAX_HOURLY_RATE_MINOR, error="An hour can cost 0.00 to 10000.00.")


class Level(fields.Field[int]):
    """A CEFR level as people write it, such as ``B2``."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else Cefr(value).name

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str) or value.strip().upper() not in Cefr.__members__:
            raise ValidationError(say("Choose a level from A1 to C2."))
        return int(Cefr[value.strip().upper()])


class LanguageTag(web.Text):
    """A language by tag or by name; comes out as its canonical BCP 47 tag."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return rules.find_language(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from None


class Country(web.Text):
    """A country by its ISO 3166-1 alpha-2 code or by its name; comes out as its code."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return rules.find_country(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from None


class TimeZone(web.Text):
    """A time zone by its IANA name."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in rules.time_zones().get(name.split("/")[0] if "/" in name else "Other", ()):
            raise ValidationError(say("Choose a time zone of the list, such as Europe/Madrid."))
        return name


class Hours(fields.Decimal):
    """Hours as a person writes them, such as ``12.5``; comes out as whole minutes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        hours = super()._deserialize(value, attr, data, **kwargs)
        # Checked before it is multiplied: a number with a huge exponent would not fit.
        if not 0 <= hours <= MAX_WEEKLY_MINUTES // 60:
            raise ValidationError(str(MINUTES.error))
        return round(hours * 60)


class Amount(fields.String):
    """An amount of money with a dot, such as ``23.00``; comes out in minor units."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            minor = money.parse_minor(text[:30], RATE_CURRENCY)
        except Refused as refusal:
            raise ValidationError(refusal.message) from None
        RATE(minor)
        return minor


class Document(web.Shape):
    """A shape that may be sent back as it was told: what is only told is left out of what is loaded."""

    @pre_load
    def leave_out_what_is_only_told(self, given: Any, **_: Any) -> Any:
        """Drop the fields that only come out."""
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if key in self.load_fields or key not in self.dump_fields}


class LanguageShape(Document):
    """A language with its levels."""

    tag = LanguageTag(rules.LONGEST_LANGUAGE, 1, required=True, error_messages={"required": "Which language?"})
    written = Level(required=True, error_messages={"required": "Choose a level from A1 to C2."})
    spoken = Level(required=True, error_messages={"required": "Choose a level from A1 to C2."})
    native = fields.Boolean(load_default=False)
    provenance = fields.String(dump_only=True)


class DegreeShape(Document):
    """A degree, held or being pursued."""

    level = fields.Integer(
        required=True,
        validate=validate.OneOf([int(level) for level in IscedLevel], error="Choose a level."),
        error_messages={"required": "Choose a level."},
    )
    status = fields.Enum(
        DegreeStatus,
        by_value=fields.String,
        required=True,
        error_messages={"required": "Held or in progress?", "unknown": "Choose held or in progress."},
    )
    subject = web.Text(200, load_default="")
    year = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1940, 2060, error="Write the year with four digits."),
    )
    provenance = fields.String(dump_only=True)


class ExperienceShape(Document):
    """Years of one kind of experience."""

    kind = fields.Enum(
        ExperienceKind,
        by_value=fields.String,
        required=True,
        error_messages={"required": "Choose a kind.", "unknown": "Choose a kind of the list."},
    )
    years = fields.Integer(
        required=True,
        validate=validate.Range(0, 60, error="Write 0 to 60 years."),
        error_messages={"required": "How many years?"},
    )
    description = web.Text(2000, load_default="")
    provenance = fields.String(dump_only=True)


class FactsShape(Document):
    """What the form and the API have in common; what is left out is empty."""

    country = Country(80, load_default=None, allow_none=True, metadata={"example": "DE"})
    time_zone = TimeZone(64, load_default=None, allow_none=True)
    about = web.Text(4000, load_default="")
    languages = fields.List(fields.Nested(LanguageShape), load_default=list, validate=ROWS)
    degrees = fields.List(fields.Nested(DegreeShape), load_default=list, validate=ROWS)
    experiences = fields.List(fields.Nested(ExperienceShape), load_default=list, validate=ROWS)

    @validates_schema
    def nothing_twice(self, loaded: dict[str, Any], **_: Any) -> None:
        """Refuse a language or a kind of experience that stands there twice."""
        for rows, key in (("languages", "tag"), ("experiences", "kind")):
            seen: set[Any] = set()
            for number, row in enumerate(loaded.get(rows, ())):
                if row.get(key) in seen:
                    raise ValidationError({rows: {number: {key: ["This stands here twice."]}}})
                seen.add(row.get(key))


class ProfileForm(FactsShape):
    """The profile as its page sends it."""

    weekly_minutes = Hours(data_key="weekly_hours", load_default=0)
    min_rate_minor = Amount(data_key="min_rate", load_default=0)


class ProfileShape(FactsShape):
    """The profile as JSON; *state*, *pseudonym* and the moments are only ever told."""

    weekly_minutes = fields.Integer(load_default=0, strict=True, validate=MINUTES)
    min_rate_minor = fields.Integer(load_default=0, strict=True, validate=RATE)
    id = fields.Integer(dump_only=True)
    pseudonym = fields.String(dump_only=True)
    state = fields.Enum(rules.ProfileState, by_value=True, dump_only=True)
    paused = fields.Boolean(dump_only=True)
    currency = fields.String(dump_only=True)
    submitted_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    decided_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    rejection_reason = fields.String(dump_only=True, allow_none=True)
    decision_note = fields.String(dump_only=True)

    @pre_load
    def not_nothing(self, given: Any, **_: Any) -> Any:
        """Refuse an empty document, which would erase everything: a client that sends it lost its body."""
        if given == {}:
            raise ValidationError(say("Send the whole profile; what is left out is emptied."))
        return given


class ProfileStepShown(Schema):
    """One thing that happened to a profile; *reason* and *note*: of whoever decided."""

    at = fields.AwareDateTime()
    what = fields.String()
    reason = fields.String()
    note = fields.String()


class UsualWaitShown(Schema):
    """How long the newest *decisions* took: half of them no longer, and nine in ten."""

    half_seconds = fields.Function(lambda one: int(one.half.total_seconds()), metadata={"type": "integer"})
    most_seconds = fields.Function(lambda one: int(one.most.total_seconds()), metadata={"type": "integer"})
    decisions = fields.Integer()


class ProfileHistoryShown(Schema):
    """What became of a profile, the newest first; *usual_wait* is null while too few were decided to tell."""

    steps = fields.List(fields.Nested(ProfileStepShown))
    usual_wait = fields.Nested(UsualWaitShown, allow_none=True)


class PastedForm(web.Shape):
    """The text of a résumé, for whoever has no file at hand."""

    text = web.Text(rules.MAX_PASTED_CHARACTERS, load_default="")


class EmptyForm(web.Shape):
    """A button that says all there is to say."""


class DecisionShape(web.Shape):
    """What a person decides of a submitted profile; *seen* is the ``mark`` of the facts that they looked at."""

    outcome = fields.String(required=True, validate=validate.OneOf(["qualified", "rejected"]))
    reason = fields.Enum(
        rules.RejectionReason,
        by_value=fields.String,
        load_default=None,
        allow_none=True,
        error_messages={"unknown": "Choose a reason of the list."},
    )
    note = web.Text(2000, load_default="")
    seen = web.Text(64, load_default="")

    @validates_schema
    def rejected_with_reason(self, loaded: dict[str, Any], **_: Any) -> None:
        """Refuse a rejection that names no reason."""
        if loaded["outcome"] == "rejected" and loaded["reason"] is None:
            raise ValidationError(say("Choose the reason that the person will be told."), "reason")


class PassageShape(Schema):
    """A passage of a résumé: ``text[starts_at:ends_at]``, on one page."""

    number = fields.Integer()
    page = fields.Integer()
    starts_at = fields.Integer()
    ends_at = fields.Integer()
    quote = fields.String()


class FoundShape(Schema):
    """Something that the machine found in a résumé, with the place of the words that say it."""

    kind = fields.String()
    subject = fields.String()
    level = fields.String()
    label = fields.String()
    start = fields.Integer()
    end = fields.Integer()
    page = fields.Integer()
    quote = fields.String()


class ResumeShape(Schema):
    """A résumé and how far its reading is."""

    id = fields.Integer()
    is_current = fields.Boolean()
    state = fields.Enum(rules.ResumeState, by_value=True)
    reading = fields.Function(queries.reading_of, metadata={"type": "string", "enum": list(rules.Reading)})
    filename = fields.String()
    kind = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    uploaded_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)
    refusal_code = fields.String(allow_none=True)
    refusal = fields.String()
    page_count = fields.Integer()
    language = fields.String(allow_none=True)
    language_note = fields.String()
    hidden_characters = fields.Integer()


class ReadResumeShape(ResumeShape):
    """A résumé with everything that was read in it."""

    text = fields.String()
    facts = fields.List(fields.Nested(FoundShape))
    passages = fields.List(fields.Nested(PassageShape))

    @post_dump
    def quote_passages(self, shown: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Add to each passage its exact words."""
        for passage in shown["passages"]:
            passage["quote"] = shown["text"][passage["starts_at"] : passage["ends_at"]]
        return shown


class ReviewShape(Schema):
    """A profile beside its current résumé, for the people who decide; send ``mark`` back as ``seen``."""

    mark = fields.String()
    name = fields.String()
    profile = fields.Nested(ProfileShape)
    resume = fields.Nested(ReadResumeShape, allow_none=True)
