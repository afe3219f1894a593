"""What has become of a profile, step by step, and how long decisions usually take: both read from the records."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import REJECTION_WORDS, ProfileState, RejectionReason

# So many of the newest decisions say how long one takes, and below the least none is told.
NEWEST, LEAST = 50, 5
WORDS = {
    "profile.submitted": "Handed in",
    "profile.qualified": "Qualified",
    "profile.rejected": "Not qualified",
    "profile.withdrawn": "Withdrawn",
    "profile.paused": "Paused",
    "profile.unpaused": "The pause ended",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a profile; *reason* and *note*: of whoever decided."""

    at: datetime
    what: str
    words: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class UsualWait:
    """How long the newest decisions took from being handed in: half of them no longer, and nine in ten."""

    half: timedelta
    most: timedelta
    decisions: int


def steps_of(profile: AnnotatorProfile) -> list[Step]:
    """Return what has become of *profile*, the newest first."""
    own = sa.select(AuditEvent).where(
        AuditEvent.object_kind == "annotator_profile",
        AuditEvent.object_id == profile.id,
        AuditEvent.action.in_(WORDS),
    )
    return [_step(event) for event in db.session.scalars(own.order_by(AuditEvent.id.desc()).limit(NEWEST))]


def _step(event: AuditEvent) -> Step:
    reason = str(event.facts.get("reason") or "")
    known = REJECTION_WORDS[RejectionReason(reason)] if reason in set(RejectionReason) else ""
    what = event.action.removeprefix("profile.")
    return Step(event.happened_at, what, WORDS[event.action], known, str(event.facts.get("note") or ""))


def usual_wait() -> UsualWait | None:
    """Return how long decisions took lately, or None while there are too few to tell."""
    wait = AnnotatorProfile.decided_at - AnnotatorProfile.submitted_at
    newest = (
        sa.select(wait.label("wait"))
        .where(
            AnnotatorProfile.state.in_([ProfileState.QUALIFIED, ProfileState.REJECTED]),
            AnnotatorProfile.decided_at >= AnnotatorProfile.submitted_at,
        )
        .order_by(AnnotatorProfile.decided_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    half, most = (sa.func.percentile_disc(part).within_group(newest.c.wait) for part in (0.5, 0.9))
    found = db.session.execute(sa.select(half, most, sa.func.count())).one()
    return UsualWait(*found) if found[2] >= LEAST else None
