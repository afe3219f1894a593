"""Every route, asked by everybody for their own things, those of others and what is not there: no cell is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account, ApiToken, Membership, WebSession
from marketplace.accounts.rules import RoleName, Scope
from marketplace.applications import actions as applications
from marketplace.bankfiles import actions as bankfiles
from marketplace.db import db
from marketplace.guidelines import actions as guidelines
from marketplace.invitations import actions as invitations
from marketplace.ledger.actions import seal
from marketplace.mail import OutgoingMail
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.notices import Kind, Notification, notify
from marketplace.organisations import actions as organisations
from marketplace.organisations import services
from marketplace.payouts.models import JournalEntry
from marketplace.profiles.models import Resume
from marketplace.profiles.rules import ProfileState
from marketplace.tasks.models import Task
from marketplace.timesheets import actions as hours
from marketplace.waves import actions as waves
from marketplace.webhooks import actions as webhooks
from tests import build
from tests.bankfiles.banks import UNKNOWN_PAYMENT, csv_of
from tests.guards.matrix import TABLE, is_public, owners_only, who_may
from tests.pages import without_tokens
from tests.payouts.books import TUESDAY, appealed, approved, approved_run, seat

MISSING = 999_999_999
# What a refused request may touch: its own session, and how often something was tried.
UNTOUCHED_BUT = "'web_session', 'try_count', 'alembic_version'"
# These are asked for last, because the thing is gone after them.
GONE_AFTER = {"timesheets.delete_entry", "organisations.remove", "organisations.withdraw", "webhooks.delete"}
GONE_AFTER |= {"organisations.end_program", "timesheets.drop_timer", "accounts.change_active"}
# These end the sign-in of whoever asks, and come after everything.
SIGN_OUT = ("accounts.end_token", "api_accounts.OneToken", "accounts.end_session")
# There is no timer running, no file behind the built résumé, and nobody has a public page.
NOTHING_THERE = {"api_timesheets.RunningTimer", "profiles.resume_file"}
NOTHING_THERE |= {"api_portfolios.OwnPortfolio", "api_portfolios.PortfolioLinks", "portfolios.replace_link"}


@dataclass
class Persona:
    """Somebody who asks, by page and by API.  *role*: as the table has it; *owns*: whether the things are theirs."""

    name: str
    role: str
    account: Account | None = None
    owns: bool = False
    is_member: bool = False
    pages: FlaskClient = field(default=None)  # type: ignore[assignment]
    api: FlaskClient = field(default=None)  # type: ignore[assignment]


@dataclass
class World:
    """Everybody; the ids of what there is, by the endpoint's feature and argument; bodies that are fit to be done."""

    people: list[Persona]
    ids: dict[str, Any]
    bodies: dict[str, dict[str, Any]]


@pytest.fixture
def one_moment() -> Iterator[None]:
    """Let no time pass: the use of a token is noted once a minute, and is no trace of what was refused."""
    with clock.at(clock.now()):
        yield


