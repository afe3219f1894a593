"""Match runs with everyone considered; rows of all of them are only ever added."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Moment, foreign
from marketplace.matches.rules import without_identity
from marketplace.profiles.models import AnnotatorProfile, VectorSpace
from marketplace.profiles.rules import flags_told
from marketplace.projects.models import RequirementVersion
from marketplace.searches.models import PeopleSearch


class MatchRun(Base):
    """One ranking of everybody for one project, with what it rested on.

    *brief* and *gates*: what was asked for.  *weights*: what the ranking was set to, with its *mark*, the *kinds* and
    *labels* of what each score is made of, and whether titles and words of résumés were *counted* then.
    *snapshot*: PostgreSQL's word for what was committed then, so that everybody's facts can be read as they were.
    *considered*: how many people there were; *eligible*: whose gates all pass; *scored*: who of them was ranked.
    *space_id* is empty when nothing had to be compared by vectors.
    *search_id*: for what somebody searched instead of the wishes of the project.
    """

    __tablename__ = "match_run"

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id")
    version_id: Mapped[int] = foreign("requirement_version.id")
    space_id: Mapped[int | None] = foreign("vector_space.id", index=False)
    space: Mapped[VectorSpace | None] = relationship(viewonly=True)
    search_id: Mapped[int | None] = foreign("people_search.id")
    requested_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
    code_version: Mapped[str]
    brief: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    gates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    weights: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    snapshot: Mapped[str] = mapped_column(default="")
    considered: Mapped[int]
    eligible: Mapped[int]
    scored: Mapped[int] = mapped_column(default=0)
    version: Mapped[RequirementVersion] = relationship()
    search: Mapped[PeopleSearch | None] = relationship()


class Match(Base):
    """What one run found about one person, worded; *rank* (from 1) only for those whose gates all pass.

    Those shown have a row: the first of the ranked, and some of those whom a gate keeps out.  The log holds all.
    """

    __tablename__ = "match"
    __table_args__ = (sa.UniqueConstraint("run_id", "profile_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = foreign("match_run.id", index=False)
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    resume_id: Mapped[int | None] = foreign("resume.id", index=False)
    rank: Mapped[int | None]
    score: Mapped[float | None]
    gates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    profile: Mapped[AnnotatorProfile] = relationship()

    @property
    def covered_parts(self) -> list[dict[str, Any]]:
        """The parts of the score, with whatever tells who it is covered in the quotes."""
        name = self.profile.account.name
        return [part | {"quote": without_identity(part.get("quote", ""), name)} for part in self.parts]

    @property
    def covered_flags(self) -> list[str]:
        """What was found suspicious, and what it means, with whatever tells who it is covered."""
        return [without_identity(words, self.profile.account.name) for words in flags_told(self.flags, own=False)]


class MatchLog(Base):
    """Who was considered in a run and what each gate said: those of one outcome together.

    *outcomes*: a letter for each gate of the run, p pass, f fail, u unknown.  *profile_ids*: ascending; of those who
    pass and were ranked: best first, with *scores* and the *features* that add up to them, one list a person.
    """

    __tablename__ = "match_log"

    run_id: Mapped[int] = foreign("match_run.id", primary_key=True, index=False)
    outcomes: Mapped[str] = mapped_column(primary_key=True)
    ranked: Mapped[bool] = mapped_column(primary_key=True)
    profile_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))
    scores: Mapped[list[float] | None] = mapped_column(ARRAY(sa.Float))
    features: Mapped[list[list[Any]] | None] = mapped_column(JSONB)
