"""The open projects as somebody looks for them: by language, experience, rate, and by whether they pass every gate."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH

from marketplace import web
from marketplace.db import db
from marketplace.matches import facts
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project, RequirementVersion
from matching.eligibility import judge, passes
from matching.gates import GateNode, RateGate, nodes_from_specs

# So many are judged at once while a page of those is filled whose gates somebody passes.
JUDGED_AT_ONCE = 250


def newest_gates() -> sa.ScalarSelect[Any]:
    """Return the gates of the newest requirements of each project of a statement, as a column of it."""
    newest = sa.select(RequirementVersion.gates).where(RequirementVersion.project_id == Project.id)
    return newest.order_by(RequirementVersion.number.desc()).limit(1).correlate(Project).scalar_subquery()


def nodes_of(gates: str, rate_top_minor: int, currency: str) -> tuple[GateNode, ...]:
    """Return the gates of a project, written as JSON, and that people work for a rate within its band."""
    return (*_nodes(gates), RateGate(rate_top_minor, currency))


# To read the gates of a thousand projects takes longer than to judge them, and requirements never change.
@lru_cache(maxsize=4_096)
def _nodes(gates: str) -> tuple[GateNode, ...]:
    return tuple(nodes_from_specs(json.loads(gates)))


def narrowed(query: Mapping[str, Any]) -> sa.Select[Any]:
    """Return the open projects that ask for a *language* (in any variety) and a *kind* of experience, and pay enough.

    A language or kind counts wherever it is asked for, in groups too.  Of bands in another currency than that of
    *rate_at_least_minor* none is known to reach it.
    """
    statement = project_queries.open_projects()
    if query.get("language"):
        primary = query["language"].split("-")[0]
        statement = statement.where(_asks(f'@.gate == "language" && @.tag like_regex "^{primary}(-|$)"'))
    if query.get("kind"):
        statement = statement.where(_asks(f'@.gate == "experience" && @.kind == "{query["kind"]}"'))
    if query.get("rate_at_least_minor") is not None:
        statement = statement.where(
            Project.rate_top_minor >= query["rate_at_least_minor"], Project.currency == query["currency"]
        )
    return statement


def _asks(condition: str) -> sa.ColumnElement[bool]:
    """Return that some gate fulfils *condition*, which holds words of closed lists only, never what somebody typed."""
    return sa.func.jsonb_path_exists(newest_gates(), sa.cast(f"$.** ? ({condition})", JSONPATH), type_=sa.Boolean)


def page_of(query: Mapping[str, Any], profile: AnnotatorProfile | None = None, *, whole: bool = True) -> dict[str, Any]:
    """Return one page of open projects as they are shown; with *profile* only those whose gates all pass.

    Not *whole*: without wishes and rate cards.
    """
    statement = narrowed(query)
    if profile is not None:
        statement = statement.where(Project.id.in_(_passed(statement, query, profile)))
    page = web.listed(statement, Project.id, query)
    page["items"] = project_queries.views(page["items"], whole=whole)
    return page


def _passed(statement: sa.Select[Any], query: Mapping[str, Any], profile: AnnotatorProfile) -> list[int]:
    """Return the projects of one page, and one more, whose gates all pass: judged in batches until there are enough."""
    candidate = facts.candidate_of(profile)
    oldest_first, after = query.get("sort") is web.Newest.LAST, query["cursor"]
    found: list[int] = []
    while len(found) <= query["limit"]:
        batch = _batch(statement, after, oldest_first)
        found += [
            project_id
            for project_id, top_minor, currency, gates in batch
            if passes(judge(nodes_of(gates, top_minor, currency), candidate))
        ]
        if len(batch) < JUDGED_AT_ONCE:
            break
        after = batch[-1][0]
    return found


def _batch(statement: sa.Select[Any], after: int | None, oldest_first: bool) -> list[tuple[int, int, str, str]]:
    columns = (Project.id, Project.rate_top_minor, Project.currency, sa.cast(newest_gates(), sa.Text))
    chosen = statement.options(sa.orm.lazyload("*")).with_only_columns(*columns)
    if after is not None:
        chosen = chosen.where(Project.id > after if oldest_first else Project.id < after)
    order = Project.id if oldest_first else Project.id.desc()
    rows = db.session.execute(chosen.order_by(order).limit(JUDGED_AT_ONCE))
    return [(project_id, minor, currency, gates) for project_id, minor, currency, gates in rows]