@pytest.fixture
def world(app: Flask, one_moment: None) -> World:
    on = seat()
    approved(on, 60)
    seal()
    payout = approved_run().payouts[0]
    bankfiles.write_file(payout.run_id, by=build.account(RoleName.FINANCE))
    said = bankfiles.keep_answer(payout.run_id, csv_of([UNKNOWN_PAYMENT]), by=build.account(RoleName.FINANCE))
    other = bankfiles.keep_answer(payout.run_id, csv_of([UNKNOWN_PAYMENT] * 2), by=build.account(RoleName.FINANCE))
    odd = bankfiles.apply_answer(payout.run_id, other, by=build.account(RoleName.FINANCE)).rows[0].id
    (entry,) = hours.log_time(on.profile, on.id, TUESDAY.replace(day=17), TUESDAY.replace(day=17, hour=2))
    boss, member = build.manager(on.project.organisation), build.manager(on.project.organisation)
    place = db.session.scalars(sa.select(Membership).filter_by(account_id=boss.id)).one()
    place.is_owner = True
    disputed = appealed(on, 1, by=build.manager(on.project.organisation))
    project = build.project(on.project.organisation, by=boss)
    run = make_match_run(project, boss)
    match = db.session.scalars(sa.select(Match).where(Match.run_id == run.id, Match.profile_id == on.profile.id)).one()
    (invitation,) = invitations.invite(project, [match.id], by=boss).made
    guidelines.write_version(project, "# Rate", "", 0, by=boss)
    asked_for = build.project(on.project.organisation, by=boss)
    application = applications.apply(asked_for.id, "", on.profile.account)
    rule = {"seats": 1, "deadline": clock.now() + timedelta(days=3), "bound_percent": 5}
    rule |= {"invitation_hours": 24, "most_rank": 50, "most_open": 3}
    plan = waves.start_plan(project, rule, by=boss)
    invited = organisations.invite_member(on.project.organisation, "new@example.test", is_owner=False, by=boss)
    hook = webhooks.add_endpoint(on.project.organisation, "https://[2606:4700::1]/", ["payout.paid"], "", by=boss)[0]
    services.make_service_token(on.project.organisation, "ETL", [Scope.TIME_READ], timedelta(days=1), by=boss)
    service = db.session.scalars(sa.select(ApiToken.id).filter_by(name="ETL")).one()
    delivery = webhooks.send_test(hook, by=boss)
    waiting = build.profile(state=ProfileState.SUBMITTED, submitted_at=clock.now())
    leaver = build.manager(on.project.organisation)
    half = build.account(RoleName.MANAGER, second_factor=False)
    suspended = build.manager(on.project.organisation)
    suspended.active = False
    people = [
        Persona("anonymous", ""),
        Persona("annotator", "annotator", on.profile.account, owns=True),
        Persona("another annotator", "annotator", build.profile().account),
        Persona("owner of the client", "manager", boss, owns=True),
        Persona("member of the client", "manager", member, owns=True, is_member=True),
        Persona("manager of another client", "manager", build.manager(build.organisation())),
        *(Persona(role, role, build.account(RoleName(role)), owns=True) for role in ("finance", "admin", "auditor")),
        Persona("reviewer", "reviewer", build.account(RoleName.REVIEWER), owns=True),
        Persona("suspended", "", suspended),
        Persona("half signed in", "half", half),
    ]
    for one in people:
        _give_browsers(app, one)
    theirs = _mine(people[3])
    resume = db.session.scalars(sa.select(Resume).filter_by(profile_id=on.profile.id)).one()
    resume.facts = [build.FOUND]
    ids: dict[str, Any] = {
        **theirs,
        "sha256": said,
        "currency": "USD",
        "payouts.profile_id": on.profile_id,
        "project_id": project.id,
        "invitation_id": invitation.id,
        "application_id": application.id,
        "applications.project_id": asked_for.id,
        "plan_id": plan.id,
        "organisations.invitation_id": invited.id,
        "organisations.token_id": service,
        "organisation_id": on.project.organisation_id,
        "member_id": db.session.scalars(sa.select(Membership.id).filter_by(account_id=leaver.id)).one(),
        "engagement_id": on.id,
        "entry_id": entry.id,
        "disputes.entry_id": disputed.id,
        "resume_id": resume.id,
        "readings.number": 0,
        "guidelines.number": 1,
        "ledger.entry_id": db.session.scalars(sa.select(JournalEntry.id)).first() or 0,
        "match_id": match.id,
        "matches.run_id": run.id,
        "run_id": payout.run_id,
        "payout_id": payout.id,
        "period": int(f"{clock.now():%Y}"),
        "statements.profile_id": on.profile.id,
        "journal_id": db.session.scalars(sa.select(JournalEntry.id).order_by(JournalEntry.id)).first() or 0,
        "row_id": odd,
        "profile_id": waiting.id,
        "account_id": waiting.account_id,
        "webhook_id": hook.id,
        "delivery_id": delivery.id,
        "task_id": db.session.scalars(sa.select(Task.id)).first() or 0,
        "mail_id": db.session.scalars(sa.select(OutgoingMail.id)).first() or 0,
    }
    db.session.commit()
    hooked: dict[str, Any] = {
        "organisation_id": on.project.organisation_id,
        "url": "https://[2606:4700::2]/",
        "kinds": ["payout.paid"],
    }
    bodies: dict[str, dict[str, Any]] = {
        "api_invitations.Declines": {"reason": "rate"},
        "api_applications.Declines": {"reason": "seats_taken"},
        "api_invitations.ProjectInvitations": {"match_ids": [match.id]},
        "api_invitations.TopInvitations": {"count": 1},
        "api_waves.WavePlans": {"seats": 1, "deadline": (clock.now() + timedelta(days=3)).isoformat()},
        "api_disputes.LineInQuestion": {"step": "write", "text": "Which batch?"},
        "api_organisations.OneMember": {"is_owner": False},
        "api_organisations.OneOrganisation": {"review_days": 5},
        "api_organisations.MemberInvitations": {"email": "another@example.test"},
        "api_readings.OneFoundFact": {"key": "language/en/C1", "answer": "dismissed"},
        "api_guidelines.Guidelines": {"text": "# Rate well", "change": "Well.", "expected": 1},
        "api_messages.Messages": {"text": "Well done."},
        "api_messages.TeamMessages": {"text": "Well done, all."},
        "api_notifications.Preferences": {"choices": {}},
        "api_bankfiles.Notes": {"text": "A payment of ours to somebody else."},
        "api_searches.Searches": {"text": "radiology reports"},
        "api_shortlists.OneMark": {"mark": "shortlisted"},
        "api_shortlists.Notes": {"text": "Asks well."},
        "api_projects.ProjectMoves": {"state": "paused", "reason": "budget"},
        "api_webhooks.Webhooks": hooked,
        "api_payees.OrganisationTerms": {"minimum": "50.00", "schedule": "weekly", "day": 5},
        "api_organisations.ServiceTokens": {"name": "x", "scopes": ["time:read"]},
    }
    return World(people, ids, bodies)


