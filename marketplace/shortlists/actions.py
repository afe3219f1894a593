"""Marking people of a ranking and writing notes about them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.matches.queries import chosen_matches
from marketplace.projects.models import Project
from marketplace.shortlists import queries
from marketplace.shortlists.models import CandidateMark, CandidateNote
from marketplace.shortlists.rules import MAX_NOTES, Mark, NotChosenReason, refuse_mark
from marketplace.words import say


def mark_candidate(
    project: Project, match_id: int, mark: Mark | None, reason: NotChosenReason | None, note: str, *, by: Account
) -> None:
    """Give somebody of a ranking the one mark that they have for *project*; None takes it away.

    Raises Refused when the reason is missing or out of place, and Missing when the match is not the project's.
    """
    ((match, _),) = chosen_matches(project, [match_id])
    if refusal := refuse_mark(mark, reason, note):
        raise Refused(refusal[1], field=refusal[0])
    own = sa.and_(CandidateMark.project_id == project.id, CandidateMark.profile_id == match.profile_id)
    if mark is None:
        db.session.execute(sa.delete(CandidateMark).where(own))
    else:
        said = {"match_id": match.id, "mark": mark, "reason": reason, "note": note, "marked_by": by.id}
        said["marked_at"] = clock.now()
        row = insert(CandidateMark).values(project_id=project.id, profile_id=match.profile_id, **said)
        db.session.execute(row.on_conflict_do_update(index_elements=["project_id", "profile_id"], set_=said))
    db.session.expire_all()
    facts = {"project": project.id, "mark": mark and str(mark), "reason": reason and str(reason), "match": match_id}
    audit.record("candidate.marked", "annotator_profile", match.profile_id, actor_id=by.id, **facts)


def add_note(project: Project, match_id: int, text: str, *, by: Account) -> CandidateNote:
    """Write a note about somebody of a ranking, for the managers of *project*."""
    ((match, _),) = chosen_matches(project, [match_id])
    if queries.count_notes(project.id, match.profile_id) >= MAX_NOTES:
        raise Refused(
            say("There are %(max_notes)s notes about this person already.", max_notes=MAX_NOTES), field="text"
        )
    note = CandidateNote(project_id=project.id, profile_id=match.profile_id, text=text, written_by=by.id)
    db.session.add(note)
    db.session.flush()
    audit.record("candidate.noted", "annotator_profile", match.profile_id, actor_id=by.id, project=project.id)
    return note
