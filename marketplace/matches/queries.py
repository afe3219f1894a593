"""The reads of match runs and their log."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.matches.models import Match, MatchLog, MatchRun
from marketplace.matches.people import Person, people_as_of
from marketplace.matches.rows import MatchingPast, MatchingRow, PgSnapshot
from marketplace.matches.rules import NOT_INVITED
from marketplace.matches.runs import RankedPeople, rank_people
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import FACTS
from marketplace.projects.models import Project
from matching.briefs import Brief
from matching.gates import node_in_words, nodes_from_specs
from matching.vocabulary import GateOutcome

FAILED = [{"outcome": str(GateOutcome.FAIL)}]
UNKNOWN = [{"outcome": str(GateOutcome.UNKNOWN)}]
# The letters of the log for what does not pass.
OUT = {"f": str(GateOutcome.FAIL), "u": str(GateOutcome.UNKNOWN)}


@dataclass(frozen=True, slots=True)
class GatedOut:
    """How many people one gate keeps out (or, unknown, would have to be asked)."""

    words: str
    outcome: str
    people: int


def find_last_run(project: Project, search_id: int | None = None) -> MatchRun | None:
    """Return the newest run for the wishes of *project*, or for a search among its people."""
    runs = sa.select(MatchRun).where(
        MatchRun.project_id == project.id, MatchRun.search_id.is_not_distinct_from(search_id)
    )
    return db.session.scalar(runs.order_by(MatchRun.id.desc()).limit(1))


def ranked(run: MatchRun, *, after: int, most: int) -> list[Match]:
    """Return up to *most* people who pass every gate, best first, beginning behind rank *after*."""
    return list(db.session.scalars(_matches(run).where(Match.rank > after).order_by(Match.rank).limit(most)))


def ranked_at(run: MatchRun, ranks: Collection[int]) -> list[Match]:
    """Return the people on some places, best first."""
    whole = _matches(run).options(joinedload(Match.profile).options(*FACTS))
    return list(db.session.scalars(whole.where(Match.rank.in_(ranks)).order_by(Match.rank)))


def kept_out(run: MatchRun, *, most: int) -> tuple[list[Match], list[Match]]:
    """Return people whom a gate keeps out, and those whom only something unsaid keeps out, *most* of each."""
    fails = Match.gates.contains(FAILED)
    out = sa.select(Match.id).where(Match.run_id == run.id, Match.rank.is_(None)).order_by(Match.id).limit(most)
    lists = [out.where(fails).subquery(), out.where(Match.gates.contains(UNKNOWN) & ~fails).subquery()]
    both = sa.union_all(*(sa.select(one.c.id) for one in lists))
    found = db.session.execute(
        _matches(run).add_columns(fails.label("fails")).where(Match.id.in_(both)).order_by(Match.id)
    ).all()
    return [match for match, failed in found if failed], [match for match, failed in found if not failed]


def find_match(run: MatchRun, profile_id: int) -> Match | None:
    """Return the words of *run* about one person, or None where it has none."""
    return db.session.scalar(_matches(run).where(Match.profile_id == profile_id))


def get_match(run: MatchRun, profile_id: int) -> Match:
    """Return the words of *run* about one person; raises Missing where it has none."""
    found = find_match(run, profile_id)
    if found is None:
        raise Missing
    return found


def last_words(project_ids: Collection[int], profile_ids: Collection[int]) -> dict[tuple[int, int], Match]:
    """Return the words of the newest runs for some projects about some people, by project and profile."""
    newest = sa.select(sa.func.max(MatchRun.id)).where(
        MatchRun.project_id.in_(project_ids), MatchRun.search_id.is_(None)
    )
    statement = (
        sa.select(MatchRun.project_id, Match)
        .join(MatchRun, MatchRun.id == Match.run_id)
        .where(Match.run_id.in_(newest.group_by(MatchRun.project_id)), Match.profile_id.in_(profile_ids))
        .options(joinedload(Match.profile).joinedload(AnnotatorProfile.account))
    )
    return {(project_id, match.profile_id): match for project_id, match in db.session.execute(statement)}


def find_rank(run: MatchRun, profile_id: int) -> int | None:
    """Return the place of one person among the ranked, from 1, or None."""
    place = sa.func.array_position(MatchLog.profile_ids, sa.cast(profile_id, sa.BigInteger))
    return db.session.scalar(sa.select(place).where(MatchLog.run_id == run.id, MatchLog.ranked))


def gated_out(run: MatchRun) -> list[GatedOut]:
    """Return how many people each gate of *run* keeps out, the strictest gate first."""
    return logged(run)[0]


def logged(run: MatchRun) -> tuple[list[GatedOut], list[float]]:
    """Return whom the gates of *run* keep out, as :func:`gated_out` does, and the scores of the ranked, as logged."""
    size = sa.func.cardinality(MatchLog.profile_ids)
    scores = sa.case((MatchLog.ranked, MatchLog.scores))
    log = db.session.execute(sa.select(MatchLog.outcomes, size, scores).where(MatchLog.run_id == run.id)).all()
    rows = [(outcomes, people) for outcomes, people, _ in log]
    words = [*(node_in_words(node) for node in nodes_from_specs(run.gates)), NOT_INVITED]
    counts: Counter[tuple[str, str]] = Counter()
    for outcomes, people in rows:
        for gate, letter in zip(words, outcomes, strict=False):
            if letter in OUT:
                counts[gate, OUT[letter]] += people
    found = [GatedOut(gate, outcome, people) for (gate, outcome), people in counts.items()]
    told = [score for _, _, some in log for score in some or ()]
    return sorted(found, key=lambda one: (-one.people, one.words, one.outcome)), told


def changed_since(snapshot: str, *, but_own: bool = False) -> bool:
    """Return whether anybody's facts have changed since *snapshot*; *but_own*: by others than this transaction."""
    seen = sa.cast(snapshot, PgSnapshot)
    changes = []
    for transaction in (MatchingRow.made_in, MatchingPast.ended_in):
        change = sa.select(sa.literal(1)).where(
            transaction >= sa.func.pg_snapshot_xmin(seen), ~sa.func.pg_visible_in_snapshot(transaction, seen)
        )
        if but_own:
            change = change.where(transaction.is_distinct_from(sa.func.pg_current_xact_id_if_assigned()))
        changes.append(change.exists())
    return bool(db.session.scalar(sa.select(sa.or_(*changes))))


