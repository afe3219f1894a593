"""What is read of profiles and résumés; what is not the asker's own looks like what is not there."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context, request
from sqlalchemy.orm import joinedload, selectinload

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.profiles import rules
from marketplace.profiles.models import AnnotatorProfile, FactAnswer, Resume, ResumePassage, VectorSpace
from marketplace.profiles.rules import (
    BASICS,
    FactSaid,
    PassageKind,
    ProfileState,
    Reading,
    ResumeState,
    SpaceState,
    Step,
)
from marketplace.tasks.models import Task, TaskState

# For lists of profiles whose facts are looked at: three queries for all of them.
FACTS = (
    selectinload(AnnotatorProfile.languages),
    selectinload(AnnotatorProfile.degrees),
    selectinload(AnnotatorProfile.experiences),
)


def find_own_profile(account: Account) -> AnnotatorProfile | None:
    """Return the profile of *account*, or None when it has none yet."""
    return db.session.scalar(sa.select(AnnotatorProfile).where(AnnotatorProfile.account_id == account.id))


def own_profile(account: Account) -> AnnotatorProfile:
    """Return the profile of *account*; raises Missing when it has none yet."""
    profile = find_own_profile(account)
    if profile is None:
        raise Missing
    return profile


def profiles_in(state: ProfileState | None) -> sa.Select[AnnotatorProfile]:
    """Return the statement for the profiles in *state* (None: in any), with their accounts; drafts are private."""
    handed_in = sa.select(AnnotatorProfile).where(AnnotatorProfile.state != ProfileState.DRAFT)
    chosen = handed_in if state is None else handed_in.where(AnnotatorProfile.state == state)
    return chosen.options(joinedload(AnnotatorProfile.account), *FACTS)


def waiting_profiles(state: ProfileState, limit: int) -> Sequence[AnnotatorProfile]:
    """Return the profiles in *state*, who has waited longest first."""
    order = AnnotatorProfile.submitted_at.asc().nulls_last()
    return db.session.scalars(profiles_in(state).order_by(order, AnnotatorProfile.id).limit(limit)).all()


def count_by_state() -> dict[ProfileState, int]:
    """Return how many profiles are in each state."""
    counted = sa.select(AnnotatorProfile.state, sa.func.count().label("number")).group_by(AnnotatorProfile.state)
    return {row.state: row.number for row in db.session.execute(counted)}


def get_profile_for_admin(profile_id: int) -> AnnotatorProfile:
    """Return any profile that was handed in once; raises Missing for others."""
    wanted = profiles_in(None).where(AnnotatorProfile.id == profile_id)
    profile = db.session.scalar(wanted)
    if profile is None:
        raise Missing
    return profile


def current_resume(profile: AnnotatorProfile) -> Resume | None:
    """Return the résumé that counts, or None when there is none.

    A newer upload may still be being read, or may have been refused: see `latest_resume`.
    """
    return db.session.scalar(sa.select(Resume).where(Resume.profile_id == profile.id, Resume.is_current))


def owner_name(resume: Resume) -> str:
    """Return what the owner of *resume* is called."""
    own = sa.select(Account.name).join(AnnotatorProfile, AnnotatorProfile.account_id == Account.id)
    return db.session.scalars(own.where(AnnotatorProfile.id == resume.profile_id)).one()


def latest_resume(profile: AnnotatorProfile) -> Resume | None:
    """Return the last upload, which its owner wants to hear about, or None when there is none."""
    return db.session.scalar(resumes_of(profile).order_by(Resume.id.desc()).limit(1))


def resumes_of(profile: AnnotatorProfile) -> sa.Select[Resume]:
    """Return the statement for every résumé of *profile*, older ones too."""
    return sa.select(Resume).where(Resume.profile_id == profile.id)


def earlier_resumes(profile: AnnotatorProfile) -> Sequence[Resume]:
    """Return every upload but the last, the latest first."""
    return db.session.scalars(resumes_of(profile).order_by(Resume.id.desc()).offset(1)).all()


def get_own_resume(resume_id: int, account: Account) -> Resume:
    """Return a résumé of *account* with its passages; raises Missing for everybody else's."""
    own = (
        sa.select(Resume)
        .join(AnnotatorProfile, AnnotatorProfile.id == Resume.profile_id)
        .where(Resume.id == resume_id, AnnotatorProfile.account_id == account.id)
        .options(selectinload(Resume.passages))
    )
    resume = db.session.scalar(own)
    if resume is None:
        raise Missing
    return resume


def count_passages(resume: Resume) -> int:
    """Return in how many passages *resume* was cut."""
    counted = sa.select(sa.func.count()).where(
        ResumePassage.resume_id == resume.id, ResumePassage.kind == PassageKind.PASSAGE
    )
    return db.session.scalar(counted) or 0


