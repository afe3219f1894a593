"""What people were matched by is kept, so that an earlier answer can be given again."""

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.matches import search
from marketplace.matches.people import Person, people, people_as_of
from marketplace.matches.rows import MatchingPast, MatchingRow
from marketplace.profiles.rules import ProfileState
from matching.gates import GateNode, HoursGate, LanguageGate
from tests import build

NODES: list[GateNode] = [HoursGate(600), LanguageGate("en")]
Said = dict[str, list[int]]


def seen_now() -> tuple[str, dict[int, Person], Said]:
    """Return the snapshot of this moment, everybody in it and what the gates say; all so far is committed."""
    db.session.commit()
    found = search.outcomes(NODES)
    return found.snapshot, people(), {word: ids.tolist() for word, ids in found.people.items()}


def test_everybody_is_seen_again_as_an_earlier_answer_saw_them(app: Flask) -> None:
    one, two, three = (
        build.profile(state=state).id for state in (*[ProfileState.QUALIFIED] * 2, ProfileState.SUBMITTED)
    )
    moments = [seen_now()]
    for change in (
        f"UPDATE annotator_profile SET weekly_minutes = 60 WHERE id = {one}",
        f"UPDATE annotator_profile SET state = 'qualified' WHERE id = {three}",
        f"DELETE FROM language_skill WHERE profile_id = {two}",
        f"UPDATE annotator_profile SET paused = true WHERE id = {one}",
        f"DELETE FROM annotator_profile WHERE id = {two}",
        f"UPDATE annotator_profile SET paused = false, weekly_minutes = 2000 WHERE id = {one}",
    ):
        db.session.execute(sa.text(change))
        moments.append(seen_now())
    assert [sorted(then) for _, then, _ in moments] == [
        [one, two], [one, two], [one, two, three], [one, two, three], [two, three], [three], [one, three]
    ]  # fmt: skip
    for snapshot, then, said in moments:
        assert people_as_of(snapshot) == then
        assert people_as_of(snapshot, [three]) == {key: person for key, person in then.items() if key == three}
        again = search.outcomes(NODES, as_of=snapshot)
        assert {word: ids.tolist() for word, ids in again.people.items()} == said


def test_what_changes_back_and_forth_in_one_transaction_leaves_one_past(app: Flask) -> None:
    one = build.profile().id
    snapshot, then, _ = seen_now()
    for minutes in (60, 120, 180):
        db.session.execute(sa.text(f"UPDATE annotator_profile SET weekly_minutes = {minutes} WHERE id = {one}"))
    db.session.commit()
    assert db.session.scalars(sa.select(MatchingPast.weekly_minutes)).all() == [20 * 60]
    assert people_as_of(snapshot) == then


def test_other_vectors_are_no_other_facts(app: Flask) -> None:
    one = build.profile(resume_text="Annotated texts\nRated answers").id
    snapshot, then, _ = seen_now()
    made_in = db.session.scalar(sa.select(MatchingRow.made_in))
    db.session.execute(sa.text("UPDATE resume_vectors SET numbers = numbers[2:], embeddings = embeddings[2:]"))
    db.session.commit()
    row = MatchingRow.__table__.c
    assert db.session.execute(sa.select(row.made_in, sa.func.cardinality(row.passages))).one() == (made_in, 1)
    assert people_as_of(snapshot) == then == people([one])


def test_what_is_not_committed_is_not_in_anybody_elses_snapshot(app: Flask) -> None:
    build.profile()
    snapshot, then, _ = seen_now()
    db.session.execute(sa.text("UPDATE annotator_profile SET weekly_minutes = 60"))
    inside = search.outcomes(NODES).snapshot
    db.session.rollback()
    assert people_as_of(snapshot) == people_as_of(inside) == people() == then


@pytest.mark.parametrize("statement", ["UPDATE matching_past SET facts = '[]'", "DELETE FROM matching_past"])
def test_the_past_is_only_ever_added(owner: sa.Engine, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
    with pytest.raises(sa.exc.IntegrityError, match="only ever added"), owner.begin() as connection:
        connection.execute(sa.text(statement))
