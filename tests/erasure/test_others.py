"""What everybody else sees after somebody was erased: no name, no 5xx, and numbers that still hold."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock, worker
from marketplace.accounts.access import permit_of
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.applications.models import Application
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.erasure import actions
from marketplace.matches import actions as matching
from marketplace.matches import queries as matches
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.matches.replaying import replay
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.payouts.models import Payout
from tests import build
from tests.erasure.world import PLANTED, Someone, make
from tests.guards.test_access_matrix import MISSING, cells, path_of
from tests.payouts.books import NOW

# Says that no worker runs here, which is so.
ELSEWHERE = {"operations.ready"}
ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def gone(app: Flask) -> Someone:
    with clock.at(NOW):
        for _ in range(2):
            build.profile()
        someone = make()
        actions.erase(someone.account)
        db.session.commit()
        worker.perform_due(app)
    return someone


def ids_of(gone: Someone) -> dict[str, int]:
    """Return the ids of everything that the erased person had to do with."""
    match = db.session.scalars(sa.select(Match).where(Match.profile_id == gone.profile.id, Match.run_id == gone.run.id))
    payout = db.session.scalars(sa.select(Payout).where(Payout.state == "paid")).one()
    application = db.session.scalars(sa.select(Application.id).order_by(Application.id)).first() or 0
    return {
        "project_id": gone.project.id,
        "work.project_id": gone.on.project_id,
        "payouts.project_id": gone.on.project_id,
        "applications.project_id": gone.project.id,
        "invitation_id": gone.invitation.id,
        "engagement_id": gone.on.id,
        "match_id": match.one().id,
        "matches.run_id": gone.run.id,
        "run_id": payout.run_id,
        "payout_id": payout.id,
        "profile_id": gone.profile.id,
        "account_id": gone.account.id,
        "application_id": application,
        "organisation_id": gone.project.organisation_id,
    }


@pytest.mark.timeout(300)
def test_no_page_and_no_answer_breaks_or_tells_a_name(
    app: Flask, gone: Someone, client_of: ClientOf, api_of: ClientOf
) -> None:
    ids, seen, wrong = ids_of(gone), {}, []
    people = {role: build.account(role) for role in (RoleName.FINANCE, RoleName.ADMIN, RoleName.AUDITOR)}
    for role, account in {**people, RoleName.MANAGER: gone.manager}.items():
        pages, calls = client_of(account), api_of(account)
        for rule, method in cells(app):
            permit = permit_of(rule.endpoint, method)
            if method != "GET" or permit is None or role not in permit.roles or rule.endpoint in ELSEWHERE:
                continue
            path = path_of(app, rule, dict.fromkeys(rule.arguments, MISSING) | ids, {})
            answer = (calls if path.startswith("/api/") else pages).get(path)
            text = answer.get_data().decode(errors="replace")
            seen[f"{role} {path}"] = text
            if answer.status_code >= 500 or any(word in text.lower() for word in PLANTED):
                wrong.append((role, path, answer.status_code))
    assert wrong == []
    assert len(seen) > 50
    assert [path for path, text in seen.items() if "Erased person" in text] != []


def test_managers_see_the_pseudonym_and_that_the_person_was_erased(
    app: Flask, gone: Someone, client_of: ClientOf
) -> None:
    manager = client_of(gone.manager)
    run = manager.get(f"/projects/{gone.project.id}/matches/{gone.run.id}")
    assert run.status_code == 200, run.status_code
    assert gone.profile.pseudonym in run.text
    assert "This person was erased" in run.text


def test_a_replay_says_that_somebody_was_erased_and_compares_all_others(app: Flask, gone: Someone) -> None:
    found = replay(gone.run.id)
    assert found.differences == [
        "1 person was erased since: their places and scores are kept, what they rested on is not. "
        "All others are compared."
    ]
    assert gone.profile.id in {profile_id for profile_id, _, now in found.order if now is None}


def test_places_of_others_stay_what_they_were_when_more_of_a_ranking_is_worded(app: Flask) -> None:
    with clock.at(NOW):
        for _ in range(MATCHES_ON_A_PAGE + 4):
            build.profile(resume_text="Labelled sentiment.\nChecked grammar.")
        run = make_match_run(build.project(), build.account(RoleName.MANAGER))
        db.session.commit()
        order = replay(run.id).order
        for place in (3, MATCHES_ON_A_PAGE + 1):
            whose = sa.text("SELECT account_id FROM annotator_profile WHERE id = :id")
            account = db.session.get_one(Account, db.session.scalar(whose, {"id": order[place][0]}))
            actions.erase(account)
            db.session.commit()
        for _ in range(2):
            matching.ensure_worded(run, range(MATCHES_ON_A_PAGE + 1, min(run.scored, 2 * MATCHES_ON_A_PAGE) + 1))
            db.session.commit()
        second = matches.ranked(run, after=MATCHES_ON_A_PAGE, most=MATCHES_ON_A_PAGE)
        told = [(match.profile_id, match.score) for match in second]
        assert told == [(profile_id, score) for profile_id, score, _ in order[MATCHES_ON_A_PAGE:]]
        assert [match.rank for match in second] == list(range(MATCHES_ON_A_PAGE + 1, run.scored + 1))
        assert second[1].parts == []


def test_a_ranking_whose_every_person_was_erased_still_opens(app: Flask) -> None:
    with clock.at(NOW):
        only = build.profile()
        run = make_match_run(build.project(), build.account(RoleName.MANAGER))
        db.session.commit()
        actions.erase(only.account)
        db.session.commit()
        assert "1 person was erased" in replay(run.id).differences[-1]
        matching.ensure_worded(run, range(1, run.scored + 1))


def test_admins_have_nothing_to_do_with_an_account_that_was_erased(
    app: Flask, gone: Someone, client_of: ClientOf
) -> None:
    admin = client_of(build.account(RoleName.ADMIN))
    assert f"/admin/people/{gone.account.id}/" not in admin.get("/admin/people").text
    for what, form in (("roles", {"role": "manager", "grant": "yes"}), ("active", {"active": "yes"})):
        assert admin.post(f"/admin/people/{gone.account.id}/{what}", data=form).status_code == 404


def test_the_trail_of_the_erasing_itself_is_kept(app: Flask, gone: Someone) -> None:
    event = db.session.scalars(sa.select(AuditEvent).filter_by(action="account.erased")).one()
    assert (event.actor_id, event.object_id) == (gone.account.id, gone.account.id)
