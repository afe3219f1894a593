"""The model is changed: everything gets a vector in the new space in the background, then that takes over whole."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.errors import Refused
from marketplace.matches.people import people
from marketplace.matches.pools import pool_of
from marketplace.profiles import actions as profile_actions
from marketplace.profiles import spaces
from marketplace.profiles.models import (
    AnnotatorProfile,
    Resume,
    ResumeIndex,
    ResumePassage,
    ResumeVectors,
    VectorSpace,
)
from marketplace.profiles.queries import current_resume, find_active_space
from marketplace.profiles.rules import PassageKind, ProfileState, ResumeState, SpaceState
from marketplace.projects import queries as project_queries
from marketplace.projects.models import TextVector
from marketplace.projects.rules import ProjectState
from marketplace.spaces import actions, jobs, queries
from marketplace.tasks import embedder, leases
from marketplace.tasks.models import Task, TaskState
from marketplace.tasks.performing import perform
from marketplace.worker import answers, perform_due
from matching.briefs import texts_of
from matching.spaces import Space
from tests import build
from tests.fakes import FakeEmbedder

ENGLISH = """Summary
I have labelled sentiment and medical spans in English and Spanish texts for four years, and I check the work of others.
Experience
I rated the factual correctness of answers written by language models and wrote guidelines for new colleagues.
"""


class OtherEmbedder:
    """Another model, of another width, that remembers what it was asked for."""

    space = Space(model="other", sha256="1" * 64, dimension=48)

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.update(texts)
        return FakeEmbedder().embed(texts)[:, :48] + np.float32(0.1)


@pytest.fixture
def other(app: Flask) -> Iterator[OtherEmbedder]:
    """A pool of people and a project in the space of the fake model, and a worker whose settings name another one."""
    for number in range(40):
        build.profile(resume_text=f"Labelled number{number} of texts.\nChecked number{number} of labels.")
    build.project(wishes=("Experience with sentiment annotation",))
    build.project(wishes=("Something long ago",), state=ProjectState.COMPLETED)
    db.session.commit()
    model = OtherEmbedder()
    embedder.use(lambda: model, lambda name: FakeEmbedder() if name == "fake" else None)
    yield model
    embedder.use(None)


def begin(model: embedder.TextEmbedder) -> None:
    actions.begin(model.space)
    db.session.commit()


def state_of(name: str) -> SpaceState | None:
    db.session.rollback()
    return db.session.scalar(sa.select(VectorSpace.state).where(VectorSpace.model == name))


def active_model() -> str:
    db.session.rollback()
    space = find_active_space()
    assert space is not None
    return space.model


def people_without_vector() -> int:
    """Return how many people matching would not find in the active space."""
    space = find_active_space()
    assert space is not None
    return len([one for one in db.session.scalars(sa.select(Resume)) if not build.vectors_of(one.id, space.id)])


def next_due() -> int | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Task.id).where(leases.due()).order_by(Task.next_run_at, Task.id).limit(1))


def perform_one(app: Flask, task_id: int) -> None:
    perform(app, task_id, answers(), "one", raise_errors=True)


def test_the_first_space_of_an_installation_is_active_at_once(app: Flask) -> None:
    begin(FakeEmbedder())
    assert state_of("fake") is SpaceState.ACTIVE
    assert next_due() is None


def test_a_worker_that_starts_with_the_model_in_use_changes_nothing(app: Flask) -> None:
    build.profile()
    begin(FakeEmbedder())
    begin(FakeEmbedder())
    assert (state_of("fake"), next_due()) == (SpaceState.ACTIVE, None)


def test_a_new_model_takes_over_when_everything_is_there(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    assert (state_of("fake"), state_of("other")) == (SpaceState.ACTIVE, SpaceState.BUILDING)
    perform_due(app)
    assert (state_of("fake"), state_of("other")) == (SpaceState.RETIRED, SpaceState.ACTIVE)
    assert people_without_vector() == 0
    space = find_active_space()
    assert space is not None
    resume_id = db.session.scalars(sa.select(ResumeVectors.resume_id).limit(1)).one()
    assert {len(vector) for vector in build.vectors_of(resume_id, space.id).values()} == {48}
    briefs = db.session.scalars(sa.select(sa.func.count()).where(TextVector.space_id == space.id)).one()
    assert briefs == len({piece.text for brief in queries.unfinished_briefs() for piece in texts_of(brief)})


def test_resumes_of_an_earlier_version_are_searched_for_titles_and_words_before_the_new_space_takes_over(
    app: Flask, other: OtherEmbedder
) -> None:
    old = build.profile(resume_text="Radiology Nurse\n" + ENGLISH.strip())
    db.session.execute(sa.delete(ResumeIndex))
    db.session.execute(sa.delete(ResumePassage).where(ResumePassage.kind == PassageKind.TITLE))
    last = "cardinality(numbers) - 1"
    without = f"UPDATE resume_vectors SET numbers = numbers[1:{last}], embeddings = embeddings[1:{last}]"
    db.session.execute(sa.text(f"{without} WHERE resume_id = (SELECT max(id) FROM resume)"))
    db.session.commit()
    begin(other)
    assert not counted(build.space())
    perform_due(app)
    assert active_model() == "other"
    resume = current_resume(old)
    space = find_active_space()
    assert resume is not None
    assert space is not None
    assert [resume.text[one.starts_at : one.ends_at] for one in resume.titles] == ["Radiology Nurse"]
    assert len(build.vectors_of(resume.id, space.id)) == len(resume.passages) + 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ResumeIndex)) == 41
    assert counted(space)
    assert not counted(build.space())  # the title has no vector in the space before


def counted(space: VectorSpace) -> bool:
    """Say whether people are ranked by titles and words in a space."""
    return pool_of(people(), space.id, space.dimension)[1]


def test_nothing_is_embedded_twice(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    begin(other)
    perform_due(app)
    assert set(other.asked.values()) == {1}
    assert len([text for text in other.asked if "number" in text]) == 80


def test_at_every_moment_one_space_is_active_and_whole(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    seen = []
    while (task_id := next_due()) is not None:
        perform_one(app, task_id)
        seen.append(active_model())
        assert people_without_vector() == 0
        assert all(project_queries.brief_is_read(brief) for brief in queries.unfinished_briefs())
    assert seen == ["fake"] * (len(seen) - 1) + ["other"]


def test_others_see_the_old_space_until_the_change_over_is_committed(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    while active_model() == "fake":
        task_id = next_due()
        assert task_id is not None
        task = db.session.get_one(Task, task_id)
        if (
            task.kind == queries.BRIEFED
            and "after" in task.payload
            and not queries.unfinished_projects(task.payload["after"], 1)
        ):
            break
        perform_one(app, task_id)
    new = db.session.scalars(sa.select(VectorSpace.id).where(VectorSpace.model == "other")).one()
    assert actions.take_over(new)
    with db.engine.connect() as outside:
        seen = sa.select(VectorSpace.model).where(VectorSpace.state == SpaceState.ACTIVE)
        rows = sa.text(
            "SELECT s.model, count(*) FROM matching_row r JOIN vector_space s ON s.id = r.space_id GROUP BY 1"
        )
        assert (outside.scalars(seen).all(), outside.execute(rows).all()) == (["fake"], [("fake", 40)])
        db.session.commit()
        assert (outside.scalars(seen).all(), outside.execute(rows).all()) == (["other"], [("other", 40)])


def test_a_worker_that_dies_in_the_middle_loses_and_doubles_nothing(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    task_id = next_due()
    assert task_id is not None
    perform_one(app, task_id)
    window = db.session.scalars(sa.select(Task).where(Task.kind == queries.WINDOWED).order_by(Task.id).limit(1)).one()
    held = leases.claim(window.id, "killed")
    assert held is not None
    jobs.embed_window(held.payload["id"])
    db.session.rollback()  # what the database does when its client is gone
    long_ago = sa.func.clock_timestamp() - sa.text("interval '1 minute'")
    db.session.execute(sa.update(Task).where(Task.id == window.id).values(lease_until=long_ago))
    db.session.commit()
    given_up = other.asked.copy()
    perform_due(app)
    assert active_model() == "other"
    assert people_without_vector() == 0
    assert set((other.asked - given_up).values()) == {1}


def test_what_is_uploaded_during_the_change_is_in_both_spaces(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    person = build.profile(resume_text="", state=ProfileState.DRAFT)
    resume = profile_actions.upload_resume(person, "cv.txt", ENGLISH.encode(), by=person.account)
    db.session.commit()
    perform_due(app, kinds={"resume.uploaded"})
    assert active_model() == "fake"
    assert resume.state is ResumeState.READY
    assert {len(build.vectors_of(resume.id, space.id)) for space in queries.spaces()} == {
        len(resume.passages + resume.titles)
    }
    perform_due(app)
    assert (active_model(), people_without_vector()) == ("other", 0)
    assert set(other.asked.values()) == {1}


def test_a_resume_that_was_being_read_during_the_change_over_is_in_the_new_space(
    app: Flask, other: OtherEmbedder
) -> None:
    mine = spaces.embed(["Labelled texts."])
    begin(other)
    perform_due(app)
    spaces.hold()
    then = spaces.embed(["Labelled texts."], mine)
    space = find_active_space()
    assert space is not None
    assert {space_id: vectors.shape for space_id, vectors in then.items()} == {space.id: (1, 48)}


def test_a_person_who_comes_to_count_during_the_change_holds_it_up_until_they_are_in(
    app: Flask, other: OtherEmbedder
) -> None:
    begin(other)
    while (task := db.session.get(Task, next_due() or 0)) and task.kind != queries.BRIEFED:
        perform_one(app, task.id)
    late = build.profile(resume_text="Labelled the last of texts.")
    db.session.commit()
    while task := db.session.get(Task, next_due() or 0):
        perform_one(app, task.id)
        if db.session.scalar(sa.select(Task.id).where(Task.kind == queries.PLANNED, Task.state == TaskState.READY)):
            break
    assert active_model() == "fake"
    db.session.execute(sa.update(Task).where(Task.state == TaskState.READY).values(next_run_at=sa.func.now()))
    db.session.commit()
    perform_due(app)
    assert active_model() == "other"
    resume = current_resume(db.session.get_one(AnnotatorProfile, late.id))
    assert resume is not None
    assert people_without_vector() == 0


def test_a_change_that_is_taken_back_is_given_up(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    begin(FakeEmbedder())
    perform_due(app)
    assert (state_of("fake"), state_of("other")) == (SpaceState.ACTIVE, SpaceState.RETIRED)
    assert other.asked == Counter()


def test_going_back_to_a_retired_model_embeds_only_what_it_lacks(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    perform_due(app)
    build.profile(resume_text="")
    fake = OtherEmbedder()
    fake.space = FakeEmbedder.space
    embedder.use(lambda: fake, lambda name: other if name == "other" else None)
    begin(fake)
    perform_due(app)
    assert active_model() == "fake"
    assert fake.asked == Counter()


def test_a_window_that_gives_up_keeps_the_old_space_active(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    task_id = next_due()
    assert task_id is not None
    perform_one(app, task_id)
    window = db.session.scalars(sa.select(Task).where(Task.kind == queries.WINDOWED).order_by(Task.id).limit(1)).one()
    window.state = TaskState.DEAD
    db.session.commit()
    perform_due(app)
    assert active_model() == "fake"
    [view] = [one for one in queries.views() if one.state is SpaceState.BUILDING]
    assert view.stuck == 1
    assert view.progress is not None
    assert 0 < view.progress.total - view.progress.done <= queries.WINDOW


def test_progress_counts_the_people_and_says_how_long_it_takes(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    new = db.session.scalars(sa.select(VectorSpace.id).where(VectorSpace.model == "other")).one()
    assert (queries.progress(new).done, queries.progress(new).total) == (0, 40)
    assert queries.progress(new).time_left is None
    for _ in range(2):
        task_id = next_due()
        assert task_id is not None
        perform_one(app, task_id)
    now = queries.progress(new)
    assert 0 < now.done < now.total == 40
    assert now.time_left is not None


def test_while_the_old_model_is_gone_what_is_new_waits_for_the_change_over(app: Flask, other: OtherEmbedder) -> None:
    embedder.use(lambda: other, lambda name: None)
    begin(other)
    perform_due(app)
    assert (active_model(), people_without_vector()) == ("other", 0)


def test_only_a_retired_space_can_be_dropped(app: Flask, other: OtherEmbedder) -> None:
    begin(other)
    perform_due(app)
    old, new = queries.spaces()
    with pytest.raises(Refused, match="only the vectors of a retired space"):
        actions.drop(new.id)
    assert actions.drop(old.id) > 80
    db.session.commit()
    assert people_without_vector() == 0
