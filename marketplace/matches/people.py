"""People as matching sees them: their facts from the matching rows, now or as an earlier answer saw them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.matches.rows import Facts, MatchingPast, MatchingRow, PgSnapshot
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel, Provenance

COLUMNS = ("profile_id", *Facts.__annotations__)
READ = ("profile_id", "resume_id", "country", "min_rate_minor", "currency", "weekly_minutes", "facts")
# Ten times faster than the enumerations themselves.
CEFR, ISCED = {str(level.value): level for level in Cefr}, {str(level.value): level for level in IscedLevel}
STATUS, KIND = {word.value: word for word in DegreeStatus}, {word.value: word for word in ExperienceKind}
PROVENANCE = {word.value: word for word in Provenance}


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody is judged by: the facts, and the résumé that counts.

    *facts*: those stated, a line each as `Facts` has them; most people of a run are only asked for their years.
    """

    profile_id: int
    resume_id: int
    country: str | None
    min_rate_minor: int | None
    currency: str
    weekly_minutes: int | None
    facts: list[str]

    @property
    def years(self) -> int:
        """The years of experience stated, of all kinds together, as `Candidate.years`."""
        return sum(int(line.split(" ", 3)[2]) for line in self.facts if line[0] == "e")

    @property
    def candidate(self) -> Candidate:
        """What gates look at, made anew each time."""
        return Candidate(
            profile_id=self.profile_id,
            languages=tuple(_language(*line.split(" ")[1:]) for line in self.facts if line[0] == "l"),
            degrees=tuple(_degree(*line.split(" ", 4)[1:]) for line in self.facts if line[0] == "d"),
            experiences=tuple(_experience(*line.split(" ")[1:]) for line in self.facts if line[0] == "e"),
            country=self.country,
            min_rate_minor=self.min_rate_minor,
            currency=self.currency,
            weekly_minutes=self.weekly_minutes,
        )


def people(profile_ids: Collection[int] | None = None) -> dict[int, Person]:
    """Return everybody (or those of *profile_ids*) who can be matched now, by profile id, ascending."""
    db.session.flush()
    return _read(sa.select(*_columns(MatchingRow)).where(MatchingRow.is_matchable), profile_ids)


def people_as_of(snapshot: str, profile_ids: Collection[int] | None = None) -> dict[int, Person]:
    """Return everybody (or those of *profile_ids*) who could be matched, as an answer with *snapshot* saw them."""
    return _read(seen_in(snapshot), profile_ids)


def seen_in(snapshot: str) -> sa.CompoundSelect[Any]:
    """Return the rows, without vectors, that *snapshot* saw: of those that still stand and of those that ended since.

    What a transaction changes itself its own snapshot does not see.
    """

    def visible(transaction: Any) -> sa.ColumnElement[bool]:
        return sa.func.pg_visible_in_snapshot(transaction, sa.cast(snapshot, PgSnapshot), type_=sa.Boolean)

    now = sa.select(*_columns(MatchingRow)).where(MatchingRow.is_matchable, visible(MatchingRow.made_in))
    past = sa.select(*_columns(MatchingPast)).where(
        MatchingPast.is_matchable, visible(MatchingPast.made_in), ~visible(MatchingPast.ended_in)
    )
    return sa.union_all(now, past)


def _language(tag: str, written: str, spoken: str, native: str, provenance: str) -> LanguageFact:
    return LanguageFact(tag, CEFR[written], CEFR[spoken], native == "n", PROVENANCE[provenance])


def _degree(level: str, status: str, provenance: str, subject: str) -> DegreeFact:
    return DegreeFact(ISCED[level], STATUS[status], subject, PROVENANCE[provenance])


def _experience(kind: str, years: str, provenance: str) -> ExperienceFact:
    return ExperienceFact(KIND[kind], int(years), PROVENANCE[provenance])


def _columns(of: type[MatchingRow] | type[MatchingPast]) -> list[sa.ColumnElement[Any]]:
    return [of.__table__.c[name] for name in COLUMNS]


def _read(rows: sa.Select[Any] | sa.CompoundSelect[Any], profile_ids: Collection[int] | None) -> dict[int, Person]:
    seen = rows.subquery("seen").c
    chosen = sa.select(*(seen[name] for name in READ)).order_by(seen.profile_id)
    if profile_ids is not None:
        chosen = chosen.where(seen.profile_id == sa.any_(sa.literal(list(profile_ids), sa.ARRAY(sa.BigInteger))))
    return {row[0]: Person(*row) for row in db.session.execute(chosen)}
