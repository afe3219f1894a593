"""A thousand projects with all that goes on in them, added to a world of generated people by SQL, past the triggers.

Every project has a ranking, forty invitations, twenty people at work (everybody on two projects, never at the same
time), six weeks of hours that are decided and booked, applications, guidelines, marks, messages and notifications.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask import current_app

from bench.answer import project_with_gates
from bench.texts import base_texts
from bench.world import World, open_world
from marketplace import services
from marketplace.accounts.models import Account, Membership, Organisation, Role
from marketplace.accounts.rules import RoleName
from marketplace.config import Config
from marketplace.db import db
from marketplace.matches.actions import make_match_run
from marketplace.projects.models import Project
from marketplace.tasks import embedder
from matching.embedding import Embedder
from matching.spaces import DEFAULT_MODEL

PROJECTS = 1_000
ORGANISATIONS = 50
TEAM = 20
WEEKS = 6
# How many people a ranking shows, and whom it is copied from: a real one.
SHOWN = 50
PROJECT_COLUMNS = (
    "organisation_id, description, seats, currency, rate_floor_minor, rate_top_minor, weekly_limit_minutes, "
    "budget_minor, invitation_hours, content_warnings, is_open, created_by, created_at, close_reason"
)
# Project p and person number k of it; p and p + 500 share their people, who work for the second one in the afternoon.
PERSON = "(1 + ((p - 1) %% 500) * 40 + k)::bigint"
# Whose ids are given below: what is added later goes on behind them.
NUMBERED = (
    *("project", "requirement_version", "match_run", "match", "invitation", "engagement", "timesheet", "time_entry"),
    "journal_entry",
)
ROWS = (
    f"""
    INSERT INTO project (id, title, state, activated_at, {PROJECT_COLUMNS}) OVERRIDING SYSTEM VALUE
    SELECT 1000000 + p, 'Project ' || p || ': ' || title,
           CASE WHEN p %% 10 < 7 THEN 'active' WHEN p %% 10 = 7 THEN 'paused' WHEN p %% 10 = 8 THEN 'completed'
                ELSE 'draft' END, now() - interval '60 days',
           (SELECT id FROM organisation ORDER BY id OFFSET (p - 1) %% 50 LIMIT 1), description, 30, currency,
           rate_floor_minor, rate_top_minor, weekly_limit_minutes, 50000000, invitation_hours, content_warnings, true,
           created_by, now() - interval '70 days', ''
      FROM project, generate_series(1, %(projects)s::int) p WHERE id = %(model)s
    """,
    """
    INSERT INTO account_role SELECT p.account_id, r.id FROM annotator_profile p, role r WHERE r.name = 'annotator'
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO requirement_version (id, project_id, number, made_at, made_by, gates) OVERRIDING SYSTEM VALUE
    SELECT 1000000 + p, 1000000 + p, 1, now() - interval '70 days', made_by, gates
      FROM requirement_version, generate_series(1, %(projects)s::int) p WHERE project_id = %(model)s
    """,
    """
    INSERT INTO wish (version_id, position, text)
    SELECT 1000000 + p, position, text
      FROM wish JOIN requirement_version v ON v.id = version_id, generate_series(1, %(projects)s::int) p
     WHERE v.project_id = %(model)s
    """,
    """
    INSERT INTO project_vector SELECT 1000000 + p, space_id, embedding
      FROM project_vector, generate_series(1, %(projects)s::int) p WHERE project_id = %(model)s
    """,
    """
    INSERT INTO match_run (id, project_id, version_id, space_id, requested_by, made_at, code_version, brief, gates,
                           weights, snapshot, considered, eligible, scored) OVERRIDING SYSTEM VALUE
    SELECT 1000000 + p, 1000000 + p, 1000000 + p, space_id, requested_by, now() - interval '60 days', code_version,
           brief, gates, weights, snapshot, considered, eligible, scored
      FROM match_run, generate_series(1, %(projects)s::int) p WHERE id = %(run)s
    """,
    f"""
    INSERT INTO match (id, run_id, profile_id, resume_id, rank, score, gates, parts, flags) OVERRIDING SYSTEM VALUE
    SELECT 100000000 + p * 100 + k, 1000000 + p, {PERSON}, {PERSON}, k, m.score, m.gates, m.parts, m.flags
      FROM generate_series(1, %(projects)s::int) p, generate_series(1, 40) k
      JOIN match m ON m.run_id = %(run)s AND m.rank = k
    """,
    f"""
    INSERT INTO invitation (id, project_id, profile_id, match_id, state, offered_rate_minor, currency, rate_breakdown,
                            confirmed_by, made_at, expires_at, sent_at, opened_at, answered_at, decline_reason,
                            decline_note) OVERRIDING SYSTEM VALUE
    SELECT p * 100 + k, 1000000 + p, {PERSON}, 100000000 + p * 100 + k,
           CASE WHEN k <= 20 THEN 'accepted' WHEN k <= 26 THEN 'declined' WHEN k <= 32 THEN 'sent' ELSE 'opened' END,
           1500, 'USD', '[{{"label": "Floor", "amount_minor": 1500, "reason": "The project pays at least this"}}]',
           created_by, now() - interval '59 days', now() + interval '2 days', now() - interval '59 days',
           CASE WHEN k <= 26 OR k > 32 THEN now() - interval '58 days' END,
           CASE WHEN k <= 26 THEN now() - interval '58 days' + k * interval '1 hour' END,
           CASE WHEN k BETWEEN 21 AND 26 THEN 'rate' END, ''
      FROM generate_series(1, %(projects)s::int) p, generate_series(1, 40) k, project WHERE project.id = %(model)s
    """,
    """
    INSERT INTO engagement (id, project_id, profile_id, invitation_id, role, state, state_reason, weekly_limit_minutes,
                            started_at) OVERRIDING SYSTEM VALUE
    SELECT id, project_id, profile_id, id, 'annotator', 'active', '', 2400, now() - interval '58 days'
      FROM invitation WHERE state = 'accepted' AND project_id > 1000000
    """,
    """
    INSERT INTO engagement_rate (engagement_id, rate_minor, currency, valid_from, made_by, made_at)
    SELECT e.id, 1500, 'USD', started_at, p.created_by, started_at
      FROM engagement e JOIN project p ON p.id = project_id
    """,
    """
    INSERT INTO timesheet (id, engagement_id, week_starts_on, time_zone, state, no_hours, submitted_at, decided_at)
           OVERRIDING SYSTEM VALUE
    SELECT e.id * 10 + w, e.id, date_trunc('week', now())::date - 7 * w, 'UTC',
           CASE w WHEN 0 THEN 'draft' WHEN 1 THEN 'submitted' ELSE 'approved' END, false,
           CASE WHEN w > 0 THEN date_trunc('week', now()) - (w - 1) * interval '7 days' END,
           CASE WHEN w > 1 THEN date_trunc('week', now()) - (w - 2) * interval '7 days' END
      FROM engagement e, generate_series(0, %(weeks)s::int - 1) w
    """,
    """
    INSERT INTO time_entry (id, profile_id, engagement_id, timesheet_id, starts_at, ends_at, minutes, note, source,
                            state, rate_minor, currency, earning_minor, made_at, decided_by, decided_at, reject_note)
           OVERRIDING SYSTEM VALUE
    SELECT s.id * 10 + d, e.profile_id, e.id, s.id, begun, begun + interval '150 minutes', 150,
           'Went through the queue and noted what was unclear', 'manual',
           CASE s.state WHEN 'draft' THEN 'recorded' ELSE s.state END, 1500, 'USD',
           CASE s.state WHEN 'approved' THEN 3750 END, begun + interval '1 day',
           CASE s.state WHEN 'approved' THEN p.created_by END, s.decided_at, ''
      FROM timesheet s JOIN engagement e ON e.id = engagement_id JOIN project p ON p.id = e.project_id,
           generate_series(0, 1) d,
           LATERAL (SELECT week_starts_on + d * interval '1 day' + interval '8 hours'
                         + CASE WHEN e.project_id > 1000500 THEN interval '5 hours' ELSE interval '0' END AS local) l,
           LATERAL (SELECT local AT TIME ZONE 'UTC' AS begun) b
     WHERE s.state <> 'draft' OR begun + interval '1 day' < now()
    """,
    """
    INSERT INTO project_commitment (project_id, committed_minor)
    SELECT p.id, coalesce(sum(t.rate_minor * t.minutes / 60), 0) FROM project p
      LEFT JOIN engagement e ON e.project_id = p.id LEFT JOIN time_entry t ON t.engagement_id = e.id
     WHERE p.id > 1000000 GROUP BY p.id
    """,
    """
    INSERT INTO payout_method (profile_id, kind, holder, iban, last_four, country, bic, fingerprint, description,
                               made_at, usable_from)
    SELECT DISTINCT profile_id, 'external', '', NULL::bytea, '', '', '', '', 'By the client', now(), now()
      FROM engagement
    """,
    """
    INSERT INTO ledger_account (kind, owner_id, currency, never_overdrawn, balance_minor)
    SELECT 'project_expense', e.project_id, 'USD', false, sum(t.earning_minor) FROM time_entry t
      JOIN engagement e ON e.id = engagement_id WHERE earning_minor IS NOT NULL GROUP BY 2
     UNION ALL
    SELECT 'payable', profile_id, 'USD', true, -sum(earning_minor) FROM time_entry
     WHERE earning_minor IS NOT NULL GROUP BY 2
    """,
    """
    INSERT INTO journal_entry (id, kind, source_id, key, actor_id, reason, posting_count, made_at)
           OVERRIDING SYSTEM VALUE
    SELECT row_number() OVER (ORDER BY decided_at, id), 'earning', id, 'earning:' || id, decided_by, '', 2, decided_at
      FROM time_entry WHERE earning_minor IS NOT NULL
    """,
    """
    INSERT INTO posting (entry_id, account_id, currency, amount_minor)
    SELECT j.id, a.id, 'USD', CASE a.kind WHEN 'payable' THEN -t.earning_minor ELSE t.earning_minor END
      FROM journal_entry j JOIN time_entry t ON t.id = j.source_id JOIN engagement e ON e.id = t.engagement_id
      JOIN ledger_account a ON (a.kind, a.owner_id) IN (('payable', t.profile_id), ('project_expense', e.project_id))
    """,
    """
    INSERT INTO application (project_id, profile_id, version_id, state, note, gates, submitted_at, decision_note,
                             override_note)
    SELECT 1000000 + p, 50000 + (p * 10 + k) %% 40000, 1000000 + p, 'submitted', 'I would like to join.', '[]',
           now() - k * interval '1 day', '', ''
      FROM generate_series(1, %(projects)s::int) p, generate_series(1, 10) k WHERE p %% 10 < 7
    """,
    """
    INSERT INTO guideline_version (project_id, number, text, change, written_by, written_at)
    SELECT 1000000 + p, n, repeat(E'# How to judge\n\nRead the answer twice. Say why.\n\n- one\n- two\n\n', 20) || n,
           'Version ' || n, created_by, now() - (9 - n) * interval '7 days'
      FROM generate_series(1, %(projects)s::int) p, generate_series(1, 3) n, project WHERE project.id = %(model)s
    """,
    f"""
    INSERT INTO candidate_mark (project_id, profile_id, match_id, mark, reason, note, marked_by, marked_at)
    SELECT 1000000 + p, {PERSON}, 100000000 + p * 100 + k, 'shortlisted', NULL, '', created_by, now()
      FROM generate_series(1, %(projects)s::int) p, generate_series(1, 10) k, project WHERE project.id = %(model)s
    """,
    """
    INSERT INTO message (engagement_id, sender_id, text, sent_at)
    SELECT e.id, CASE n %% 2 WHEN 0 THEN e.profile_id ELSE p.created_by END, 'Message ' || n,
           now() - n * interval '1 day'
      FROM engagement e JOIN project p ON p.id = e.project_id, generate_series(1, 5) n
    """,
    """
    INSERT INTO notification (account_id, kind, news, thing, title, why, url, way, created_at, read_at)
    SELECT e.profile_id, 'hours', 'timesheet.approved', s.id::text, 'Your week was approved',
           'Every line of it was approved.', '/time', 'page', s.decided_at,
           CASE WHEN s.id %% 3 = 0 THEN s.decided_at END
      FROM timesheet s JOIN engagement e ON e.id = engagement_id WHERE s.decided_at IS NOT NULL
     UNION ALL
    SELECT p.created_by, 'timesheets', 'timesheet.submitted', s.id::text, 'Hours were handed in', 'A week.',
           '/time/approve', 'page', s.submitted_at, now()
      FROM timesheet s JOIN engagement e ON e.id = engagement_id JOIN project p ON p.id = e.project_id
     WHERE s.submitted_at IS NOT NULL
    """,
    """
    INSERT INTO audit_event (happened_at, actor_id, action, object_kind, object_id, facts)
    SELECT decided_at, decided_by, 'time.approved', 'time_entry', id, '{"earning_minor": 3750}'
      FROM time_entry WHERE decided_at IS NOT NULL
    """,
    """
    INSERT INTO task (kind, payload, queue, state, attempts, crashes, next_run_at, created_at, finished_at)
    SELECT 'profile.changed', '{}', 'quick', 'done', 1, 0, now() - n * interval '1 minute',
           now() - n * interval '1 minute', now() - n * interval '1 minute' FROM generate_series(1, 50000) n
    """,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The world with its projects, by id: the manager looks after the first client's, among them one with a ranking."""

    world: World
    manager_id: int
    project_id: int
    run_id: int


