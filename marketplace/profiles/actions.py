"""What can be done with a profile and its résumés."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, storage
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.notices import Kind, Letter, notify
from marketplace.profiles import queries, rules
from marketplace.profiles.models import AnnotatorProfile, Degree, Experience, LanguageSkill, Resume, VectorSpace
from marketplace.profiles.rules import REJECTION_WORDS, ProfileState, RejectionReason, ResumeState, SpaceState
from marketplace.tasks import ring
from marketplace.words import say
from matching.resumes import files
from matching.resumes.types import UnreadableResume
from matching.spaces import Space
from matching.vocabulary import Provenance

CHANGED = "The profile was changed after you opened it. Look at it again, then decide."


def begin_profile(account: Account) -> AnnotatorProfile:
    """Return the profile of *account*, begun now if there is none; two at once begin one."""
    begun = insert(AnnotatorProfile).values(account_id=account.id).on_conflict_do_nothing(index_elements=["account_id"])
    db.session.execute(begun)
    return queries.own_profile(account)


def save_profile(profile: AnnotatorProfile, facts: Mapping[str, Any], *, by: Account) -> None:
    """Write what the person states over what they stated before.

    *facts*: as `schemas.FactsShape` loads them.  A fact that changed is merely declared again.
    """
    profile = _locked(profile.id)
    before = queries.facts_of(profile)
    for name in rules.BASICS:
        setattr(profile, name, facts[name])
    profile.languages = _kept_by(profile.languages, facts["languages"], ("tag",), LanguageSkill)
    profile.experiences = _kept_by(profile.experiences, facts["experiences"], ("kind",), Experience)
    profile.degrees = _kept_by(profile.degrees, facts["degrees"], ("level", "subject", "status", "year"), Degree)
    after = queries.facts_of(profile)
    if changed := sorted(name for name in after if after[name] != before[name]):
        audit.record(
            "profile.changed", "annotator_profile", profile.id, actor_id=by.id, changed=changed, state=profile.state
        )


def _kept_by(
    rows: Sequence[Any], stated: Sequence[Mapping[str, Any]], key: tuple[str, ...], kind: type[Any]
) -> list[Any]:
    """Return one row for each of *stated*: the one that has the same *key*, brought up to date, or a new one.

    Rows are mended in place because the database sees inserts before deletes, and a tag or kind may be there once.
    """
    old: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        old.setdefault(tuple(getattr(row, name) for name in key), []).append(row)
    kept = []
    for position, values in enumerate(stated):
        found = old.get(tuple(values[name] for name in key))
        row = found.pop(0) if found else kind(provenance=Provenance.DECLARED)
        if any(getattr(row, name) != value for name, value in values.items()):
            row.provenance = Provenance.DECLARED
        for name, value in {**values, "position": position}.items():
            setattr(row, name, value)
        kept.append(row)
    return kept


def upload_resume(profile: AnnotatorProfile, filename: str, content: bytes, *, by: Account) -> Resume:
    """Keep a file and promise that it will be read; the same file twice is one upload.

    It becomes the current résumé now or, where one that was read is in force, as soon as it is read itself.
    Raises Refused when it is no file that may be opened.
    """
    filename = _plain_name(filename)
    try:
        kind = files.recognise(filename, content)
    except UnreadableResume as refusal:
        raise Refused(refusal.message, field="file") from None
    profile = _locked(profile.id)
    digest = hashlib.sha256(content).hexdigest()
    latest = queries.latest_resume(profile)
    if latest is not None and latest.sha256 == digest and latest.state is not ResumeState.REFUSED:
        return latest
    if queries.count_uploads_today(profile) >= rules.MAX_UPLOADS_A_DAY:
        raise Refused(
            say(
                "You uploaded %(max_uploads_a_day)s résumés today; try again tomorrow.",
                max_uploads_a_day=rules.MAX_UPLOADS_A_DAY,
            ),
            field="file",
        )
    key = f"resumes/{profile.id}/{uuid4().hex}"
    # Before the row: a file without a row harms nobody, a row without its file breaks the promise to read it.
    storage.keep(key, content)
    resume = Resume(
        profile_id=profile.id,
        is_current=_makes_room(profile),
        storage_key=key,
        filename=filename,
        kind=kind,
        size=len(content),
        sha256=digest,
    )
    db.session.add(resume)
    db.session.flush()
    ring("resume.uploaded", resume.id, dedupe_key=queries.reading_key(resume.id))
    audit.record("resume.uploaded", "resume", resume.id, actor_id=by.id, profile=profile.id, sha256=digest)
    return resume


def _makes_room(profile: AnnotatorProfile) -> bool:
    """Take the place of the current résumé away, unless it was read: nobody drops out of matching for a bad file."""
    current = queries.current_resume(profile)
    if current is None:
        return True
    if current.state is ResumeState.READY:
        return False
    current.is_current = False
    db.session.flush()
    return True


def put_in_force(resume: Resume) -> None:
    """Make a résumé that was read the current one, unless a newer one was read before it."""
    if resume.is_current:
        return
    # By its id: the profile itself would bring all its facts along.
    current = db.session.scalar(sa.select(Resume).where(Resume.profile_id == resume.profile_id, Resume.is_current))
    if current is None or (current.id > resume.id and current.state is ResumeState.READY):
        return
    current.is_current = False
    db.session.flush()
    resume.is_current = True


def _plain_name(filename: str) -> str:
    """Return the last part of a file name, without signs that have no place in one."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[:180]}{dot}{extension[:10]}" if dot else shown[:180]


