"""The history of match runs: who asked for each, who looked at it, what it rested on; and the scores in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.matches.models import Match, MatchLog, MatchRun
from marketplace.profiles.models import AnnotatorProfile, VectorSpace
from marketplace.projects.models import Project

MOST_COMPARED = 4
LOOKED = ("match_run.made", "match_run.seen")


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who looked at a run, and when last."""

    name: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with who asked for it, who looked at it, and the model of its vectors (None: none were needed)."""

    run: MatchRun
    asked_by: str
    looks: tuple[Look, ...]
    space: VectorSpace | None


def runs_of(project: Project) -> sa.Select[Any]:
    """Return every run for *project*."""
    return (
        sa.select(MatchRun)
        .where(MatchRun.project_id == project.id)
        .options(joinedload(MatchRun.version), joinedload(MatchRun.search), joinedload(MatchRun.space))
    )


def get_run(project: Project, run_id: int) -> MatchRun:
    """Return a run for *project*; raises Missing."""
    found: MatchRun | None = db.session.scalar(runs_of(project).where(MatchRun.id == run_id))
    if found is None:
        raise Missing
    return found


def run_views(runs: Collection[MatchRun]) -> list[RunView]:
    """Return *runs* as they are shown, with one or two queries however many there are."""
    looks, names = _looks([run.id for run in runs])
    # Who made a run has looked at it, too; only of runs from elsewhere somebody is left to be named.
    if unnamed := {run.requested_by for run in runs} - names.keys():
        names |= _names(unnamed)
    return [
        RunView(
            run,
            names.get(run.requested_by, "–"),
            tuple(Look(names.get(who, "–"), at) for who, at in looks.get(run.id, {}).items()),
            run.space,
        )
        for run in runs
    ]


def _looks(run_ids: Collection[int]) -> tuple[dict[int, dict[int, datetime]], dict[int, str]]:
    """Return by run who looked at it and when last, the first to look first, and the names of them all."""
    statement = (
        sa.select(AuditEvent.object_id, Account.id, Account.name, Account.email, sa.func.max(AuditEvent.happened_at))
        .join(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.object_kind == "match_run", AuditEvent.object_id.in_(run_ids), AuditEvent.action.in_(LOOKED))
        .group_by(AuditEvent.object_id, Account.id)
        .order_by(sa.func.min(AuditEvent.id))
    )
    found: dict[int, dict[int, datetime]] = {}
    names: dict[int, str] = {}
    for run_id, account_id, name, email, last_at in db.session.execute(statement):
        if run_id is not None:
            found.setdefault(run_id, {})[account_id] = last_at
            names[account_id] = name or email
    return found, names


def _names(account_ids: Collection[int]) -> dict[int, str]:
    statement = sa.select(Account.id, Account.name, Account.email).where(Account.id.in_(account_ids))
    return {account_id: name or email for account_id, name, email in db.session.execute(statement)}


def compared(project: Project, match_ids: Sequence[int]) -> list[tuple[Match, MatchRun]]:
    """Return up to MOST_COMPARED ranked matches of *project* with their runs, best first; others are left out."""
    statement = (
        sa.select(Match, MatchRun)
        .join(MatchRun, MatchRun.id == Match.run_id)
        .where(Match.id.in_(match_ids), MatchRun.project_id == project.id, Match.rank.is_not(None))
        .options(joinedload(Match.profile).joinedload(AnnotatorProfile.account))
        .order_by(MatchRun.id, Match.rank)
    )
    return [(match, run) for match, run in db.session.execute(statement.limit(MOST_COMPARED))]


def scores_of(run: MatchRun, told: Sequence[float] | None = None) -> list[float]:
    """Return the scores of everybody ranked in *run*, best first; *told*: those of its log, where they are known."""
    if told is None:
        logged = db.session.scalars(sa.select(MatchLog.scores).where(MatchLog.run_id == run.id, MatchLog.ranked))
        told = [score for scores in logged for score in scores or ()]
    scores = list(told)
    if not scores:
        kept = sa.select(Match.score).where(Match.run_id == run.id, Match.rank.is_not(None))
        scores = [score for score in db.session.scalars(kept) if score is not None]
    return sorted(scores, reverse=True)
