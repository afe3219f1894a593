"""Writes on accounts: roles, organisations, members, API tokens, sessions, the first admin."""

import secrets
from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa
from flask_security import hash_password, verify_password
from flask_security.confirmable import confirm_user, generate_confirmation_link
from flask_security.recoverable import generate_reset_password_token

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account, ApiToken, Membership, Organisation, Role, WebSession
from marketplace.accounts.passwords import normalized
from marketplace.accounts.queries import find_account, get_account
from marketplace.accounts.rules import TOKEN_LIFE, RoleName, Scope
from marketplace.accounts.sessions import hashed
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.money import CURRENCIES
from marketplace.words import say

TOKEN_PREFIX = "fm_"  # noqa: S105  what every token begins with, so that leaks can be searched for
SERVICE_PREFIX = "fms_"
USED_EVERY = timedelta(minutes=1)


def sign_up(email: str, password: str, name: str) -> None:
    """Begin an annotator's account and mail the confirmation; the same answer whether the address is known or not."""
    if existing := find_account(email):
        hash_password(normalized(password))  # the same work, so that the time taken tells nothing
        mail.queue(to=existing.email, template="account_exists", subject="Fairmatch: you have an account already")
        return
    account = add_account(email, password, name, roles={RoleName.ANNOTATOR})
    link, _ = generate_confirmation_link(account)
    mail.queue(to=email, template="account_confirm", subject="Fairmatch: please confirm your e-mail address", link=link)


def add_account(
    email: str, password: str, name: str, *, roles: Collection[RoleName] = (), confirmed: bool = False
) -> Account:
    """Add an account with *roles*; raises Refused when the address has one."""
    if find_account(email):
        raise Refused(say("There is an account with this address already."), field="email")
    account = Account(
        email=email.strip(),
        name=name.strip(),
        password=hash_password(normalized(password)),
        fs_uniquifier=secrets.token_hex(32),
        confirmed_at=clock.now() if confirmed else None,
        roles=list(db.session.scalars(sa.select(Role).where(Role.name.in_(roles)))),
    )
    db.session.add(account)
    db.session.flush()
    audit.record("account.made", "account", account.id, actor_id=account.id, roles=sorted(roles))
    return account


def confirm(account: Account) -> None:
    """Confirm the address of *account*; raises Refused when that was done before."""
    if not confirm_user(account):
        raise Refused(say("This address has been confirmed already."))
    audit.record("account.confirmed", "account", account.id, actor_id=account.id)


def invite_admin(email: str) -> str:
    """Make *email* an admin and return the path of a link, good once, that sets the password."""
    account = find_account(email) or add_account(email, secrets.token_urlsafe(32), email.split("@", maxsplit=1)[0])
    account.confirmed_at = account.confirmed_at or clock.now()
    grant_role(account, RoleName.ADMIN, by=None)
    db.session.flush()
    return f"/reset/{generate_reset_password_token(account)}"


def grant_role(account: Account, role: RoleName, *, by: Account | None) -> None:
    """Give *account* a role; having it already is no error."""
    if role not in account.role_names:
        account.roles.append(db.session.scalars(sa.select(Role).where(Role.name == role)).one())
        audit.record("role.granted", "account", account.id, actor_id=by.id if by else None, role=role)


def revoke_role(account: Account, role: RoleName, *, by: Account) -> None:
    """Take a role away; raises Refused for one's own admin role, so that somebody is always left."""
    if account.id == by.id and role is RoleName.ADMIN:
        raise Refused(say("You cannot take the admin role from yourself; another admin can."))
    kept = [one for one in account.roles if one.name != role]
    if len(kept) != len(account.roles):
        account.roles = kept
        audit.record("role.revoked", "account", account.id, actor_id=by.id, role=role)


