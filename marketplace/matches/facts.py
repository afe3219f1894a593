"""What matching is told about people and projects: everybody's facts and passages, read in bulk."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.errors import Missing
from marketplace.matches.pools import vectors_from
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.queries import FACTS
from marketplace.profiles.rules import ProfileState, ResumeState
from marketplace.projects.models import Project, TextVector
from marketplace.projects.queries import digest
from matching.briefs import Brief, texts_of
from matching.gates import GateNode, RateGate, gate_from_spec, nodes_from_specs
from matching.rates import CardLine, RateOffer, offer
from matching.scoring import first_vector
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, IscedLevel


def gates_of(project: Project) -> list[GateNode]:
    """Return the gates of the newest requirements, and that people work for a rate within the band."""
    implied = RateGate(project.rate_top_minor, project.currency)
    return [*nodes_from_specs(project.requirements.gates), implied]


def card_of(project: Project) -> list[CardLine]:
    """Return the lines of the rate card."""
    return [CardLine(row.label, row.amount_minor, gate_from_spec(row.condition)) for row in project.rate_lines]


def vectors_of(texts: Sequence[str], space_id: int) -> NDArray[np.float32]:
    """Return the vectors of the texts of a brief in one space, in their order, (texts, d).

    Raises Missing where one of them is not there.
    """
    digests = [digest(text) for text in texts]
    statement = sa.select(TextVector.sha256, sa.func.halfvec_send(TextVector.embedding, type_=sa.LargeBinary)).where(
        TextVector.space_id == space_id, TextVector.sha256.in_(digests)
    )
    found = dict(db.session.execute(statement).all())
    if len(found) < len(set(digests)):
        raise Missing
    return vectors_from(b"".join(found[one] for one in digests), len(digests), 0)


def brief_vectors(brief: Brief, space_id: int | None) -> NDArray[np.float32]:
    """Return the vectors of all texts of *brief* in one space, (texts, d), (0, 0) without a space or a text.

    Raises Missing where one of them is not there.
    """
    texts = [piece.text for piece in texts_of(brief)]
    return vectors_of(texts, space_id) if space_id is not None and texts else np.zeros((0, 0), dtype=np.float32)


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
        .options(*FACTS)
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


def resume_flags(resume_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Return what was found suspicious in the résumés when they were read, by their ids."""
    rows = db.session.execute(sa.select(Resume.id, Resume.flags).where(Resume.id.in_(resume_ids)))
    return dict(rows.all())


def first_vector_of(brief: Brief, space_id: int) -> NDArray[np.float32]:
    """Return the one unit vector, (d,), by which a first choice is made among very many people."""
    return first_vector(texts_of(brief), brief_vectors(brief, space_id))
