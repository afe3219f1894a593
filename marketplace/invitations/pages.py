"""Matches and invitations as managers and annotators see them in the browser."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.db import db
from marketplace.invitations import actions, choosing, queries
from marketplace.invitations.models import Invitation
from marketplace.invitations.narrowing import Narrowing, ranks
from marketplace.invitations.rules import DECLINE_WORDS, OPEN, SHOW_WORDS, Show, may_reopen, time_left
from marketplace.invitations.schemas import DeclineShape, InviteShape, PageQuery, TopShape, narrowing_form
from marketplace.matches import actions as matching_actions
from marketplace.matches import history
from marketplace.matches import queries as match_queries
from marketplace.matches.models import MatchRun
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.matches.telling import tell
from marketplace.projects.models import Project
from marketplace.projects.queries import brief_is_read, brief_of, get_project
from marketplace.searches.actions import have_read
from marketplace.searches.models import PeopleSearch
from marketplace.searches.queries import get_search, latest_searches
from marketplace.searches.queries import is_read as search_is_read
from marketplace.words import say, say_of

blueprint = Blueprint("invitations", __name__)

KEPT_OUT_SHOWN = 50
MOST_REASONS = 5
SEARCHES_SHOWN = 5


@blueprint.get("/projects/<int:project_id>/matches")
def matches(project_id: int) -> ResponseReturnValue:
    """Show everybody ranked for a project, with the reasons, and those whom a gate keeps out."""
    account = current_account()
    project = get_project(project_id, account)
    asked = PageQuery().load(request.args)
    search = get_search(project, asked["search"]) if asked["search"] else None
    if not (search_is_read(search) if search else brief_is_read(brief_of(project))):
        return _matches_soon(project, search)
    run = matching_actions.make_match_run(project, account, search)
    form, kept, places = _narrowed(project, run)
    first = (asked["page"] - 1) * MATCHES_ON_A_PAGE
    shown = places[first : first + MATCHES_ON_A_PAGE]
    matching_actions.ensure_worded(run, shown)
    web.commit()
    proposals = queries.proposals(run, project, shown)
    gated_out, logged = match_queries.logged(run)
    scores = history.scores_of(run, logged)
    failing, unknown = match_queries.kept_out(run, most=KEPT_OUT_SHOWN)
    return web.page(
        "invitations/matches.html",
        project=project,
        run=run,
        search=search,
        searches=latest_searches(project, SEARCHES_SHOWN),
        form=form,
        kept=kept | ({"search": search.id} if search else {}),
        narrowed=bool(kept),
        shows=[(str(show), words) for show, words in SHOW_WORDS.items()],
        proposals=proposals,
        told={
            one.match.id: tell(one.match, of=run.eligible, above=scores[: (one.match.rank or 1) - 1])
            for one in proposals
        },
        most_compared=history.MOST_COMPARED,
        gated_out=gated_out,
        failing=[tell(match, of=run.eligible) for match in failing],
        unknown=[tell(match, of=run.eligible) for match in unknown],
        shown=len(places),
        page=asked["page"],
        pages=-(-len(places) // MATCHES_ON_A_PAGE),
    ), form.status


def _matches_soon(project: Project, search: PeopleSearch | None) -> ResponseReturnValue:
    if search:
        have_read(search)
        web.commit()
    return web.page("invitations/matches_soon.html", project=project, search=search)


def _narrowed(project: Project, run: MatchRun) -> tuple[web.Form, dict[str, str], Sequence[int]]:
    """Return the fields above the list, what stands in them, and whose places they want: all where one is wrong."""
    schema = narrowing_form(project.currency)
    kept = {name: text for name, text in request.args.items() if name in schema().fields and text.strip()}
    wanted = Narrowing()
    with web.form(schema, {"show": str(Show.EVERYBODY), **kept}) as form:
        told = form.load()
        wanted = Narrowing(told["show"], told["hours"], told["rate"])
    return form, kept, ranks(run, project, wanted)


@blueprint.post("/projects/<int:project_id>/invitations")
def invite(project_id: int) -> ResponseReturnValue:
    """Invite the people chosen on the page of matches."""
    account = current_account()
    project = get_project(project_id, account)
    with web.form(InviteShape) as form:
        _invited(actions.invite(project, form.load()["match_ids"], by=account))
    web.flash_errors(form)
    return redirect(url_for("invitations.matches", project_id=project_id))


@blueprint.post("/projects/<int:project_id>/invitations/top")
def invite_top(project_id: int) -> ResponseReturnValue:
    """Invite the best people of the ranking who were not invited before."""
    account = current_account()
    project = get_project(project_id, account)
    with web.form(TopShape) as form:
        _invited(choosing.invite_best(project, form.load()["count"], by=account))
    web.flash_errors(form)
    return redirect(url_for("invitations.matches", project_id=project_id))


def _invited(invited: actions.Invited) -> None:
    """Commit, and say what came of inviting."""
    count, skipped = len(invited.made), invited.skipped
    web.commit()
    flash(say_of(count, "%(n)s person is invited.", "%(n)s people are invited."), "success")
    for reason in skipped[:MOST_REASONS]:
        flash(reason, "warning")
    if len(skipped) > MOST_REASONS:
        flash(
            say("%(more)s more were passed over, most of them invited before.", more=len(skipped) - MOST_REASONS),
            "warning",
        )


@blueprint.get("/projects/<int:project_id>/invitations")
def of_project(project_id: int) -> ResponseReturnValue:
    """Show every invitation of a project and what became of it."""
    project = get_project(project_id, current_account())
    query = web.list_query()
    invitations = web.listed(queries.invitations_of(project), Invitation.id, query)
    return web.page(
        "invitations/of_project.html", project=project, invitations=invitations, words=DECLINE_WORDS, open_states=OPEN
    )


@blueprint.post("/invitations/<int:invitation_id>/withdrawal")
def withdraw(invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    invitation = queries.get_managed_invitation(invitation_id, current_account())
    project_id = invitation.project_id
    with web.form(web.Shape) as form:
        actions.withdraw_invitation(invitation, by=current_account())
        web.commit()
        flash(say("The invitation is withdrawn."), "success")
    web.flash_errors(form)
    return redirect(url_for("invitations.of_project", project_id=project_id))


@blueprint.get("/invitations")
def inbox() -> ResponseReturnValue:
    """Show my invitations, those that wait for an answer first."""
    account = current_account()
    closed = web.listed(queries.own_closed(account), Invitation.id, web.list_query())
    return web.page("invitations/inbox.html", waiting=queries.own_open(account), closed=closed, left=_left)


@blueprint.get("/invitations/<int:invitation_id>")
def show(invitation_id: int) -> ResponseReturnValue:
    """Show one of my invitations, opened from now on: what is offered, and why me."""
    if actions.open_invitation(queries.get_own_invitation(invitation_id, current_account())):
        web.commit()
    with web.form(DeclineShape) as form:
        pass
    return _whole(invitation_id, form)


@blueprint.post("/invitations/<int:invitation_id>/decline")
def decline(invitation_id: int) -> ResponseReturnValue:
    """Say no, with a reason."""
    invitation = queries.get_own_invitation(invitation_id, current_account())
    with web.form(DeclineShape) as form:
        answer = form.load()
        actions.decline_invitation(invitation, answer["reason"], answer["note"], by=current_account())
        web.commit()
        flash(say("You have declined the invitation. Thank you for telling why."), "success")
        return redirect(url_for("invitations.show", invitation_id=invitation_id))
    return _whole(invitation_id, form)


@blueprint.post("/invitations/<int:invitation_id>/reopening")
def reopen(invitation_id: int) -> ResponseReturnValue:
    """Take a no back."""
    invitation = queries.get_own_invitation(invitation_id, current_account())
    with web.form(web.Shape) as form:
        actions.reopen_invitation(invitation, by=current_account())
        web.commit()
        flash(say("The invitation is open again."), "success")
    web.flash_errors(form)
    return redirect(url_for("invitations.show", invitation_id=invitation_id))


def _whole(invitation_id: int, form: web.Form) -> ResponseReturnValue:
    db.session.expire_all()
    invitation = queries.get_own_invitation(invitation_id, current_account())
    shown = web.page(
        "invitations/show.html",
        invitation=invitation,
        told=tell(invitation.match, of=0, own=True),
        form=form,
        left=_left(invitation),
        can_answer=invitation.shown_state in OPEN,
        may_reopen=may_reopen(invitation.state, invitation.answered_at, invitation.expires_at, clock.now()),
        reasons=[(reason.value, words) for reason, words in DECLINE_WORDS.items()],
    )
    return shown, form.status


def _left(invitation: Invitation) -> str:
    return time_left(invitation.expires_at, clock.now())
