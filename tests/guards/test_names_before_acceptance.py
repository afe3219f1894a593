"""Before somebody has accepted no page and no answer of the API tells a manager who it is; afterwards the team does."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.access import permit_of
from marketplace.accounts.models import Account
from marketplace.accounts.queries import organisations_of
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions as applications
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.work import actions as work
from tests import build

NAME, PHONE, STREET = "Zelda Quuxley", "7700 900123", "12 Long Street"
RESUME = f"""{NAME}
zelda.quuxley@mail.example +44 {PHONE}
Ms Quuxley labelled radiology reports and medical words for four years. Zelda rated the answers of models.
Reach Zelda Quuxley at {STREET}, London, or at https://zelda-quuxley.example."""
TELLING = ("Zelda", "zelda", "Quuxley", "quuxley", PHONE, STREET)


@pytest.fixture
def invited(app: Flask) -> Invitation:
    boss = build.manager(build.organisation())
    person = build.profile(name=NAME, resume_text=RESUME)
    person.account.email = "zelda.quuxley@mail.example"
    (organisation,) = organisations_of(boss)
    project = build.project(organisation, by=boss, wishes=("Radiology and medical words", "Rated answers"))
    applications.apply(project.id, f"I am {NAME}, call {PHONE}.", person.account)
    run = make_match_run(project, boss)
    (match,) = db.session.scalars(sa.select(Match).where(Match.run_id == run.id))
    (made,) = invitations.invite(project, [match.id], by=boss).made
    db.session.commit()
    return made


def seen_by_manager(app: Flask, client_of: Any, api_of: Any, one: Invitation) -> dict[str, str]:
    """Return every page and answer that a manager may ask for about the project, by its path."""
    account = db.session.get_one(Account, one.project.created_by)
    match = db.session.get_one(Match, one.match_id)
    ids = {"project_id": one.project_id, "run_id": match.run_id, "match_id": match.id, "invitation_id": one.id}
    ids |= {"application_id": db.session.scalars(sa.select(Application.id)).one()}
    ids |= {"organisation_id": one.project.organisation_id}
    seen = {}
    for rule in app.url_map.iter_rules():
        permit = permit_of(rule.endpoint, "GET")
        fits = rule.arguments <= ids.keys() and "GET" in (rule.methods or set())
        if not fits or permit is None or permit.anyone or RoleName.MANAGER not in permit.roles:
            continue
        with app.test_request_context():
            built = rule.build({name: ids[name] for name in rule.arguments}, append_unknown=False)
        assert built
        path = built[1]
        queries = [f"?ids={match.id}"] if path.endswith("/compare") else ["", f"?project_id={one.project_id}"]
        for query in queries:
            browser = api_of(account) if path.startswith("/api/") else client_of(account)
            seen[path + query] = browser.get(path + query).data.decode(errors="replace")
    return seen


def test_nobody_is_named_before_they_accept_and_the_team_is_afterwards(
    app: Flask, client_of: Any, api_of: Any, invited: Invitation
) -> None:
    before = seen_by_manager(app, client_of, api_of, invited)
    assert [(path, word) for path, text in before.items() for word in TELLING if word in text] == []
    quoting = [path for path, text in before.items() if "labelled radiology reports" in text]
    assert len(quoting) >= 4, quoting
    invitation = db.session.get_one(Invitation, invited.id)
    invitation.project.seats = 5
    work.accept_invitation(invitation, by=invitation.profile.account)
    db.session.commit()
    after = seen_by_manager(app, client_of, api_of, invitation)
    assert NAME in after[f"/projects/{invitation.project_id}/team"]
    assert len(before) > 25
