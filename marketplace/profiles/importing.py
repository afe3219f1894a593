"""Moving an existing pool in: a file becomes the résumé of a profile that its owner has yet to claim.

Nobody is qualified by an import.  Each person gets an account without a password, not confirmed, and a draft: they
confirm their address, choose a password, complete and submit the profile themselves.  Where no address is known the
account has one under .invalid, to which no mail can ever go (RFC 2606); a later import that names the address of the
same file gives it to the account.
"""

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow.validate import Email

from marketplace import audit
from marketplace.accounts.models import Account, Role
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.profiles import actions, rules
from marketplace.profiles.models import Resume
from marketplace.words import say

NOBODYS = "import.invalid"
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Incoming:
    """One résumé to take in; what is not known about its owner is empty."""

    filename: str
    content: bytes
    email: str = ""
    name: str = ""
    country: str = ""
    time_zone: str = ""


def take_in(one: Incoming) -> tuple[Resume, bool]:
    """Return the résumé of that content and whether it was there before; the same content twice is one résumé.

    Raises Refused, in words for whoever imports, when the file may not be opened or somebody uses the address.
    """
    email = _checked_email(one.email)
    facts = _checked_facts(one)
    digest = hashlib.sha256(one.content).hexdigest()
    if (known := _known(digest)) is not None:
        if email and known.profile.account.email.lower() != email.lower():
            _claim(known, email, one.name)
        return known, True
    account = _account_of(email or f"unclaimed-{digest[:32]}@{NOBODYS}", one.name)
    profile = actions.begin_profile(account)
    for name, value in facts.items():
        setattr(profile, name, getattr(profile, name) or value)
    resume = actions.upload_resume(profile, one.filename, one.content, by=account)
    audit.record("resume.imported", "resume", resume.id, actor_id=None, profile=profile.id, sha256=digest)
    return resume, False


def _checked_email(email: str) -> str:
    email = email.strip()
    try:
        if email:
            Email()(email)
    except ValidationError:
        raise Refused(say("“%(email)s” is no e-mail address.", email=email[:100])) from None
    if email.lower().endswith(".invalid"):
        raise Refused(say("No mail can go to “%(email)s”.", email=email[:100]))
    return email


def _checked_facts(one: Incoming) -> dict[str, str]:
    country, zone = one.country.strip().upper(), one.time_zone.strip()
    if country and country not in rules.countries():
        raise Refused(say("“%(country)s” is no country code such as TW or DE.", country=one.country[:40]))
    if zone and not any(zone in zones for zones in rules.time_zones().values()):
        raise Refused(say("“%(zone)s” is no time zone such as Asia/Taipei.", zone=zone[:40]))
    return {name: value for name, value in (("country", country), ("time_zone", zone)) if value}


def _known(digest: str) -> Resume | None:
    return db.session.scalar(sa.select(Resume).where(Resume.sha256 == digest).order_by(Resume.id).limit(1))


def _claim(resume: Resume, email: str, name: str) -> None:
    """Give the address to an account that was made without one."""
    account = resume.profile.account
    if not account.email.endswith(f"@{NOBODYS}"):
        raise Refused(say("The same file came with another e-mail address before."))
    if find_account(email):
        raise Refused(say("There is an account with the address %(email)s already.", email=email))
    account.email, account.name = email, account.name or name.strip()[:LONGEST_NAME]
    audit.record("account.addressed", "account", account.id, actor_id=None)


def _account_of(email: str, name: str) -> Account:
    """Return the account that an import made for *email*, made now where there is none."""
    found = find_account(email)
    if found is not None:
        if found.password or found.confirmed_at:
            raise Refused(
                say("Somebody uses the address %(email)s already: they upload their résumé themselves.", email=email)
            )
        return found
    account = Account(
        email=email,
        name=name.strip()[:LONGEST_NAME],
        password=None,  # nobody can sign in before the owner of the address has chosen one
        fs_uniquifier=secrets.token_hex(32),
        roles=list(db.session.scalars(sa.select(Role).where(Role.name == RoleName.ANNOTATOR))),
    )
    db.session.add(account)
    db.session.flush()
    audit.record("account.imported", "account", account.id, actor_id=None)
    return account