def add_organisation(name: str, currency: str, *, by: Account) -> Organisation:
    """Add a client organisation that pays in *currency*; raises Refused for a name that is taken."""
    if currency not in CURRENCIES:
        raise Refused(say("Choose a currency by its three letters, such as USD."), field="currency")
    if db.session.scalar(sa.select(Organisation.id).where(Organisation.name == name)):
        raise Refused(say("There is an organisation of this name already."), field="name")
    organisation = Organisation(name=name, currency=currency)
    db.session.add(organisation)
    db.session.flush()
    audit.record("organisation.made", "organisation", organisation.id, actor_id=by.id, currency=currency)
    return organisation


def add_member(organisation_id: int, email: str, *, is_owner: bool, by: Account) -> Membership:
    """Make the account of *email* a member, and thereby a manager; raises Refused, Missing."""
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None:
        raise Missing
    account = find_account(email)
    if account is None or account.confirmed_at is None:
        raise Refused(say("No confirmed account has this address; ask them to sign up first."), field="email")
    if db.session.scalar(sa.select(Membership.id).filter_by(organisation_id=organisation.id, account_id=account.id)):
        raise Refused(say("They are a member already."), field="email")
    member = Membership(organisation=organisation, account=account, is_owner=is_owner)
    db.session.add(member)
    grant_role(account, RoleName.MANAGER, by=by)
    audit.record("member.added", "organisation", organisation.id, actor_id=by.id, account_id=account.id)
    return member


def make_token(account: Account, name: str, scopes: Collection[Scope], life: timedelta = TOKEN_LIFE) -> str:
    """Add an API token and return it; only its hash is kept, so this is the one time it can be seen."""
    token = (SERVICE_PREFIX if account.service_of else TOKEN_PREFIX) + secrets.token_urlsafe(32)
    row = ApiToken(
        account_id=account.id,
        name=name,
        token_hash=hashed(token),
        scopes=sorted(set(scopes)),
        expires_at=clock.now() + life,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("token.made", "api_token", row.id, actor_id=account.id, scopes=row.scopes)
    return token


def use_token(token: str) -> ApiToken | None:
    """Return the live token with its account, noting at most once a minute that it was used, else None."""
    now = clock.now()
    found = db.session.scalar(
        sa.select(ApiToken).where(
            ApiToken.token_hash == hashed(token), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
    )
    if found is None or not found.account.active:
        return None
    if found.last_used_at is None or now - found.last_used_at > USED_EVERY:
        with db.engine.begin() as connection:
            connection.execute(sa.update(ApiToken).where(ApiToken.id == found.id).values(last_used_at=now))
    return found


def check_password(email: str, password: str) -> Account | None:
    """Return the confirmed, active account with this password, else None; the time taken tells nothing."""
    account, password = find_account(email), normalized(password)
    if account is None or not account.password:
        hash_password(password)
        return None
    right = verify_password(password, account.password)
    return account if right and account.active and account.confirmed_at else None


def revoke_token(token_id: int, *, by: Account) -> None:
    """End one of *by*'s tokens; raises Missing."""
    token = db.session.get(ApiToken, token_id)
    if token is None or token.account_id != by.id or token.revoked_at:
        raise Missing
    token.revoked_at = clock.now()
    audit.record("token.revoked", "api_token", token.id, actor_id=by.id)


def end_session(session_id: int, *, by: Account) -> None:
    """End one of *by*'s sessions; raises Missing."""
    found = db.session.get(WebSession, session_id)
    if found is None or found.account_id != by.id:
        raise Missing
    db.session.delete(found)
    audit.record("session.ended", "web_session", session_id, actor_id=by.id)


def set_active(account_id: int, active: bool, *, by: Account) -> None:
    """Suspend an account or let it in again; raises Refused for one's own."""
    account = get_account(account_id)
    if account.id == by.id:
        raise Refused(say("You cannot suspend yourself."))
    account.active = active
    if not active:
        db.session.execute(sa.delete(WebSession).where(WebSession.account_id == account.id))
    audit.record("account.let_in" if active else "account.suspended", "account", account.id, actor_id=by.id)