def submit_profile(profile: AnnotatorProfile, *, by: Account) -> None:
    """Hand the profile in for a decision."""
    profile = _locked(profile.id)
    _move(profile, ProfileState.SUBMITTED)
    if missing := queries.missing_for_submission(profile, queries.current_resume(profile)):
        raise Refused(missing)
    profile.submitted_at = clock.now()
    profile.decided_at = profile.decided_by = profile.rejection_reason = None
    profile.decision_note = ""
    audit.record("profile.submitted", "annotator_profile", profile.id, actor_id=by.id)


def withdraw_profile(profile: AnnotatorProfile, *, by: Account) -> None:
    """Take the profile back: it is not matched any more until it is submitted and qualified again."""
    profile = _locked(profile.id)
    _move(profile, ProfileState.WITHDRAWN)
    audit.record("profile.withdrawn", "annotator_profile", profile.id, actor_id=by.id)


def pause_profile(profile: AnnotatorProfile, paused: bool, *, by: Account) -> None:
    """Stop, or start again, being matched and invited."""
    profile = _locked(profile.id)
    if profile.paused is not paused:
        profile.paused = paused
        action = "profile.paused" if paused else "profile.unpaused"
        audit.record(action, "annotator_profile", profile.id, actor_id=by.id)


def decide(profile_id: int, decision: Mapping[str, Any], *, by: Account) -> None:
    """Qualify or reject, as a `schemas.DecisionShape` says."""
    note, seen = decision["note"], decision["seen"]
    if decision["outcome"] == "qualified":
        qualify_profile(profile_id, seen=seen, note=note, by=by)
    else:
        reject_profile(profile_id, decision["reason"], seen=seen, note=note, by=by)


def qualify_profile(profile_id: int, *, seen: str, note: str, by: Account) -> None:
    """Say yes to a submitted profile; *seen* is the mark of the facts that were looked at ("" skips the check)."""
    profile = _open_for_decision(profile_id, seen, by)
    resume = queries.current_resume(profile)
    if resume is None or resume.state is not ResumeState.READY:
        raise Refused(say("The current résumé has not been read yet; wait for it, then decide."))
    _decide(profile, ProfileState.QUALIFIED, note, by)
    _raise_provenance(profile, resume)
    audit.record("profile.qualified", "annotator_profile", profile.id, actor_id=by.id, resume=resume.id, note=note)
    _tell(
        profile,
        "profile.qualified",
        "Your profile is qualified",
        why=f"You are matched with projects from now on. {note}",
        letter=Letter(
            "profile_qualified", "Your Fairmatch profile is qualified", {"name": profile.account.name, "note": note}
        ),
    )


