"""What matching is told about people and projects: everybody's facts and passages, read in bulk."""

import hashlib
import json
from collections.abc import Collection, Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.profiles.models import AnnotatorProfile, PassageVector, Resume, ResumePassage
from marketplace.profiles.rules import ProfileState, ResumeState
from marketplace.projects.models import Project, RequirementVersion, Wish, WishVector
from matching.gates import Gate, RateGate, gate_from_spec, gate_to_spec
from matching.rates import CardLine, RateOffer, offer
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact, Passages, Span
from matching.vocabulary import Cefr, IscedLevel

NO_PASSAGES = Passages(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))

# Every UPDATE gives a row another ctid and xmin, so these two tell of any change without a column for it.
STAMP = """
SELECT md5(string_agg(rows, ' ' ORDER BY rows)) FROM (
    SELECT 'profile' || count(*) || ':' || sum(hashtextextended(ctid::text || xmin::text, 0)) FROM annotator_profile
    UNION ALL
    SELECT 'language' || count(*) || ':' || sum(hashtextextended(ctid::text || xmin::text, 0)) FROM language_skill
    UNION ALL
    SELECT 'degree' || count(*) || ':' || sum(hashtextextended(ctid::text || xmin::text, 0)) FROM degree
    UNION ALL
    SELECT 'experience' || count(*) || ':' || sum(hashtextextended(ctid::text || xmin::text, 0)) FROM experience
    UNION ALL
    SELECT 'resume' || count(*) || ':' || sum(hashtextextended(ctid::text || xmin::text, 0)) FROM resume
    UNION ALL
    SELECT 'vectors' || count(*) || ':' || max(passage_id) FROM passage_vector WHERE space_id = :space_id
) AS stamps (rows)
"""


def gates_of(project: Project) -> list[Gate]:
    """Return the gates of the newest requirements, and that people work for a rate within the band."""
    implied = RateGate(project.rate_top_minor, project.currency)
    return [*map(gate_from_spec, project.requirements.gates), implied]


def card_of(project: Project) -> list[CardLine]:
    """Return the lines of the rate card."""
    return [CardLine(row.label, row.amount_minor, gate_from_spec(row.condition)) for row in project.rate_lines]


def facts_stamp(gates: Sequence[Gate], space_id: int | None) -> str:
    """Return a word that changes whenever a fact about anybody changes, a passage is embedded, or a gate moves."""
    asked = hashlib.sha256(json.dumps([gate_to_spec(gate) for gate in gates], sort_keys=True).encode()).hexdigest()
    return f"{db.session.scalar(sa.text(STAMP), {'space_id': space_id})} {asked[:32]}"


def find_space(version: RequirementVersion) -> int | None:
    """Return the newest vector space that holds all wishes of *version*, or None when they are not all read yet."""
    complete = (
        sa.select(WishVector.space_id)
        .join(Wish, Wish.id == WishVector.wish_id)
        .where(Wish.version_id == version.id)
        .group_by(WishVector.space_id)
        .having(sa.func.count() == len(version.wishes))
        .order_by(WishVector.space_id.desc())
    )
    return db.session.scalar(complete.limit(1))


def wishes_are_read(version: RequirementVersion) -> bool:
    """Return whether every wish of *version* has a vector, so that people can be ranked."""
    return not version.wishes or find_space(version) is not None


def wish_vectors(version: RequirementVersion, space_id: int) -> NDArray[np.float32]:
    """Return the vectors of the wishes of *version*, in their order, shape (wishes, d)."""
    statement = (
        sa.select(sa.func.halfvec_send(WishVector.embedding, type_=sa.LargeBinary))
        .join(Wish, Wish.id == WishVector.wish_id)
        .where(Wish.version_id == version.id, WishVector.space_id == space_id)
        .order_by(Wish.position)
    )
    return _matrix(list(db.session.scalars(statement)), 0)


