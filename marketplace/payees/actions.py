"""Saying how one is paid, changing and ending it; an organisation's terms."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account, Organisation
from marketplace.config import Config
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.mail import OutgoingMail
from marketplace.notices import Letter, notify_of_security
from marketplace.payees import queries, rules, sealing
from marketplace.payees.models import PayoutMethod, PayoutTerms
from marketplace.payees.rules import MethodKind, Terms
from marketplace.profiles.models import AnnotatorProfile
from marketplace.words import say


def set_method(profile: AnnotatorProfile, kind: MethodKind, holder: str, iban: str, description: str) -> PayoutMethod:
    """Have *profile* paid by *kind*; what belongs to the other kind is left out.  Raises Refused as they do."""
    if kind is MethodKind.IBAN:
        return pay_to_account(profile, holder, iban)
    return pay_elsewhere(profile, description)


def pay_to_account(profile: AnnotatorProfile, holder: str, iban: str) -> PayoutMethod:
    """Have *profile* paid to an account; any but the first method is used after cooling off.

    Raises Refused for a number or a name that no bank takes, and for the account that is paid to already.
    """
    holder = " ".join(holder.split(" "))
    if refusal := rules.refuse_holder(holder):
        raise Refused(refusal, field="holder")
    found = rules.read_iban(iban)
    method = PayoutMethod(
        kind=MethodKind.IBAN,
        holder=holder,
        iban=sealing.sealed(found.number),
        last_four=found.last_four,
        country=found.country,
        bic=found.bic,
        fingerprint=sealing.fingerprint(found.number),
    )
    return _replace(profile, method)


def pay_elsewhere(profile: AnnotatorProfile, description: str) -> PayoutMethod:
    """Note that the client pays *profile* in its own way; raises Refused without a word on how, or where it stands."""
    if not description:
        raise Refused(say("Say in a few words how the client pays you."), field="description")
    return _replace(profile, PayoutMethod(kind=MethodKind.EXTERNAL, description=description))


def end_method(profile: AnnotatorProfile) -> None:
    """Pay nothing to *profile* until another method is given; raises Refused where there is none."""
    _lock(profile)
    method = queries.find_method(profile.id)
    if method is None:
        raise Refused(rules.NOTHING_TO_END)
    method.ended_at = clock.now()
    db.session.flush()
    account = profile.account
    audit.record("payout_method.ended", "annotator_profile", profile.id, actor_id=account.id, method=method.shown)
    _tell(account, "ended", method, None)


def forget_methods(profile_id: int) -> None:
    """Overwrite every account number, name and description of somebody who was erased; rows and days stay."""
    nothing = dict.fromkeys(("holder", "last_four", "country", "bic", "fingerprint", "description"), "")
    ended = sa.func.coalesce(PayoutMethod.ended_at, clock.now())
    own = sa.update(PayoutMethod).where(PayoutMethod.profile_id == profile_id)
    db.session.execute(own.values(iban=None, ended_at=ended, **nothing))


def set_terms(organisation: Organisation, wish: Terms, *, by: Account) -> Terms:
    """Set from which sum on and when *organisation* pays, in its own currency."""
    kind, day = (wish.schedule.kind, wish.schedule.day) if wish.schedule else (None, 0)
    locked = sa.select(Organisation.id).where(Organisation.id == organisation.id).with_for_update()
    db.session.execute(locked)
    kept = db.session.get(PayoutTerms, organisation.id, populate_existing=True)
    if kept is None:
        kept = PayoutTerms(organisation_id=organisation.id)
        db.session.add(kept)
    kept.minimum_minor, kept.currency = wish.minimum_minor, organisation.currency
    kept.schedule, kept.day, kept.set_at = kind, day, clock.now()
    db.session.flush()
    facts = {"minimum_minor": kept.minimum_minor, "currency": kept.currency, "schedule": kind, "day": day}
    audit.record("payout_terms.set", "organisation", organisation.id, actor_id=by.id, **facts)
    return queries.terms([organisation.id])[organisation.id]


def _replace(profile: AnnotatorProfile, method: PayoutMethod) -> PayoutMethod:
    _lock(profile)
    earlier = queries.find_method(profile.id)
    if earlier is not None and _is_same(earlier, method):
        raise Refused(rules.ALREADY)
    now = clock.now()
    is_first = not db.session.scalar(sa.select(queries.methods_of(profile.id).exists()))
    if earlier is not None:
        earlier.ended_at = now
        db.session.flush()
    method.profile_id, method.made_at = profile.id, now
    method.usable_from = rules.usable_from(now, _cooling_off(), is_first=is_first)
    db.session.add(method)
    db.session.flush()
    account = profile.account
    facts = {"method": method.shown, "method_id": method.id, "usable_from": method.usable_from.isoformat()}
    if earlier is not None:
        facts |= {"earlier": earlier.shown, "earlier_id": earlier.id}
    audit.record("payout_method.set", "annotator_profile", profile.id, actor_id=account.id, **facts)
    _tell(account, "set" if is_first else "changed", method, earlier)
    return method


def _lock(profile: AnnotatorProfile) -> None:
    """Let one change come after the other: the second then sees the first, and is no first method."""
    db.session.get_one(AnnotatorProfile, profile.id, with_for_update=True, populate_existing=True)


def _is_same(one: PayoutMethod, other: PayoutMethod) -> bool:
    kept = ("kind", "fingerprint", "holder", "description")
    return all((getattr(one, name) or "") == (getattr(other, name) or "") for name in kept)


def _cooling_off() -> timedelta:
    config: Config = current_app.config["FAIRMATCH"]
    return timedelta(hours=config.payout_cooling_off_hours)


def _tell(account: Account, done: str, method: PayoutMethod, earlier: PayoutMethod | None) -> None:
    """Write to the account, and to the addresses that it had a short while ago."""
    subject = f"How you are paid was {done}"
    facts: dict[str, Any] = {
        "to_name": account.name,
        "done": done,
        "shown": method.shown,
        "earlier": earlier.shown if earlier else "",
        "usable_from": method.usable_from if done == "changed" else None,
    }
    letter = Letter("payout_method", f"Fairmatch: {subject[0].lower()}{subject[1:]}", facts)
    notify_of_security(account, f"payout_method.{done}", subject, letter)
    for address in _former_addresses(account):
        mail.queue(address, letter.template, letter.subject, account_id=account.id, **facts)


def _former_addresses(account: Account) -> list[str]:
    """Return where the account was told lately that its address is another one now."""
    told = sa.select(OutgoingMail.recipient).where(
        OutgoingMail.account_id == account.id,
        OutgoingMail.template == "address_changed",
        OutgoingMail.created_at > clock.now() - rules.TELL_FORMER_ADDRESS,
        sa.func.lower(OutgoingMail.recipient) != account.email.lower(),
    )
    return sorted(set(db.session.scalars(told)))
