"""What the owner of a résumé can say of a fact that was read in it: it is so, in their words; it is not; ask again."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.profiles.actions import save_profile
from marketplace.profiles.models import AnnotatorProfile, FactAnswer, Resume
from marketplace.profiles.queries import whole_facts
from marketplace.profiles.rules import MAX_ROWS, FactSaid
from marketplace.readings import queries
from marketplace.readings.rules import LANGUAGE, Key, key_of
from matching.languages import Cover, covers

READ_ANEW = "Your résumé was read anew meanwhile. Look at what was found now, then answer."
FULL = f"Your profile holds {MAX_ROWS} of these already; take one out first."


def accept_fact(resume: Resume, number: int, seen: Key, told: Mapping[str, Any], *, by: Account) -> AnnotatorProfile:
    """Put the fact at *number* into the profile as its owner words it, in the place of what says the same thing.

    *told*: as `LanguageShape` or `DegreeShape` loads it.  Raises Refused when another fact stands there by now, and
    when the profile is full.
    """
    fact = _fact(resume, number, seen)
    profile = db.session.get_one(AnnotatorProfile, resume.profile_id, with_for_update=True, populate_existing=True)
    stated = whole_facts(profile)
    rows = "languages" if fact["kind"] == LANGUAGE else "degrees"
    replaced = _same_language if fact["kind"] == LANGUAGE else _same_degree
    stated[rows] = _put(stated[rows], dict(told), lambda row: replaced(row, told, fact))
    if len(stated[rows]) > MAX_ROWS:
        raise Refused(FULL)
    save_profile(profile, stated, by=by)
    _answer(resume, fact, FactSaid.ACCEPTED, by)
    return profile


def dismiss_fact(resume: Resume, number: int, seen: Key, *, by: Account) -> None:
    """Note that a fact is not so: no reading asks again, and it documents nothing."""
    _answer(resume, _fact(resume, number, seen), FactSaid.DISMISSED, by)


def reopen_fact(resume: Resume, number: int, seen: Key, *, by: Account) -> None:
    """Forget what was said of a fact."""
    fact = _fact(resume, number, seen)
    own = sa.tuple_(FactAnswer.kind, FactAnswer.subject, FactAnswer.level) == key_of(fact)
    gone = sa.delete(FactAnswer).where(FactAnswer.profile_id == resume.profile_id, own).returning(FactAnswer.id)
    if db.session.scalars(gone).all():
        audit.record("fact.reopened", "resume", resume.id, actor_id=by.id, fact=list(key_of(fact)))


def _fact(resume: Resume, number: int, seen: Key) -> dict[str, Any]:
    if queries.is_read_anew(resume, number, seen):
        raise Refused(READ_ANEW)
    return queries.get_fact(resume, number)


def _put(rows: list[dict[str, Any]], new: dict[str, Any], replaced: Any) -> list[dict[str, Any]]:
    """Return *rows* with *new* in the place of the first that it replaces, or at the end."""
    at = next((at for at, row in enumerate(rows) if replaced(row)), len(rows))
    kept = [row for row in rows[at + 1 :] if not replaced(row)]
    return [*rows[:at], new, *kept]


def _same_language(row: Mapping[str, Any], told: Mapping[str, Any], fact: Mapping[str, Any]) -> bool:
    """Return whether a row is the language told, or the less or more exact name that the résumé gives it."""
    return row["tag"] == told["tag"] or (
        covers(told["tag"], fact["subject"]) is Cover.YES and row["tag"] == fact["subject"]
    )


def _same_degree(row: Mapping[str, Any], told: Mapping[str, Any], _: Mapping[str, Any]) -> bool:
    """Return whether a row is the degree told, said less exactly: of the same level, in the same subject or in none."""
    named = row["subject"].casefold()
    return row["level"] == told["level"] and named in {"", told["subject"].casefold()}


def _answer(resume: Resume, fact: Mapping[str, Any], said: FactSaid, by: Account) -> None:
    kind, subject, level = key_of(fact)
    values = {"answer": said, "quote": fact["quote"], "resume_id": resume.id, "answered_at": clock.now()}
    row = insert(FactAnswer).values(profile_id=resume.profile_id, kind=kind, subject=subject, level=level, **values)
    db.session.execute(
        row.on_conflict_do_update(index_elements=["profile_id", "kind", "subject", "level"], set_=values)
    )
    audit.record(f"fact.{said}", "resume", resume.id, actor_id=by.id, fact=[kind, subject, level])
