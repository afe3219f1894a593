"""Annotator profiles: languages, degrees, experience, résumés, passages and their vectors."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.profiles.rules import FactSaid, PassageKind, ProfileState, ResumeState, SpaceState, flags_told
from matching.vocabulary import DegreeStatus, ExperienceKind, Provenance


class AnnotatorProfile(Base):
    """What one annotator says about themself and what came of it."""

    __tablename__ = "annotator_profile"
    __table_args__ = (
        sa.CheckConstraint("weekly_minutes BETWEEN 0 AND 10080", name="weekly_minutes"),
        sa.CheckConstraint("min_rate_minor >= 0", name="min_rate"),
        sa.CheckConstraint("(state = 'rejected') = (rejection_reason IS NOT NULL)", name="rejected_with_reason"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = foreign("account.id", unique=True, index=False)
    state: Mapped[ProfileState] = mapped_column(words(ProfileState, "state"), default=ProfileState.DRAFT, index=True)
    paused: Mapped[bool] = mapped_column(default=False)
    country: Mapped[str | None] = mapped_column(sa.CHAR(2))
    time_zone: Mapped[str | None]
    weekly_minutes: Mapped[int] = mapped_column(default=0)
    min_rate_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(sa.CHAR(3), default="USD")
    about: Mapped[str] = mapped_column(default="")
    created_at: Mapped[Moment]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = foreign("account.id", index=False)
    rejection_reason: Mapped[str | None]
    decision_note: Mapped[str] = mapped_column(default="")

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    languages: Mapped[list["LanguageSkill"]] = relationship(
        cascade="all, delete-orphan", order_by="LanguageSkill.position"
    )
    degrees: Mapped[list["Degree"]] = relationship(cascade="all, delete-orphan", order_by="Degree.position")
    experiences: Mapped[list["Experience"]] = relationship(cascade="all, delete-orphan", order_by="Experience.position")

    @property
    def pseudonym(self) -> str:
        """What a manager sees instead of a name until an invitation is accepted."""
        return f"Annotator {self.id:05d}"


class LanguageSkill(Base):
    """A language by BCP 47 tag with CEFR levels, 1 (A1) to 6 (C2), written and spoken."""

    __tablename__ = "language_skill"
    __table_args__ = (
        sa.UniqueConstraint("profile_id", "tag"),
        sa.CheckConstraint("written BETWEEN 1 AND 6 AND spoken BETWEEN 1 AND 6", name="cefr"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", index=False, ondelete="CASCADE")
    position: Mapped[int] = mapped_column(default=0)
    tag: Mapped[str]
    written: Mapped[int]
    spoken: Mapped[int]
    native: Mapped[bool] = mapped_column(default=False)
    provenance: Mapped[Provenance] = mapped_column(words(Provenance, "provenance"), default=Provenance.DECLARED)


class Degree(Base):
    """A degree by ISCED 2011 level (5 to 8), held or in progress."""

    __tablename__ = "degree"
    __table_args__ = (sa.CheckConstraint("level BETWEEN 5 AND 8", name="isced"),)

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", ondelete="CASCADE")
    position: Mapped[int] = mapped_column(default=0)
    level: Mapped[int]
    status: Mapped[DegreeStatus] = mapped_column(words(DegreeStatus, "status"))
    subject: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None]
    provenance: Mapped[Provenance] = mapped_column(words(Provenance, "provenance"), default=Provenance.DECLARED)


class Experience(Base):
    """Years of one kind of experience, with words."""

    __tablename__ = "experience"
    __table_args__ = (
        sa.UniqueConstraint("profile_id", "kind"),
        sa.CheckConstraint("years BETWEEN 0 AND 60", name="years"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", index=False, ondelete="CASCADE")
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[ExperienceKind] = mapped_column(words(ExperienceKind, "kind"))
    years: Mapped[int]
    description: Mapped[str] = mapped_column(default="")
    provenance: Mapped[Provenance] = mapped_column(words(Provenance, "provenance"), default=Provenance.DECLARED)


class Resume(Base):
    """One uploaded résumé and what the machine read in it; offsets count characters of *text*."""

    __tablename__ = "resume"
    __table_args__ = (
        sa.Index("uq_resume_current", "profile_id", unique=True, postgresql_where=sa.text("is_current")),
        sa.CheckConstraint("(state = 'refused') = (refusal_code IS NOT NULL)", name="refused_with_reason"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", ondelete="CASCADE")
    is_current: Mapped[bool] = mapped_column(default=True)
    state: Mapped[ResumeState] = mapped_column(words(ResumeState, "state"), default=ResumeState.UPLOADED)
    storage_key: Mapped[str] = mapped_column(unique=True)
    filename: Mapped[str]
    kind: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    uploaded_at: Mapped[Moment]
    read_at: Mapped[datetime | None]
    refusal_code: Mapped[str | None]
    refusal: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    page_count: Mapped[int] = mapped_column(default=0)
    language: Mapped[str | None]
    language_note: Mapped[str] = mapped_column(default="")
    hidden_characters: Mapped[int] = mapped_column(default=0)
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    profile: Mapped[AnnotatorProfile] = relationship()
    passages: Mapped[list["ResumePassage"]] = relationship(
        cascade="all, delete-orphan",
        order_by="ResumePassage.number",
        primaryjoin="and_(Resume.id == ResumePassage.resume_id, ResumePassage.kind == 'passage')",
    )
    titles: Mapped[list["ResumePassage"]] = relationship(
        cascade="all, delete-orphan",
        order_by="ResumePassage.number",
        primaryjoin="and_(Resume.id == ResumePassage.resume_id, ResumePassage.kind == 'title')",
        overlaps="passages",
    )
    index: Mapped["ResumeIndex | None"] = relationship(cascade="all, delete-orphan")

    @property
    def flags_for_owner(self) -> list[str]:
        """What was found suspicious, and what to do about it."""
        return flags_told(self.flags, own=True)

    @property
    def flags_for_others(self) -> list[str]:
        """What was found suspicious, and what it means for matching."""
        return flags_told(self.flags, own=False)


class FactAnswer(Base):
    """What the owner of a résumé says of one fact that was read in it, once for every reading of every résumé."""

    __tablename__ = "fact_answer"
    __table_args__ = (sa.UniqueConstraint("profile_id", "kind", "subject", "level"),)

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", index=False, ondelete="CASCADE")
    kind: Mapped[str]
    subject: Mapped[str]
    level: Mapped[str]
    answer: Mapped[FactSaid] = mapped_column(words(FactSaid, "answer"))
    quote: Mapped[str]
    resume_id: Mapped[int] = foreign("resume.id", ondelete="CASCADE")
    answered_at: Mapped[Moment]


class ResumeIndex(Base):
    """The words of a résumé, counted once when it is read, as `matching.documents.TextIndex` keeps them."""

    __tablename__ = "resume_index"

    resume_id: Mapped[int] = foreign("resume.id", primary_key=True, index=False, ondelete="CASCADE")
    terms: Mapped[bytes]
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ResumePassage(Base):
    """A piece of a résumé: characters *starts_at* up to *ends_at* of its text, on one page (from 1).

    Passages hold all of the text, none of it twice; titles are job titles found in it.  *flag*: why the text is
    suspicious, a code, or empty.
    """

    __tablename__ = "resume_passage"
    __table_args__ = (
        sa.Index(
            "uq_resume_passage_resume_id_number",
            *("resume_id", "number"),
            unique=True,
            postgresql_include=["page", "starts_at", "ends_at", "kind", "flag"],
        ),
        sa.CheckConstraint("0 <= starts_at AND starts_at < ends_at", name="offsets"),
    )

    id: Mapped[Id]
    resume_id: Mapped[int] = foreign("resume.id", index=False, ondelete="CASCADE")
    number: Mapped[int]
    kind: Mapped[PassageKind] = mapped_column(words(PassageKind, "kind"), default=PassageKind.PASSAGE)
    flag: Mapped[str] = mapped_column(default="")
    page: Mapped[int]
    starts_at: Mapped[int]
    ends_at: Mapped[int]


class VectorSpace(Base):
    """A named space that vectors live in: one model, one weights file, one width.

    Matching reads the active one; one that is building is filled until it takes over whole.
    """

    __tablename__ = "vector_space"
    __table_args__ = (
        sa.UniqueConstraint("model", "sha256"),
        sa.Index("uq_vector_space_active", "state", unique=True, postgresql_where=sa.text("state = 'active'")),
    )

    id: Mapped[Id]
    model: Mapped[str]
    sha256: Mapped[str]
    dimension: Mapped[int]
    state: Mapped[SpaceState] = mapped_column(words(SpaceState, "state"), default=SpaceState.BUILDING)
    created_at: Mapped[Moment]


class ResumeVectors(Base):
    """The unit vectors of the pieces of one résumé in one space; in one row, as matching reads those of very many.

    *embeddings*: one for each piece that has a number in *numbers*, those of `ResumePassage`.
    """

    __tablename__ = "resume_vectors"
    __table_args__ = (sa.CheckConstraint("cardinality(numbers) = cardinality(embeddings)", name="one_for_each"),)

    resume_id: Mapped[int] = foreign("resume.id", primary_key=True, index=False, ondelete="CASCADE")
    space_id: Mapped[int] = foreign("vector_space.id", primary_key=True)
    numbers: Mapped[list[int]] = mapped_column(ARRAY(sa.SmallInteger))
    embeddings: Mapped[list[Any]] = mapped_column(ARRAY(HALFVEC(), dimensions=1), deferred=True)