def _give_browsers(app: Flask, one: Persona) -> None:
    one.pages, one.api = app.test_client(), app.test_client()
    if one.account:
        build.token(one.account)  # the one to be ended
        notify(
            one.account, Kind.SECURITY, "passkey.added", "account:1", "A passkey was added", "/account", by_mail=False
        )
        one.api.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {build.token(one.account)}"
        db.session.commit()
        with one.pages.session_transaction() as session:
            session["_user_id"], session["_fresh"] = one.account.fs_uniquifier, True
        one.pages.get("/account")


def cells(app: Flask) -> Iterator[tuple[Any, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def path_of(app: Flask, rule: Any, ids: dict[str, int], mine: dict[str, int], missing: bool = False) -> str:
    feature = rule.endpoint.split(".")[0].removeprefix("api_")
    values: dict[str, Any] = {}
    for name in rule.arguments:
        own = ids.get(f"{feature}.{name}", mine.get(name, ids.get(name)))
        values[name] = "x" if name in {"token", "filename", "key"} else MISSING if missing else own
    with app.test_request_context():
        built = rule.build(values, append_unknown=False)
    return str(built[1])


def expected(one: Persona, rule: Any, method: str, roles: frozenset[str]) -> str:
    """Return what is to come of it: ``allowed``, ``sign in``, ``second factor``, ``forbidden`` or ``missing``."""
    if "anyone" in roles or (one.role == "half" and "half" in roles):
        return "allowed"
    if one.role == "":
        return "sign in"
    if one.role == "half":
        return "second factor" if "manager" in roles else "forbidden"
    if one.role not in roles:
        return "forbidden"
    if rule.arguments - {"token", "filename", "key", "account_id"} and not one.owns and not is_public(rule.endpoint):
        return "missing"
    return "forbidden" if one.is_member and owners_only(rule.endpoint, method) else "allowed"


def came_of_it(answer: Any) -> str:
    where = answer.headers.get("Location", "")
    if answer.status_code == 401 or (answer.status_code == 302 and where.startswith("/sign-in?next")):
        return "sign in"
    if answer.status_code == 302 and where == "/second-factor":
        return "second factor"
    if answer.status_code == 403:
        told = answer.get_json()["detail"] if answer.is_json or "problem" in answer.content_type else ""
        return "second factor" if "second factor" in told else "forbidden"
    return "missing" if answer.status_code == 404 else "allowed"


def fingerprint() -> str:
    """Return what changes when any row of any table does, but for sessions and counted tries."""
    tables = db.session.scalars(
        sa.text(f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ({UNTOUCHED_BUT})")
    ).all()
    sums = " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {name} t" for name in tables
    )
    found = str(db.session.execute(sa.text(sums)).all())
    db.session.rollback()
    return found


def test_the_table_and_the_routes_name_each_other(app: Flask) -> None:
    routes = {(rule.endpoint, method) for rule, method in cells(app)}
    assert [cell for cell in routes if who_may(*cell) is None] == []
    known = {endpoint for endpoint, _ in routes} | {f"{method}:{endpoint}" for endpoint, method in routes}
    assert set(TABLE) - known == set()


@pytest.mark.timeout(300)
def test_no_cell_is_wrong_and_what_is_refused_changes_nothing(app: Flask, world: World) -> None:
    wrong, count = [], 0
    _use_tokens_once(world)
    before = fingerprint()
    for one in world.people:
        for rule, method in cells(app):
            roles = who_may(rule.endpoint, method)
            assert roles is not None
            wanted = expected(one, rule, method, roles)
            if wanted == "allowed":
                continue
            count += 1
            path = path_of(app, rule, world.ids, {})
            body = world.bodies.get(rule.endpoint, {})
            got = _ask(one, path, method, body)
            if came_of_it(got) != wanted:
                wrong.append((one.name, method, path, wanted, got.status_code))
            if wanted == "missing" and _told(got) != _told(
                _ask(one, path_of(app, rule, world.ids, {}, True), method, body)
            ):
                wrong.append((one.name, method, path, "differs from what is not there", got.status_code))
        if (after := fingerprint()) != before:
            wrong.append((one.name, "", "", "something that was refused changed the database", 0))
            before = after
    print(f"\n{count} cells refused", *wrong, sep="\n")
    assert wrong == []
    assert count > 1000


@pytest.mark.timeout(300)
def test_no_cell_refuses_whom_the_table_lets_in(app: Flask, world: World) -> None:
    wrong, count = [], 0
    for rule, method in sorted(cells(app), key=lambda cell: (_rank(*cell), cell[1], cell[0].endpoint)):
        roles = who_may(rule.endpoint, method)
        for one in world.people:
            if roles is None or expected(one, rule, method, roles) != "allowed" or _is_off_limits(rule, method):
                continue
            count += 1
            mine = _mine(one)
            body = world.bodies.get(rule.endpoint, {})
            got = _ask(one, path_of(app, rule, world.ids, mine), method, body)
            may_be_gone = _rank(rule, method) or "key" in rule.arguments or "anyone" in roles
            may_be_gone = may_be_gone or rule.endpoint in NOTHING_THERE or bool(body and not one.owns)
            if came_of_it(got) not in ({"allowed", "missing"} if may_be_gone else {"allowed"}):
                wrong.append((one.name, method, rule.endpoint, got.status_code))
    print(f"\n{count} cells allowed", *wrong, sep="\n")
    assert wrong == []
    assert count > 300


def _is_off_limits(rule: Any, method: str) -> bool:
    """Return what ends the sign-in itself, or asks for a secret first."""
    return str(rule.endpoint).startswith("security.") or rule.endpoint == "accounts.change_role"


def _rank(rule: Any, method: str) -> int:
    """Return when it is asked for: what destroys late, what ends the sign-in last."""
    if rule.endpoint in SIGN_OUT:
        return 2 + SIGN_OUT.index(rule.endpoint)
    return int(method == "DELETE" or rule.endpoint in GONE_AFTER)


def _mine(one: Persona) -> dict[str, int]:
    """Return the ids of what everybody has of their own: a token, a session and something that they were told."""
    if one.account is None:
        return {"token_id": MISSING, "session_id": MISSING, "notification_id": MISSING}
    token = db.session.scalars(
        sa.select(ApiToken.id).filter_by(account_id=one.account.id).order_by(ApiToken.id)
    ).first()
    session = db.session.scalars(sa.select(WebSession.id).filter_by(account_id=one.account.id)).first()
    told = db.session.scalars(sa.select(Notification.id).filter_by(account_id=one.account.id)).first()
    return {"token_id": token or MISSING, "session_id": session or MISSING, "notification_id": told or MISSING}


def _ask(one: Persona, path: str, method: str, body: dict[str, Any]) -> Any:
    api = path.startswith("/api/")
    return (one.api if api else one.pages).open(path, method=method, json=body if api and method != "GET" else None)


def _told(answer: Any) -> tuple[int, str]:
    """Return what is told, but for the ids of the thing and the request."""
    text = re.sub(r"\d+", "", without_tokens(answer.get_data(as_text=True)))
    return answer.status_code, text


def _use_tokens_once(world: World) -> None:
    """Note the first use of each token, which is written down once a minute."""
    for one in world.people:
        one.api.get("/api/v1/me")
