"""The writes of matching: a run over everybody with its log, and the words for those who are shown."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from marketplace import __version__, audit
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.matches import facts, queries
from marketplace.matches.keeping import keep_log, keep_matches
from marketplace.matches.models import Match, MatchRun
from marketplace.matches.people import people, people_as_of
from marketplace.matches.rules import KEPT_OUT_KEPT, MATCHES_ON_A_PAGE
from marketplace.matches.runs import erased_row, kept_out, rank_people, worded
from marketplace.matches.search import FAIL, PASS, Outcomes, outcomes, shortlist, shortlist_size
from marketplace.profiles.queries import find_active_space
from marketplace.projects.models import Project
from marketplace.projects.queries import brief_is_read, brief_of
from marketplace.searches import queries as search_queries
from marketplace.searches.models import PeopleSearch
from matching import configuration
from matching.briefs import Brief
from matching.gates import GateNode, node_to_spec, nodes_from_specs

BRIEF_UNREAD = "The wishes of this project are being read; this takes a few seconds. Try again then."
# How often to look anew when somebody's facts change while they are read.
TRIES = 3


def make_match_run(project: Project, by: Account, search: PeopleSearch | None = None) -> MatchRun:
    """Return a ranking of everybody for *project*: the last one where nothing it rests on has changed, else a new one.

    *search*: by that instead of the wishes of the project; the gates stay.
    Raises Refused while a text of the brief has no vector yet.
    """
    brief = brief_of(project) if search is None else search_queries.brief_of(search)
    if not brief_is_read(brief):
        raise Refused(BRIEF_UNREAD)
    space = find_active_space()
    nodes = facts.gates_of(project)
    rests_on = {
        "search_id": search.id if search else None,
        "version_id": project.requirements.id,
        "space_id": space.id if space else None,
        "code_version": __version__,
        "brief": json.loads(json.dumps(asdict(brief))),
        "gates": [node_to_spec(node) for node in nodes],
    }
    last = queries.find_last_run(project, rests_on["search_id"])
    same = last is not None and all(getattr(last, name) == value for name, value in rests_on.items())
    same = same and last is not None and last.weights.get("mark") == configuration.mark()
    if last is not None and same and not queries.changed_since(last.snapshot):
        audit.record("match_run.seen", "match_run", last.id, actor_id=by.id)
        return last
    return _new_run(project, brief, nodes, rests_on, by)


def _new_run(
    project: Project, brief: Brief, nodes: Sequence[GateNode], rests_on: Mapping[str, Any], by: Account
) -> MatchRun:
    for _ in range(TRIES):
        found = outcomes(nodes, invited_to=project.id)
        chosen = people(_scored(project, found, brief, nodes, rests_on["space_id"]))
        shown_out = _shown_out(found)
        others = people([profile_id for ids in shown_out.values() for profile_id in ids])
        if not queries.changed_since(found.snapshot, but_own=True):
            break
    ranked = rank_people(brief, chosen, rests_on["space_id"])
    counts = {"considered": found.considered, "eligible": len(found.eligible), "scored": len(ranked.ranking)}
    rests_on = {**rests_on, "weights": ranked.rests_on, "snapshot": found.snapshot}
    run = MatchRun(project_id=project.id, requested_by=by.id, **counts, **rests_on)
    db.session.add(run)
    db.session.flush()
    first = range(1, min(len(ranked.ranking), MATCHES_ON_A_PAGE) + 1)
    rows = worded(nodes, chosen, ranked, first)
    rows += kept_out(nodes, others, list(others), invited=_invited(found))
    keep_matches(run, rows)
    keep_log(run, found, ranked.ranking)
    audit.record("match_run.made", "match_run", run.id, actor_id=by.id, **counts)
    return run


def _scored(
    project: Project, found: Outcomes, brief: Brief, nodes: Sequence[GateNode], space_id: int | None
) -> list[int]:
    """Return who is ranked: everybody who passes or, of very many, those whose passages come nearest to the brief."""
    eligible: list[int] = found.eligible.tolist()
    most = shortlist_size(len(eligible))
    if len(eligible) <= most or space_id is None:
        return eligible
    passing = set(eligible)
    nearest = shortlist(nodes, facts.first_vector_of(brief, space_id), most, not_invited_to=project.id)
    return [one.profile_id for one in nearest if one.profile_id in passing]


def _shown_out(found: Outcomes) -> dict[bool, list[int]]:
    """Return some of those whom a gate keeps out: by whether one fails, or something is only unknown."""
    out = {word: ids for word, ids in found.people.items() if set(word) - {PASS}}
    return {
        fails: sorted(
            islice((int(one) for word, ids in out.items() if (FAIL in word) is fails for one in ids), KEPT_OUT_KEPT)
        )
        for fails in (True, False)
    }


def _invited(found: Outcomes) -> set[int]:
    """Return who holds an invitation or an engagement already, as the last letter of an outcome says."""
    return {one for word, ids in found.people.items() if word.endswith(FAIL) for one in ids.tolist()}


def ensure_worded(run: MatchRun, ranks: Collection[int]) -> None:
    """See to it that whoever stands on *ranks* (1 to those scored) has a row of their own.

    The words rest on the people as the run saw them; of those erased since, the log's numbers alone are left.
    """
    missing = sorted(set(ranks) - queries.worded_ranks(run, ranks))
    if not missing:
        return
    people, again = queries.computed_again(run)
    placed = queries.places(run, missing)
    there = {profile_id: place for place, profile_id in enumerate(again.ranking.ids.tolist(), start=1)}
    found = [there[profile_id] for profile_id in placed if profile_id in there]
    rows = [
        row | {"rank": placed.pop(row["profile_id"])[0]}
        for row in worded(nodes_from_specs(run.gates), people, again, found)
    ]
    keep_matches(run, rows + [erased_row(profile_id, *place) for profile_id, place in placed.items()])


def match_for(project: Project, profile_id: int, by: Account) -> Match:
    """Return what the ranking of today says of one person, in words; of whom a gate keeps out, without a place.

    Raises Refused as `make_match_run`, and Missing when the person cannot be matched.
    """
    run = make_match_run(project, by)
    if found := queries.find_match(run, profile_id):
        return found
    if rank := queries.find_rank(run, profile_id):
        ensure_worded(run, [rank])
    else:
        person = people_as_of(run.snapshot, [profile_id]) or people([profile_id])
        keep_matches(run, kept_out(nodes_from_specs(run.gates), person, list(person), invited=()))
    return queries.get_match(run, profile_id)