def _tell(profile: AnnotatorProfile, news: str, title: str, *, why: str, letter: Letter) -> None:
    thing = f"annotator_profile:{profile.id}:{clock.now().isoformat()}"
    notify(profile.account, Kind.PROFILE, news, thing, title, "/profile", why=why, letter=letter)


def _raise_provenance(profile: AnnotatorProfile, resume: Resume) -> None:
    """Call what the person declares documented where the résumé that a human looked at, and its owner, say it too."""
    found = queries.standing_facts(resume)
    for language in profile.languages:
        stated = language.tag, language.written, language.spoken, language.native
        if language.provenance is Provenance.DECLARED and rules.documents_language(found, *stated):
            language.provenance = Provenance.DOCUMENTED
    for degree in profile.degrees:
        if degree.provenance is Provenance.DECLARED and rules.documents_degree(found, degree.level, degree.status):
            degree.provenance = Provenance.DOCUMENTED


def reject_profile(profile_id: int, reason: RejectionReason, *, seen: str, note: str, by: Account) -> None:
    """Say no to a submitted profile, for a reason that the person is told; they may mend it and submit again."""
    profile = _open_for_decision(profile_id, seen, by)
    _decide(profile, ProfileState.REJECTED, note, by)
    profile.rejection_reason = reason
    audit.record("profile.rejected", "annotator_profile", profile.id, actor_id=by.id, reason=reason, note=note)
    words = {"name": profile.account.name, "reason": REJECTION_WORDS[reason], "note": note}
    _tell(
        profile,
        "profile.rejected",
        "Your profile could not be qualified as it stands",
        why=f"{REJECTION_WORDS[reason]}. {note}",
        letter=Letter("profile_rejected", "Your Fairmatch profile was not qualified", words),
    )


def _open_for_decision(profile_id: int, seen: str, by: Account) -> AnnotatorProfile:
    profile = _locked(profile_id)
    if profile.account_id == by.id:
        raise Refused(say("Nobody decides about their own profile."))
    if profile.state is ProfileState.DRAFT:
        raise Missing
    if profile.state is not ProfileState.SUBMITTED:
        raise Refused(say("This profile is %(state)s by now; there is nothing to decide.", state=profile.state))
    if seen and seen != queries.mark_of(profile, queries.current_resume(profile)):
        raise Refused(CHANGED)
    return profile


def _decide(profile: AnnotatorProfile, state: ProfileState, note: str, by: Account) -> None:
    _move(profile, state)
    profile.decided_at, profile.decided_by, profile.decision_note = clock.now(), by.id, note


def _move(profile: AnnotatorProfile, state: ProfileState) -> None:
    if refusal := rules.refuse_transition(profile.state, state):
        raise Refused(refusal)
    # "rejected" and its reason stand or fall together, in the database too.
    profile.rejection_reason = None
    profile.state = state


def _locked(profile_id: int) -> AnnotatorProfile:
    """Return the profile as it is now, kept from others until the commit; one that was erased is not there."""
    profile = db.session.get(AnnotatorProfile, profile_id, with_for_update=True, populate_existing=True)
    erased = sa.select(Account.erased_at).join(AnnotatorProfile, AnnotatorProfile.account_id == Account.id)
    if profile is None or db.session.scalar(erased.where(AnnotatorProfile.id == profile_id)):
        raise Missing
    return profile


def space_id_of(space: Space) -> int:
    """Return the row of the space that a model's vectors live in, made when it is new; the very first is active."""
    known = sa.select(VectorSpace.id).where(VectorSpace.model == space.model, VectorSpace.sha256 == space.sha256)
    if (space_id := db.session.scalar(known)) is not None:
        return space_id
    state = SpaceState.BUILDING if queries.find_active_space() else SpaceState.ACTIVE
    new = insert(VectorSpace).values(model=space.model, sha256=space.sha256, dimension=space.dimension, state=state)
    # without a named index: two first spaces at once are one active and one that has to try again
    db.session.execute(new.on_conflict_do_nothing())
    found = db.session.scalar(known)
    return space_id_of(space) if found is None else found