def considered(profile_ids: Collection[int] | None = None) -> list[tuple[AnnotatorProfile, int]]:
    """Return everybody who can be matched, each with the id of their résumé; *profile_ids* asks for some of them.

    That is: qualified, not paused, with a current résumé that was read.
    """
    statement = (
        sa.select(AnnotatorProfile, Resume.id)
        .join(Resume, Resume.profile_id == AnnotatorProfile.id)
        .where(
            AnnotatorProfile.state == ProfileState.QUALIFIED,
            AnnotatorProfile.paused.is_(False),
            Resume.is_current,
            Resume.state == ResumeState.READY,
        )
        .order_by(AnnotatorProfile.id)
    )
    if profile_ids is not None:
        statement = statement.where(AnnotatorProfile.id.in_(profile_ids))
    return [(profile, resume_id) for profile, resume_id in db.session.execute(statement)]


def candidate_of(profile: AnnotatorProfile) -> Candidate:
    """Return the facts of *profile* as gates look at them."""
    return Candidate(
        profile_id=profile.id,
        languages=tuple(
            LanguageFact(row.tag, Cefr(row.written), Cefr(row.spoken), row.native, row.provenance)
            for row in profile.languages
        ),
        degrees=tuple(
            DegreeFact(IscedLevel(row.level), row.status, row.subject, row.provenance) for row in profile.degrees
        ),
        experiences=tuple(ExperienceFact(row.kind, row.years, row.provenance) for row in profile.experiences),
        country=profile.country,
        min_rate_minor=profile.min_rate_minor,
        currency=profile.currency,
        weekly_minutes=profile.weekly_minutes or None,
    )


def passages_of(resume_ids: Collection[int], space_id: int, width: int) -> Passages:
    """Return every passage of the résumés, with its vector of *width* numbers in one space."""
    statement = (
        sa.select(
            Resume.profile_id,
            Resume.id,
            ResumePassage.number,
            ResumePassage.page,
            ResumePassage.starts_at,
            ResumePassage.ends_at,
            sa.func.halfvec_send(PassageVector.embedding, type_=sa.LargeBinary),
        )
        .join(ResumePassage, ResumePassage.resume_id == Resume.id)
        .join(PassageVector, PassageVector.passage_id == ResumePassage.id)
        .where(Resume.id.in_(resume_ids), PassageVector.space_id == space_id)
        .order_by(Resume.id, ResumePassage.number)
    )
    rows = db.session.execute(statement).all()
    return Passages(
        vectors=_matrix([row[-1] for row in rows], width),
        owners=np.array([row[0] for row in rows], dtype=np.int64),
        spans=[Span(*row[1:-1]) for row in rows],
    )


def offer_to(profile: AnnotatorProfile, project: Project) -> RateOffer | None:
    """Return the rate that *project* offers to somebody, or None when they ask for more than its band gives.

    A minimum stated in another currency cannot be compared: the person sees the offer and decides.
    """
    minimum = profile.min_rate_minor if profile.currency == project.currency else 0
    candidate = candidate_of(profile)
    floor_minor, top_minor = project.rate_floor_minor, project.rate_top_minor
    return offer(floor_minor, top_minor, card_of(project), candidate, minimum, project.currency)


def resume_texts(resume_ids: Collection[int]) -> dict[int, str]:
    """Return the texts of the résumés by their ids."""
    rows = db.session.execute(sa.select(Resume.id, Resume.text).where(Resume.id.in_(resume_ids)))
    return dict(rows.all())


def _matrix(sent: Sequence[bytes], width: int) -> NDArray[np.float32]:
    """Return vectors from pgvector's binary form, which is ten times faster to read than its text.

    That form: dimension and an unused number, two bytes each, then the halves; all big-endian.  Rounded to halves a
    vector is no longer of length 1, so that is mended.  *width* is that of nothing at all.
    """
    if not sent:
        return np.zeros((0, width), dtype=np.float32)
    halves = np.frombuffer(b"".join(sent), dtype=">f2").reshape(len(sent), -1)[:, 2:]
    vectors = halves.astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
