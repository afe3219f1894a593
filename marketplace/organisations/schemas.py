"""Shapes of organisations and their members, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.accounts.rules import Scope
from marketplace.web import Shape, Text

SERVICE_SCOPES = (
    Scope.ORGANISATION_READ,
    Scope.PROJECTS_READ,
    Scope.PROJECTS_WRITE,
    Scope.INVITATIONS_READ,
    Scope.INVITATIONS_WRITE,
    Scope.APPLICATIONS_READ,
    Scope.APPLICATIONS_WRITE,
    Scope.WEBHOOKS_READ,
    Scope.TIME_READ,
)


class InviteMember(Shape):
    """Whom to invite."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    is_owner = fields.Boolean(load_default=False)


class ReviewDaysForm(Shape):
    """Within how many days of being handed in hours are decided."""

    review_days = fields.Integer(
        required=True, validate=validate.Range(1, 30, error="Choose 1 to 30 days."), strict=False
    )


class Key(Shape):
    """The key of the mailed link."""

    key = Text(200, 1, required=True)


class OwnerForm(Shape):
    """Whether a member is an owner."""

    is_owner = fields.Boolean(required=True)


class ServiceTokenForm(Shape):
    """A token for a program: what it is for, what it may, how long."""

    name = Text(80, 1, required=True)
    scopes = fields.List(
        fields.Enum(Scope, by_value=True, validate=validate.OneOf(SERVICE_SCOPES, error="Programs cannot have this.")),
        required=True,
        validate=validate.Length(1, len(SERVICE_SCOPES)),
        error_messages={"required": "Choose what the token may be used for."},
        metadata={"example": [Scope.PROJECTS_READ.value]},
    )
    days = fields.Integer(load_default=90, validate=validate.Range(1, 365))


class ServiceTokenMade(Schema):
    """A new token, shown this once."""

    token = fields.String()


class OwnOrganisationShown(Schema):
    """An organisation of mine; hours that are handed in are decided within *review_days*."""

    review_days = fields.Integer()

    id = fields.Integer()
    name = fields.String()
    currency = fields.String()
    created_at = fields.AwareDateTime()


class MemberShown(Schema):
    """Somebody's place in an organisation."""

    id = fields.Integer()
    account_id = fields.Integer()
    name = fields.String(attribute="account.name")
    email = fields.String(attribute="account.email")
    is_owner = fields.Boolean()
    created_at = fields.AwareDateTime()


class MemberInvitationShown(Schema):
    """An address that is invited; never the key of the link."""

    id = fields.Integer()
    email = fields.String()
    is_owner = fields.Boolean()
    invited_by = fields.String(attribute="inviter.name")
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
