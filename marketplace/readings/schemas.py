"""The shapes of facts read in a résumé, and of what their owner says of them."""

from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from marketplace import web
from marketplace.profiles.rules import FactSaid
from marketplace.profiles.schemas import DegreeShape, FoundShape, LanguageShape
from marketplace.readings.rules import DEGREE, LANGUAGE, Key, Standing, key_of
from marketplace.words import say

KEY_PARTS = 3
TOLD = {LANGUAGE: LanguageShape, DEGREE: DegreeShape}


class Seen(fields.Field[Key]):
    """Which fact was looked at: kind, subject and level with slashes, as the list of facts tells it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return "/".join(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Key:
        parts = value.split("/") if isinstance(value, str) else []
        if len(parts) != KEY_PARTS:
            raise ValidationError(say("Send the key of the fact as it was shown."))
        return parts[0], parts[1], parts[2]


@cache
def answer_form(kind: str, number: int) -> type[web.Shape]:
    """Return the form about the fact at *number*: its fields have a name of their own, as several stand on one page."""
    told = fields.Nested(TOLD[kind], load_default=None, data_key=f"fact{number}")
    return type("AnswerForm", (AnswerForm,), {"told": told})


class AnswerForm(web.Shape):
    """What a button beside a fact says; an empty *answer* asks again."""

    seen = Seen(required=True, error_messages={"required": "Load the page anew."})
    answer = fields.Enum(FactSaid, by_value=fields.String, load_default=None)

    @validates_schema
    def worded(self, loaded: dict[str, Any], **_: Any) -> None:
        """Refuse an acceptance that says nothing."""
        if loaded["answer"] is FactSaid.ACCEPTED and not loaded.get("told"):
            raise ValidationError(say("Say what your profile shall state of it."))


class AnswerShape(web.Shape):
    """What the owner says of a fact: accepted with their own words for it, dismissed, or null to be asked again."""

    key = Seen(required=True, metadata={"type": "string", "example": "language/de/C1"})
    answer = fields.Enum(FactSaid, by_value=fields.String, required=True, allow_none=True)
    language = fields.Nested(LanguageShape, load_default=None, allow_none=True)
    degree = fields.Nested(DegreeShape, load_default=None, allow_none=True, metadata={"example": None})

    @validates_schema
    def worded(self, loaded: dict[str, Any], **_: Any) -> None:
        """Refuse an acceptance without the words for the kind of fact, and words for anything else."""
        kind = loaded["key"][0]
        for name in TOLD:
            wanted = loaded["answer"] is FactSaid.ACCEPTED and kind == name
            if wanted and loaded[name] is None:
                raise ValidationError(say("Say what your profile shall state of it."), name)
            if not wanted and loaded[name] is not None:
                raise ValidationError(say("This answer takes no such words."), name)


class FoundFactShown(Schema):
    """A fact read in a résumé: where, how it stands to the profile, and what could be stated of it."""

    number = fields.Integer()
    key = fields.Function(lambda found: "/".join(key_of(found.fact)), metadata={"type": "string"})
    fact = fields.Nested(FoundShape)
    standing = fields.Enum(Standing, by_value=fields.String)


class FoundFactsShown(Schema):
    """Every fact of one résumé."""

    items = fields.List(fields.Nested(FoundFactShown))
