"""Shapes of organisations and their members, in and out."""

from marshmallow import Schema, fields, validate

from marketplace.web import Shape, Text


class InviteMember(Shape):
    """Whom to invite."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    is_owner = fields.Boolean(load_default=False)


class Key(Shape):
    """The key of the mailed link."""

    key = Text(200, 1, required=True)


class OwnerForm(Shape):
    """Whether a member is an owner."""

    is_owner = fields.Boolean(required=True)


class OwnOrganisationShown(Schema):
    """An organisation of mine."""

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