@contextmanager
def opened(folder: Path, people: int) -> Iterator[Scene]:
    """Give the world of *people* people with its projects under *folder*, filled now unless an earlier run did."""
    embedder.use(partial(Embedder.load, DEFAULT_MODEL))
    world = open_world(folder / "busy", people, base_texts(folder))
    try:
        with world.app.app_context():
            manager = staff(RoleName.MANAGER, name="Manager")
            made = sa.select(Project).where(Project.created_by == manager.id).order_by(Project.id)
            project = db.session.scalars(made.limit(1)).first()
            project = project or project_with_gates(0, clients(manager), manager)
            run = make_match_run(project, manager)
            db.session.commit()
            fill(world, project.id, run.id)
            scene = Scene(world, manager.id, project.id, run.id)
            db.session.remove()
        yield scene
        with world.app.app_context():
            db.engine.dispose()
    finally:
        data = folder / "busy" / f"world-{people}"
        services.stop(Config.from_environment({"DATA_DIR": str(data), "DEMO": "no", "REQUESTS_PER_MINUTE": "0"}))


def staff(*roles: RoleName, name: str) -> Account:
    """Add an account with *roles*, whose sign-in would want a code."""
    secret = current_app.extensions["fairmatch_security"].totp_factory.generate_totp_secret()
    found = db.session.scalars(sa.select(Account).where(Account.name == name)).first()
    if found:
        return found
    one = Account(
        email=f"{name.lower().replace(' ', '-')}@bench.invalid",
        name=name,
        fs_uniquifier=f"staff-{name}",
        confirmed_at=sa.func.now(),
        roles=list(db.session.scalars(sa.select(Role).where(Role.name.in_(roles)))),
        tf_primary_method="authenticator",
        tf_totp_secret=secret,
    )
    db.session.add(one)
    db.session.flush()
    return one


