"""Shapes of accounts, organisations and tokens, in and out."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from marketplace.accounts.passwords import LENGTH, complaint
from marketplace.accounts.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, RoleName, Scope
from marketplace.web import Shape, Text


class SignUp(Shape):
    """What a newcomer gives."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = fields.String(
        required=True, validate=validate.Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, error=LENGTH), load_only=True
    )
    name = Text(120, 1, required=True)

    @validates_schema
    def judge(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a password that would be guessed early."""
        if said := complaint(data["password"], (data["email"], data["name"])):
            raise ValidationError(said, "password")


class Proof(Shape):
    """Who asks, shown once more before what a thief would do first."""

    password = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_PASSWORD),
        load_only=True,
        error_messages={"required": "Give your password."},
    )
    code = Text(
        10, load_default="", metadata={"description": "of the authenticator app, where the account has a second factor"}
    )


class Confirmation(Shape):
    """The token of the link in the confirmation mail."""

    token = Text(500, 1, required=True)


class TokenRequest(Shape):
    """A wish for a token, with the password as the proof."""

    email = fields.Email(required=True)
    password = fields.String(required=True, validate=validate.Length(max=128), load_only=True)
    code = Text(
        10, load_default="", metadata={"description": "of the authenticator app, where the account has a second factor"}
    )
    name = Text(80, 1, required=True)
    scopes = fields.List(
        fields.Enum(Scope, by_value=True), required=True, validate=validate.Length(1, 20, error="Name a scope.")
    )
    days = fields.Integer(load_default=90, validate=validate.Range(1, 365))


class TokenForm(Shape):
    """The same by page, where the session is the proof."""

    name = Text(80, 1, required=True)
    scopes = fields.List(
        fields.Enum(Scope, by_value=True),
        required=True,
        validate=validate.Length(1, 20),
        error_messages={"required": "Choose what the token may be used for."},
    )
    days = fields.Integer(load_default=90, validate=validate.Range(1, 365))


class TokenShown(Schema):
    """A token as lists show it; *token* itself only in the answer that makes it."""

    id = fields.Integer()
    name = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime(allow_none=True)


class TokenMade(Schema):
    """A new token, shown this once."""

    token = fields.String()


class Me(Schema):
    """Whoever asks."""

    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    roles = fields.List(fields.String(), attribute="role_words")
    organisations = fields.List(fields.Nested(Schema.from_dict({"id": fields.Integer(), "name": fields.String()})))


class Accepted(Schema):
    """A wish that was taken in."""

    detail = fields.String()


class OrganisationForm(Shape):
    """A new client."""

    name = Text(120, 2, required=True)
    currency = Text(3, 3, required=True)


class MemberForm(Shape):
    """A new member of an organisation."""

    organisation_id = fields.Integer(required=True)
    email = fields.Email(required=True)
    is_owner = fields.Boolean(load_default=False)


class RoleForm(Shape):
    """A role given or taken."""

    role = fields.Enum(RoleName, by_value=True, required=True)
    grant = fields.Boolean(load_default=False)
