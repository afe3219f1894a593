"""The rows that people are matched by, one for each profile, and the facts that they held before.

Triggers of the database derive them from the profile in the transaction that changes it; nothing else writes them.
"""

from typing import Any

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, foreign

# A language's codes are 16 × its number and: 0 stated, 1 to 6 written up to that level, 7 to 12 spoken, 13 native.
CODES_A_LANGUAGE, SPOKEN, NATIVE = 16, 6, 13
# As many languages as fit into a smallint have codes; all others share this one and are looked up in the facts.
MOST_LANGUAGES, OTHER_LANGUAGE = 2047, 0
# The codes of a kind of experience are 64 × its place in this list and every number of years up to those held.
CODES_A_KIND = 64
KINDS = ("annotation", "quality_assurance", "mentoring", "teaching", "consulting", "editing", "reviewing")


class Xid8(sa.types.UserDefinedType[str]):
    """The number of a transaction, 64 bits wide, so that it never begins anew."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in PostgreSQL."""
        return "xid8"


class PgSnapshot(sa.types.UserDefinedType[str]):
    """Which transactions had been committed at one moment."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in PostgreSQL."""
        return "pg_snapshot"


ischema_names["xid8"] = Xid8


class LanguageCode(Base):
    """The number of a language tag that somebody states, given when it first is."""

    __tablename__ = "language_code"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(unique=True)


class Facts:
    """What gates ask about, as columns; NULL means not stated, and so a gate on it is NULL: unknown.

    *is_matchable*: qualified, not paused, with a current résumé that was read (*resume_id*).  *degree_held*: the
    highest level held, 0 when none of those stated is; *degree_any*: the highest stated.  *langs*, *experience*: codes.
    *facts*: everything stated in its order, for `matching.types.Candidate`: a line each, half as long as objects are,
    "l TAG WRITTEN SPOKEN n|- PROVENANCE", "d LEVEL STATUS PROVENANCE SUBJECT" or "e KIND YEARS PROVENANCE".
    """

    resume_id: Mapped[int | None]
    min_rate_minor: Mapped[int | None]
    is_matchable: Mapped[bool]
    weekly_minutes: Mapped[int | None] = mapped_column(sa.SmallInteger)
    degree_held: Mapped[int | None] = mapped_column(sa.SmallInteger)
    degree_any: Mapped[int | None] = mapped_column(sa.SmallInteger)
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    country: Mapped[str | None] = mapped_column(sa.CHAR(2))
    langs: Mapped[list[int] | None] = mapped_column(ARRAY(sa.SmallInteger))
    experience: Mapped[list[int] | None] = mapped_column(ARRAY(sa.SmallInteger))
    facts: Mapped[list[str]] = mapped_column(JSONB)


class MatchingRow(Facts, Base):
    """What one person is matched by now, in one page of the table with up to ten vectors.

    *passages*: the vectors of the first passages of the résumé that nothing is wrong with, in the active space
    (*space_id*), as many as fit.  *made_in*: the transaction that the facts, not the vectors, are of.
    """

    __tablename__ = "matching_row"
    __table_args__ = (
        sa.Index(
            "ix_matching_row_langs",
            "langs",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=sa.text("is_matchable"),
        ),
        sa.Index(
            "ix_matching_row_facts",
            "profile_id",
            postgresql_include=[
                *("min_rate_minor", "weekly_minutes", "degree_held", "degree_any", "currency", "country"),
                *("langs", "experience"),
            ],
            postgresql_where=sa.text("is_matchable"),
        ),
        sa.Index("ix_matching_row_made_in", "made_in"),
    )

    profile_id: Mapped[int] = foreign(
        "annotator_profile.id", primary_key=True, index=False, autoincrement=False, ondelete="CASCADE"
    )
    space_id: Mapped[int | None]
    made_in: Mapped[str] = mapped_column(Xid8, server_default=sa.text("pg_current_xact_id()"))
    passages: Mapped[list[Any] | None] = mapped_column(ARRAY(HALFVEC()), deferred=True)


class MatchingPast(Facts, Base):
    """What somebody was matched by from the transaction *made_in* until *ended_in*; only ever added."""

    __tablename__ = "matching_past"
    __table_args__ = (sa.Index("ix_matching_past_ended_in", "ended_in"),)

    profile_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_in: Mapped[str] = mapped_column(Xid8, primary_key=True)
    ended_in: Mapped[str] = mapped_column(Xid8)