def count_uploads_today(profile: AnnotatorProfile) -> int:
    """Return how many résumés were uploaded in the last 24 hours."""
    since = clock.now() - timedelta(days=1)
    counted = sa.select(sa.func.count()).where(Resume.profile_id == profile.id, Resume.uploaded_at > since)
    return db.session.scalar(counted) or 0


def reading_key(resume_id: int) -> str:
    """Return the name under which the to-do list holds the reading of a résumé."""
    return f"resume.uploaded:{resume_id}"


def reading_of(resume: Resume) -> Reading:
    """Return where the reading stands: the task table knows whether a worker is at it or has given up.

    The job itself cannot say so: everything that it writes becomes visible only when it is done.
    """
    if resume.state in rules.READ:
        return Reading(resume.state)
    task = db.session.scalar(sa.select(Task).where(Task.dedupe_key == reading_key(resume.id)))
    if task is None or task.state in {TaskState.DEAD, TaskState.CANCELLED}:
        return Reading.STUCK
    return Reading.READING if task.lease_token or resume.state is ResumeState.READING else Reading.WAITING


def missing_for_submission(profile: AnnotatorProfile, resume: Resume | None) -> str | None:
    """Return what is still missing before *profile* may be submitted, or None when nothing is."""
    return rules.refuse_submit(
        confirmed=profile.account.confirmed_at is not None,
        country=profile.country,
        time_zone=profile.time_zone,
        language_tags={language.tag for language in profile.languages},
        resume_state=resume.state if resume else None,
    )


def onboarding(profile: AnnotatorProfile, resume: Resume | None) -> list[Step]:
    """Return the steps of the checklist as *profile* stands."""
    return rules.checklist(
        state=profile.state,
        confirmed=profile.account.confirmed_at is not None,
        country=profile.country,
        time_zone=profile.time_zone,
        language_tags={language.tag for language in profile.languages},
        resume_state=resume.state if resume else None,
    )


def facts_of(profile: AnnotatorProfile) -> dict[str, object]:
    """Return what the person states, comparable: basics by column, rows as sorted tuples."""
    return {
        "country": profile.country,
        "time_zone": profile.time_zone,
        "weekly_minutes": profile.weekly_minutes,
        "min_rate_minor": profile.min_rate_minor,
        "about": profile.about,
        "languages": sorted((one.tag, one.written, one.spoken, one.native) for one in profile.languages),
        "degrees": sorted((one.level, one.status, one.subject, one.year or 0) for one in profile.degrees),
        "experiences": sorted((one.kind, one.years, one.description) for one in profile.experiences),
    }


def whole_facts(profile: AnnotatorProfile) -> dict[str, Any]:
    """Return what the person states as `actions.save_profile` takes it."""
    rows: dict[str, tuple[Sequence[Any], tuple[str, ...]]] = {
        "languages": (profile.languages, ("tag", "written", "spoken", "native")),
        "degrees": (profile.degrees, ("level", "status", "subject", "year")),
        "experiences": (profile.experiences, ("kind", "years", "description")),
    }
    return {name: getattr(profile, name) for name in BASICS} | {
        name: [{column: getattr(row, column) for column in columns} for row in held]
        for name, (held, columns) in rows.items()
    }


def dismissed_facts(profile_id: int) -> set[tuple[str, str, str]]:
    """Return kind, subject and level of what was read in a résumé and its owner says is not so."""
    own = sa.select(FactAnswer.kind, FactAnswer.subject, FactAnswer.level)
    own = own.where(FactAnswer.profile_id == profile_id, FactAnswer.answer == FactSaid.DISMISSED)
    return {(kind, subject, level) for kind, subject, level in db.session.execute(own)}


def standing_facts(resume: Resume) -> list[dict[str, Any]]:
    """Return what was read in *resume* without what its owner says is not so."""
    dismissed = dismissed_facts(resume.profile_id)
    return [fact for fact in resume.facts if (fact["kind"], fact["subject"], fact["level"]) not in dismissed]


def mark_of(profile: AnnotatorProfile, resume: Resume | None) -> str:
    """Return a short mark of everything a decision rests on, to notice when it changed under the decider's eyes."""
    seen = repr(
        (sorted(facts_of(profile).items()), sorted(dismissed_facts(profile.id)), resume.sha256 if resume else None)
    )
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def find_active_space() -> VectorSpace | None:
    """Return the space that matching reads, or None while nothing was ever embedded."""
    if not (has_request_context() and request.method == "GET"):
        return db.session.scalar(sa.select(VectorSpace).where(VectorSpace.state == SpaceState.ACTIVE))
    # What only looks sees one space from beginning to end.
    if "active_space" not in g:
        g.active_space = db.session.scalar(sa.select(VectorSpace).where(VectorSpace.state == SpaceState.ACTIVE))
    found: VectorSpace | None = g.active_space
    return found