def clients(manager: Account) -> Organisation:
    """Add the client organisations, fifty of them; *manager* is a member of the first one."""
    made = [Organisation(name=f"Client {number}", currency="USD") for number in range(ORGANISATIONS)]
    db.session.add_all(made)
    db.session.flush()
    db.session.add(Membership(organisation_id=made[0].id, account_id=manager.id, is_owner=True))
    db.session.commit()
    return made[0]


def fill(world: World, model: int, run: int) -> None:
    """Add the projects, unless an earlier run did: each a copy of project *model*, with the reasons of *run*."""
    if db.session.scalar(sa.text("SELECT count(*) FROM project WHERE id > 1000000")):
        return
    owner = world.services.migration_database_url.replace("postgresql+psycopg://", "postgresql://")
    values = {"projects": PROJECTS, "weeks": WEEKS, "model": model, "run": run}
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        with connection.transaction():
            # Checked once at the end, that nobody works twice at one time costs seconds instead of minutes.
            table, name = "time_entry", "ex_time_entry_overlap"
            found = connection.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", (name,)
            )
            (definition,) = found.fetchone() or ("",)
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            for statement in ROWS:
                connection.execute(statement, values)
                # What comes next joins these rows.
                connection.execute(f"ANALYZE {statement.split(maxsplit=3)[2]}")
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            for numbered in NUMBERED:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{numbered}', 'id'), max(id)) FROM {numbered}"
                )
        connection.execute("VACUUM ANALYZE")