def worded_ranks(run: MatchRun, ranks: Collection[int]) -> set[int]:
    """Return which of *ranks* have a row of their own."""
    there = sa.select(Match.rank).where(Match.run_id == run.id, Match.rank.in_(ranks))
    return {rank for rank in db.session.scalars(there) if rank is not None}


def places(run: MatchRun, ranks: Collection[int]) -> dict[int, tuple[int, float]]:
    """Return rank and score, as logged, of those who stand on *ranks*, by profile, best first."""
    logged = sa.func.unnest(MatchLog.profile_ids, MatchLog.scores)
    placed = logged.table_valued("profile_id", "score", with_ordinality="rank", name="placed").render_derived()
    rows = (
        sa.select(placed.c.profile_id, placed.c.rank, placed.c.score)
        .select_from(sa.join(MatchLog, placed, sa.true()))
        .where(MatchLog.run_id == run.id, MatchLog.ranked, placed.c.rank.in_(ranks))
        .order_by(placed.c.rank)
    )
    return {profile_id: (rank, score) for profile_id, rank, score in db.session.execute(rows)}


def erased_among(profile_ids: Collection[int]) -> set[int]:
    """Return which of these people were erased."""
    erased = sa.select(AnnotatorProfile.id).join(AnnotatorProfile.account).where(Account.erased_at.is_not(None))
    return set(db.session.scalars(erased)) & set(profile_ids)


def computed_again(run: MatchRun) -> tuple[dict[int, Person], RankedPeople]:
    """Return the people that *run* ranked, as it saw them, and their order computed anew.

    Raises Missing when nobody was ranked, or a text of the brief that is compared now has no vector.
    """
    ids = db.session.scalar(sa.select(MatchLog.profile_ids).where(MatchLog.run_id == run.id, MatchLog.ranked))
    if ids is None:
        raise Missing
    people = people_as_of(run.snapshot, ids)
    return people, rank_people(brief_of(run), people, run.space_id, counted=run.weights.get("counted", False))


def brief_of(run: MatchRun) -> Brief:
    """Return what *run* looked for."""
    return Brief(run.brief["title"], tuple(run.brief["wishes"]), run.brief["text"])


def chosen_matches(project: Project, match_ids: Collection[int], *, facts: bool = True) -> list[tuple[Match, MatchRun]]:
    """Return matches of *project* with their runs, best first; raises Missing when one of them is not there.

    *facts*: those of the people are looked at afterwards.
    """
    statement = (
        sa.select(Match, MatchRun)
        .join(MatchRun, MatchRun.id == Match.run_id)
        .where(Match.id.in_(match_ids), MatchRun.project_id == project.id, Match.rank.is_not(None))
        .options(joinedload(Match.profile).options(*(FACTS if facts else ())))
        .order_by(MatchRun.id, Match.rank)
    )
    found = [(match, run) for match, run in db.session.execute(statement)]
    if len(found) != len(set(match_ids)):
        raise Missing
    return found


def _matches(run: MatchRun) -> sa.Select[Match]:
    whole = joinedload(Match.profile).joinedload(AnnotatorProfile.account)
    return sa.select(Match).where(Match.run_id == run.id).options(whole)
