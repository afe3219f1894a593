"""Who can be paid now, and how; what organisations agreed to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.db import among, db
from marketplace.payees import sealing
from marketplace.payees.models import PayoutMethod, PayoutTerms
from marketplace.payees.rules import (
    BankDetails,
    MethodKind,
    Readiness,
    Ready,
    Schedule,
    Terms,
    next_payout_date,
    schedule_words,
)
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.work.models import Engagement

OPEN = PayoutMethod.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Client:
    """An organisation that somebody works or has worked for.

    *words*: when it pays; *next_on*: its next payout day, where it has named one.
    """

    name: str
    terms: Terms
    words: str
    next_on: date | None


def find_method(profile_id: int) -> PayoutMethod | None:
    """Return how somebody is paid now, or will be when cooling off is over, or None."""
    return db.session.scalar(sa.select(PayoutMethod).where(PayoutMethod.profile_id == profile_id, OPEN))


def methods_of(profile_id: int) -> sa.Select[PayoutMethod]:
    """Return every way that somebody is or was paid."""
    return sa.select(PayoutMethod).where(PayoutMethod.profile_id == profile_id)


def usable_methods(profile_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Return the way, by its id, in which each of *profile_ids* can be paid at *now*; who cannot is left out."""
    statement = sa.select(PayoutMethod.profile_id, PayoutMethod.id).where(
        among(PayoutMethod.profile_id, profile_ids), OPEN, PayoutMethod.usable_from <= now
    )
    return dict(iter(db.session.execute(statement)))


def bank_details(method_ids: Iterable[int]) -> dict[int, BankDetails]:
    """Return, in the open, the accounts of *method_ids* that are still used; for the payment file and nothing else.

    Whoever is paid by the client or has changed the account since is not among them.
    """
    held = sa.select(PayoutMethod).where(among(PayoutMethod.id, method_ids), OPEN)
    return {
        one.id: BankDetails(one.holder, sealing.opened(one.iban), one.bic, one.country)
        for one in db.session.scalars(held)
        if one.iban is not None
    }


def readiness(profile_ids: Collection[int], now: datetime) -> dict[int, Readiness]:
    """Return for each of *profile_ids* whether a payout can go to them at *now*, by one question."""
    # Everybody has at most one open way: an account that stands twice is that of two people.
    several = sa.select(PayoutMethod.fingerprint).where(OPEN, PayoutMethod.fingerprint != "")
    several = several.group_by(PayoutMethod.fingerprint).having(sa.func.count() > 1)
    shared = PayoutMethod.fingerprint.in_(several)
    held = sa.select(PayoutMethod, shared).where(among(PayoutMethod.profile_id, profile_ids), OPEN)
    found = {method.profile_id: _readiness(method, is_shared, now) for method, is_shared in db.session.execute(held)}
    return {one: found.get(one, Readiness(Ready.NO_METHOD)) for one in profile_ids}


def _readiness(method: PayoutMethod, is_shared: bool, now: datetime) -> Readiness:
    if method.usable_from > now:
        return Readiness(Ready.COOLING_OFF, method.usable_from, method.shown, is_shared)
    state = Ready.EXTERNAL if method.kind is MethodKind.EXTERNAL else Ready.READY
    return Readiness(state, None, method.shown, is_shared)


def terms(organisation_ids: Collection[int]) -> dict[int, Terms]:
    """Return what each organisation has set; who has set nothing pays any sum, whenever finance makes a run."""
    statement = sa.select(Organisation.id, Organisation.currency, PayoutTerms)
    statement = statement.outerjoin(PayoutTerms, PayoutTerms.organisation_id == Organisation.id)
    found = db.session.execute(statement.where(Organisation.id.in_(organisation_ids)))
    return {one: _terms(kept, currency) for one, currency, kept in found}


def _terms(kept: PayoutTerms | None, currency: str) -> Terms:
    if kept is None:
        return Terms(0, currency, None)
    return Terms(kept.minimum_minor, kept.currency, Schedule(kept.schedule, kept.day) if kept.schedule else None)


def clients_of(profile: AnnotatorProfile, today: date) -> list[Client]:
    """Return the organisations that *profile* works or has worked for, by name, with their next payout day."""
    worked = sa.select(Project.organisation_id).join(Engagement, Engagement.project_id == Project.id)
    own = sa.select(Organisation.id, Organisation.name).where(
        Organisation.id.in_(worked.where(Engagement.profile_id == profile.id))
    )
    names = db.session.execute(own.order_by(Organisation.name)).all()
    agreed = terms([one for one, _ in names])
    return [
        Client(name, agreed[one], schedule_words(agreed[one].schedule), _next(agreed[one], today))
        for one, name in names
    ]


def _next(agreed: Terms, today: date) -> date | None:
    return next_payout_date(agreed.schedule, today) if agreed.schedule else None
