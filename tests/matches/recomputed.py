"""What a matching row has to hold, worked out anew in Python from the profile's own tables."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.matches.facts import candidate_of
from marketplace.matches.rows import CODES_A_KIND, KINDS, LanguageCode, MatchingRow
from marketplace.profiles.models import AnnotatorProfile, Resume, ResumePassage, VectorSpace
from marketplace.profiles.rules import PassageKind, ProfileState, ResumeState, SpaceState
from tests import build

MOST_PASSAGES = 10


def derived(profile_id: int) -> dict[str, Any] | None:
    """Return what the row of one person holds, without the transaction it was made in."""
    db.session.flush()
    own = MatchingRow.__table__.c
    columns = [column for column in own if column.name not in {"made_in", "passages"}]
    columns.append(sa.cast(own.passages, sa.ARRAY(sa.Text)).label("passages"))
    row = db.session.execute(sa.select(*columns).where(MatchingRow.profile_id == profile_id)).one_or_none()
    if row is None:
        return None
    found = dict(row._mapping)
    found["passages"] = [json.loads(one) for one in found["passages"] or []]
    return found


def recomputed(profile_id: int) -> dict[str, Any] | None:
    """Return what the row has to hold, worked out anew in Python from the profile's own tables."""
    db.session.expire_all()
    profile = db.session.get(AnnotatorProfile, profile_id)
    if profile is None:
        return None
    person = candidate_of(profile)
    numbers = dict(db.session.execute(sa.select(LanguageCode.tag, LanguageCode.id)).all())
    resume = db.session.scalar(
        sa.select(Resume).where(Resume.profile_id == profile_id, Resume.is_current, Resume.state == ResumeState.READY)
    )
    matchable = bool(profile.state is ProfileState.QUALIFIED and not profile.paused and resume)
    langs = {
        16 * numbers[one.tag] + step
        for one in person.languages
        for step in [0, *range(1, one.written + 1), *range(7, 7 + one.spoken), *[13] * one.native]
    }
    experience = {
        CODES_A_KIND * KINDS.index(one.kind) + year for one in person.experiences for year in range(one.years + 1)
    }
    held = [one.level for one in person.degrees if one.status == "held"]
    stated = [
        *(
            f"l {row.tag} {row.written} {row.spoken} {'n' if row.native else '-'} {row.provenance}"
            for row in _in_order(profile.languages)
        ),
        *(f"d {row.level} {row.status} {row.provenance} {row.subject}" for row in _in_order(profile.degrees)),
        *(f"e {row.kind} {row.years} {row.provenance}" for row in _in_order(profile.experiences)),
    ]
    space = db.session.scalar(sa.select(VectorSpace).where(VectorSpace.state == SpaceState.ACTIVE))
    passages = vectors_of(resume, space) if matchable and resume and space else []
    return {
        "profile_id": profile_id,
        "space_id": space.id if space and passages else None,
        "resume_id": resume.id if resume else None,
        "min_rate_minor": profile.min_rate_minor,
        "is_matchable": matchable,
        "weekly_minutes": person.weekly_minutes,
        "degree_held": max(held, default=0) if person.degrees else None,
        "degree_any": max((one.level for one in person.degrees), default=None),
        "currency": profile.currency,
        "country": profile.country,
        "langs": sorted(langs) or None,
        "experience": sorted(experience) or None,
        "facts": stated,
        "passages": passages,
    }


def _in_order(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.position, row.id))


def vectors_of(resume: Resume, space: VectorSpace) -> list[list[float]]:
    """Return the vectors of the first ten passages of a résumé that nothing is wrong with."""
    own = sa.select(ResumePassage.number).where(ResumePassage.resume_id == resume.id)
    own = own.where(ResumePassage.kind == PassageKind.PASSAGE, ResumePassage.flag == "")
    vectors = build.vectors_of(resume.id, space.id)
    chosen = [number for number in db.session.scalars(own.order_by(ResumePassage.number)) if number in vectors]
    return [vectors[number].tolist() for number in chosen[:MOST_PASSAGES]]
