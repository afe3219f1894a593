from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations import actions, queries
from marketplace.invitations.rules import InvitationState
from marketplace.matches import actions as matching_actions
from marketplace.matches import queries as match_queries
from marketplace.matches.models import Match, MatchRun
from marketplace.matches.replaying import replay
from marketplace.matches.rules import NOT_INVITED
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project, TextVector
from matching.vocabulary import Cefr
from tests import build

pytestmark = pytest.mark.usefixtures("app")

CHINESE = {"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}
SENTIMENT = "Sentiment annotation of Chinese product reviews, with guidelines of my own."
COOKING = "Prepared cold dishes for a hotel kitchen and ordered vegetables every morning."


def speaks_chinese(level: Cefr, text: str = SENTIMENT, **options: Any):
    languages = (("en", Cefr.C1, Cefr.C1, False), ("zh", level, level, False))
    return build.profile(languages=languages, resume_text=text, **options)


def matches_of(run: MatchRun) -> dict[int, Match]:
    return {match.profile_id: match for match in db.session.scalars(sa.select(Match).where(Match.run_id == run.id))}


def wish_of(match: Match) -> dict[str, Any]:
    return next(part for part in match.parts if part["kind"] == "wish")


def run_for(project: Project, by: Account | None = None) -> MatchRun:
    db.session.commit()  # a run sees what was committed before it
    run = matching_actions.make_match_run(project, by or build.manager(project.organisation))
    db.session.commit()
    return run


def test_who_passes_the_gates_is_ranked_by_what_the_resume_says() -> None:
    cook, annotator = speaks_chinese(Cefr.C2, COOKING), speaks_chinese(Cefr.C1)
    project = build.project(gates=[CHINESE], wishes=("Sentiment annotation in Chinese",))
    matches = matches_of(run_for(project))
    assert matches[annotator.id].rank == 1
    assert matches[cook.id].rank == 2


def test_everybody_considered_is_kept_with_the_gate_that_kept_them_out() -> None:
    beginner, silent = speaks_chinese(Cefr.A2), build.profile(languages=())
    run = run_for(build.project(gates=[CHINESE]))
    matches = matches_of(run)
    assert (run.considered, run.eligible) == (2, 0)
    assert matches[beginner.id].rank is None
    assert matches[beginner.id].gates[0]["outcome"] == "fail"
    assert "A2" in matches[beginner.id].gates[0]["fact"]
    assert matches[silent.id].gates[0]["outcome"] == "unknown"


@pytest.mark.parametrize("state", [state for state in ProfileState if state is not ProfileState.QUALIFIED])
def test_only_qualified_people_are_considered(state: ProfileState) -> None:
    reason = {"rejection_reason": "duplicate_account"} if state is ProfileState.REJECTED else {}
    speaks_chinese(Cefr.C2, state=state, **reason)
    assert run_for(build.project()).considered == 0


def test_somebody_who_pauses_is_not_considered() -> None:
    speaks_chinese(Cefr.C2, paused=True)
    assert run_for(build.project()).considered == 0


def test_parts_add_up_to_the_score_and_quotes_are_exact() -> None:
    person = speaks_chinese(Cefr.C2)
    project = build.project(wishes=("Sentiment annotation", "Guidelines", "Radiology reports of hospitals"))
    match = matches_of(run_for(project))[person.id]
    assert sum(part["score"] for part in match.parts) == match.score
    found = [part for part in match.parts if part["quote"]]
    assert found
    for part in found:
        assert SENTIMENT[part["span"]["start"] : part["span"]["end"]] == part["quote"]
        assert part["span"]["page"] == 1


def test_a_wish_that_nothing_supports_says_so() -> None:
    person = speaks_chinese(Cefr.C2, COOKING)
    match = matches_of(run_for(build.project(wishes=("Quantum chromodynamics",))))[person.id]
    assert (wish_of(match)["quote"], wish_of(match)["span"]) == ("", None)


def test_a_run_is_used_again_until_a_fact_changes() -> None:
    person = speaks_chinese(Cefr.B1)
    project = build.project(gates=[CHINESE])
    first = run_for(project)
    assert run_for(project).id == first.id
    person.languages[1].written = Cefr.C2
    db.session.commit()
    second = run_for(project)
    assert second.id != first.id
    assert (first.eligible, second.eligible) == (0, 1)


def test_a_new_resume_or_a_moved_band_makes_a_new_run() -> None:
    person = speaks_chinese(Cefr.C2, min_rate_minor=2000)
    project = build.project()
    first = run_for(project)
    person_resume = db.session.scalars(sa.text("UPDATE resume SET is_current = false RETURNING id")).one()
    build.resume(person, COOKING)
    db.session.commit()
    second = run_for(project)
    assert matches_of(second)[person.id].resume_id != person_resume
    project.rate_top_minor = 1900
    db.session.commit()
    third = run_for(project)
    assert len({first.id, second.id, third.id}) == 3
    assert third.eligible == 0


def test_nobody_is_ranked_while_a_wish_is_still_being_read() -> None:
    project = build.project()
    db.session.execute(sa.delete(TextVector))
    with pytest.raises(Refused, match="being read"):
        matching_actions.make_match_run(project, build.account())


def test_a_project_without_wishes_ranks_by_its_title_and_text() -> None:
    cook, annotator = speaks_chinese(Cefr.C1, COOKING), speaks_chinese(Cefr.C1)
    project = build.project(wishes=(), title="Sentiment annotation", description="Judge Chinese product reviews.")
    matches = matches_of(run_for(project))
    assert (matches[annotator.id].rank, matches[cook.id].rank) == (1, 2)


def test_of_people_with_the_same_resume_whoever_states_more_years_comes_first() -> None:
    beginner, veteran = speaks_chinese(Cefr.C1), speaks_chinese(Cefr.C1)
    beginner.experiences[0].years, veteran.experiences[0].years = 1, 12
    matches = matches_of(run_for(build.project()))
    assert matches[veteran.id].rank == 1
    (part,) = [part for part in matches[veteran.id].parts if part["kind"] == "experience"]
    assert (part["years"], part["fact"]) == (12, "12 years stated over all kinds")


def test_a_manager_reads_quotes_without_names_and_contacts() -> None:
    text = "Mei Chen, mei@example.org: sentiment annotation of Chinese reviews since 2019"
    person = speaks_chinese(Cefr.C2, text, name="Mei Chen")
    project = build.project(wishes=("sentiment annotation of Chinese reviews",))
    proposal = queries.proposals(run_for(project), project, range(1, 50 + 1))[0]
    assert wish_of(proposal.match)["quote"] == text
    covered = next(part["quote"] for part in proposal.match.covered_parts if part["kind"] == "wish")
    assert "Mei" not in covered
    assert "mei@example.org" not in covered
    assert "sentiment annotation" in covered
    assert proposal.match.profile_id == person.id


def test_gates_are_counted_by_the_people_they_keep_out() -> None:
    for level in (Cefr.A1, Cefr.B2, Cefr.C1):
        speaks_chinese(level)
    build.profile(languages=())
    project = build.project(gates=[CHINESE])
    run = run_for(project)
    counted = {(one.outcome, one.people) for one in match_queries.gated_out(run)}
    assert counted == {("fail", 2), ("unknown", 1)}
    failing, unknown = match_queries.kept_out(run, most=50)
    assert (len(failing), len(unknown)) == (2, 1)


def test_a_page_of_matches_costs_the_same_queries_for_one_as_for_many(app: Flask) -> None:
    project = build.project(gates=[CHINESE])

    def cost() -> int:
        run = run_for(project)
        db.session.expire_all()
        counted: list[str] = []

        def note(*args: object) -> None:
            counted.append(str(args[2]))

        sa.event.listen(db.engine, "before_cursor_execute", note)
        shown = queries.proposals(run, project, range(1, 50 + 1))
        assert all(proposal.match.covered_parts for proposal in shown)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(counted)

    speaks_chinese(Cefr.C2)
    one = cost()
    for _ in range(5):
        speaks_chinese(Cefr.C2)
    assert cost() <= one
    assert one <= 12


def test_a_run_tells_when_and_by_whom_it_was_asked_for() -> None:
    manager = build.account()
    with clock.at(clock.now() - timedelta(days=2)):
        run = matching_actions.make_match_run(build.project(), manager)
    assert run.requested_by == manager.id
    assert run.made_at < clock.now() - timedelta(days=1)


def test_who_is_invited_already_is_kept_out_of_the_next_run_and_told_so() -> None:
    invited, other = speaks_chinese(Cefr.C2), speaks_chinese(Cefr.C1)
    project = build.project(gates=[CHINESE])
    first = run_for(project)
    (invitation,) = actions.invite(project, [matches_of(first)[invited.id].id], build.manager()).made
    other.weekly_minutes = 600  # a fact that changes makes a new run
    second = run_for(project)
    assert (first.eligible, second.eligible) == (2, 1)
    match = matches_of(second)[invited.id]
    assert match.rank is None
    assert match.gates[-1]["outcome"] == "fail"
    assert (match_queries.gated_out(second)[0].words, match_queries.gated_out(second)[0].people) == (NOT_INVITED, 1)
    invitation.state = InvitationState.EXPIRED
    db.session.commit()
    assert replay(second.id).differences == []
