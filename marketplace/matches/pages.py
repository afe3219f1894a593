"""Matches side by side, and the history of match runs, as managers see them in the browser."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import audit, web
from marketplace.accounts.access import current_account
from marketplace.matches import history, queries
from marketplace.matches.asking import questions_for
from marketplace.matches.models import MatchRun
from marketplace.matches.reach import reach
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.matches.similar import similar_people, similar_projects
from marketplace.matches.telling import tell
from marketplace.projects.queries import get_project
from matching.gates import nodes_from_specs

blueprint = Blueprint("matches", __name__)


# Pages of the features below show what only this one knows: they ask for it by these names.
blueprint.add_app_template_global(questions_for, "questions_for")
blueprint.add_app_template_global(similar_projects, "near_projects")
blueprint.add_app_template_global(lambda specs: reach(nodes_from_specs(specs)), "reach_of")

KEPT_OUT_SHOWN = 50
LONGEST_ID = 18


@blueprint.get("/projects/<int:project_id>/matches/compare")
def compare(project_id: int) -> ResponseReturnValue:
    """Show up to three matches side by side: ``ids`` once for each, or with commas."""
    project = get_project(project_id, current_account())
    words = ",".join(request.args.getlist("ids")).split(",")
    chosen = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) <= LONGEST_ID]
    found = history.compared(project, chosen)
    above = {run_id: history.scores_of(run) for run_id, run in {run.id: run for _, run in found}.items()}
    told = [tell(match, of=run.eligible, above=above[run.id][: (match.rank or 1) - 1]) for match, run in found]
    return web.page("matches/compare.html", project=project, told=told, most=history.MOST_COMPARED, asked=len(chosen))


@blueprint.get("/projects/<int:project_id>/matches/runs")
def runs(project_id: int) -> ResponseReturnValue:
    """List the runs for a project, newest first."""
    project = get_project(project_id, current_account())
    page = web.listed(history.runs_of(project), MatchRun.id, web.list_query())
    older = url_for("matches.runs", project_id=project_id, cursor=page["next_cursor"]) if page["next_cursor"] else ""
    return web.page("matches/runs.html", project=project, views=history.run_views(page["items"]), older_url=older)


@blueprint.get("/projects/<int:project_id>/matches/<int:run_id>")
def run(project_id: int, run_id: int) -> ResponseReturnValue:
    """Show one run as it was, and note who looked."""
    account = current_account()
    project = get_project(project_id, account)
    found = history.get_run(project, run_id)
    audit.record("match_run.seen", "match_run", found.id, actor_id=account.id)
    web.commit()
    gated_out, told = queries.logged(found)
    scores = history.scores_of(found, told)
    failing, unknown = queries.kept_out(found, most=KEPT_OUT_SHOWN)
    ranked = queries.ranked(found, after=0, most=MATCHES_ON_A_PAGE)
    return web.page(
        "matches/run.html",
        project=project,
        view=history.run_views([found])[0],
        told=[tell(match, of=found.eligible, above=scores[: (match.rank or 1) - 1]) for match in ranked],
        gated_out=gated_out,
        failing=[tell(one, of=found.eligible) for one in failing],
        unknown=[tell(one, of=found.eligible) for one in unknown],
    )


@blueprint.get("/projects/<int:project_id>/matches/similar/<int:match_id>")
def similar(project_id: int, match_id: int) -> ResponseReturnValue:
    """Show who passes every gate of a project and has a résumé near to that of one match."""
    project = get_project(project_id, current_account())
    ((match, _),) = queries.chosen_matches(project, [match_id], facts=False)
    return web.page("matches/similar.html", project=project, match=match, near=similar_people(match.profile, project))
