"""What the database refuses by itself, whatever program speaks to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.payouts import actions
from marketplace.timesheets import actions as hours
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, approved_run, boss_of, handed_in, seat

Refuses = Callable[..., None]


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


@pytest.fixture
def refuses(owner: sa.Engine) -> Refuses:
    """Send SQL as the owner of the tables, commit, and want the named constraint to stop it."""

    def send(statements: tuple[str, ...], values: dict[str, object]) -> None:
        with owner.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement), values)

    def try_it(constraint: str, *statements: str, **values: object) -> None:
        db.session.commit()
        with pytest.raises(DBAPIError) as caught:
            send(statements, values)
        assert getattr(caught.value.orig, "diag").constraint_name == constraint  # noqa: B009  DBAPI knows no diag

    return try_it


NEW_ENTRY = (
    "INSERT INTO journal_entry (kind, source_id, key, reason, posting_count, made_at) "
    "VALUES ('earning', 900, 'earning:900', '', {count}, now())"
)
NEW_POSTING = (
    "INSERT INTO posting (entry_id, account_id, currency, amount_minor) "
    "SELECT e.id, a.id, '{currency}', {amount} FROM journal_entry e, ledger_account a "
    "WHERE e.key = '{key}' AND a.kind = '{kind}' LIMIT 1"
)


def posting(kind: str, amount: int, currency: str = "USD", key: str = "earning:900") -> str:
    return NEW_POSTING.format(kind=kind, amount=amount, currency=currency, key=key)


def test_an_entry_that_does_not_sum_to_zero_is_refused(refuses):
    approved(seat(), 60)
    refuses("zero_sum", NEW_ENTRY.format(count=2), posting("project_expense", 500), posting("payable", -499))


@pytest.mark.parametrize("amounts", [[], [(500, "project_expense")]])
def test_an_entry_with_too_few_postings_is_refused(refuses, amounts):
    approved(seat(), 60)
    refuses("zero_sum", NEW_ENTRY.format(count=2), *(posting(kind, amount) for amount, kind in amounts))


def test_an_entry_for_one_posting_is_refused(refuses):
    refuses("ck_journal_entry_posting_count", NEW_ENTRY.format(count=1))


def test_nothing_is_slipped_into_an_old_entry_even_when_it_balances(refuses):
    [entry] = approved(seat(), 60)
    key = f"earning:{entry.id}"
    refuses("zero_sum", posting("project_expense", 5, key=key), posting("payable", -5, key=key))


def test_a_posting_is_in_the_currency_of_its_account(refuses):
    approved(seat(), 60)
    refuses("currency", NEW_ENTRY.format(count=2), posting("project_expense", 5, "EUR"), posting("payable", -5, "EUR"))


@pytest.mark.parametrize(
    ("kind", "constraint"), [("earning", "uq_journal_entry_kind_source_id"), ("other", "ck_journal_entry_kind")]
)
def test_an_event_is_booked_once_and_is_of_a_known_kind(refuses, kind, constraint):
    [entry] = approved(seat(), 60)
    refuses(
        constraint,
        "INSERT INTO journal_entry (kind, source_id, key, reason, posting_count, made_at) "
        "VALUES (:kind, :source, 'another key', '', 2, now())",
        kind=kind,
        source=entry.id,
    )


def test_nobody_is_paid_more_than_is_owed(refuses):
    approved(seat(), 60)
    approved_run()
    entry = NEW_ENTRY.format(count=2)
    refuses("ck_ledger_account_not_overdrawn", entry, posting("payable", 1), posting("clearing", -1))
    refuses("ck_ledger_account_not_overdrawn", entry, posting("clearing", 2001), posting("payable", -2001))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_account SET balance_minor = balance_minor - 1",
        "UPDATE ledger_account SET never_overdrawn = false",
        "UPDATE ledger_account SET owner_id = 7",
        "INSERT INTO ledger_account (kind, owner_id, currency, never_overdrawn, balance_minor) "
        "VALUES ('payable', 7, 'USD', true, -100)",
    ],
)
def test_only_postings_move_a_balance(refuses, change):
    approved(seat(), 60)
    refuses("balance_from_postings", change)


def test_payable_accounts_are_always_guarded(refuses):
    refuses(
        "ck_ledger_account_overdraft_by_kind",
        "INSERT INTO ledger_account (kind, owner_id, currency, never_overdrawn) VALUES ('payable', 7, 'USD', false)",
    )


@pytest.mark.parametrize("table", ["journal_entry", "posting", "audit_event", "match_run", "match"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = DEFAULT", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_rows_that_are_only_added_never_change(refuses, table, change):
    approved(seat(), 60)
    refuses("append_only", change.format(table))


@pytest.mark.parametrize("table", ["ledger_account", "payout", "payout_line", "payout_run", "timesheet"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_payouts_and_weeks_are_never_deleted(refuses, table, change):
    approved(seat(), 60)
    approved_run()
    refuses("append_only", change.format(table))


def test_what_a_task_went_through_is_only_added_to_and_goes_with_its_task(app, refuses):
    db.session.execute(
        sa.text(
            "WITH new AS (INSERT INTO task (kind, payload, queue, state, attempts, crashes, next_run_at, created_at) "
            "VALUES ('mail.queued', '{}', 'general', 'done', 1, 0, now(), now()) RETURNING id) "
            "INSERT INTO task_attempt (task_id, attempt, event, at, worker) SELECT id, 1, 'done', now(), 'w' FROM new"
        )
    )
    refuses("append_only", "UPDATE task_attempt SET worker = 'x'")
    refuses("append_only", "DELETE FROM task_attempt")
    db.session.execute(sa.text("DELETE FROM task"))
    db.session.commit()
    assert db.session.scalar(sa.text("SELECT count(*) FROM task_attempt")) == 0


@pytest.mark.parametrize("table", ["journal_entry", "posting", "audit_event", "match_run", "match", "task_attempt"])
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_the_application_lacks_the_right_to_change_what_is_only_added(app, table, right):
    assert not db.session.scalar(
        sa.text("SELECT has_table_privilege(:table, :right)"), {"table": table, "right": right}
    )


@pytest.mark.parametrize(
    "change",
    [
        "minutes = 61, ends_at = ends_at + interval '1 minute'",
        "rate_minor = 1",
        "earning_minor = 1",
        "note = 'x'",
        "state = 'submitted', earning_minor = NULL",
        "state = 'rejected', earning_minor = NULL, reject_reason = 'wrong_project'",
        "decided_by = NULL",
    ],
)
def test_approved_hours_never_change(refuses, change):
    approved(seat(), 60)
    refuses("decided_is_frozen", f"UPDATE time_entry SET {change}")


def test_hours_that_were_handed_in_change_only_by_a_decision(refuses):
    handed_in(seat(), 60)
    refuses("submitted_is_frozen", "UPDATE time_entry SET rate_minor = 9999")
    refuses("submitted_is_frozen", "UPDATE time_entry SET state = 'recorded', rate_minor = 9999")
    refuses("submitted_is_frozen", "DELETE FROM time_entry")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("time_entry", "state = 'approved', earning_minor = 2000, decided_by = 1"),
        ("timesheet", "state = 'approved'"),
        ("timesheet", "state = 'paid'"),
    ],
)
def test_no_state_of_hours_is_skipped(refuses, table, change):
    one = seat()
    hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(hours=1))
    refuses("state_skip", f"UPDATE {table} SET {change}")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("payout", "state = 'paid', reference = 'x'"),
        ("payout_run", "state = 'settled', approved_by = 0"),
    ],
)
def test_no_state_of_payouts_is_skipped(refuses, table, change):
    approved(seat(), 60)
    actions.create_run("USD", by=build.account(RoleName.FINANCE))
    refuses("state_skip", f"UPDATE {table} SET {change}")


def test_hours_are_approved_only_with_their_booking_and_to_the_cent(refuses):
    one = seat()
    boss = boss_of(one)
    handed_in(one, 60)
    approve = "UPDATE time_entry SET state = 'approved', decided_by = :by, earning_minor = {}"
    refuses("booked", approve.format(2000), by=boss.id)
    refuses("ck_time_entry_earning", approve.format(2001), by=boss.id)
    refuses("own_hours", approve.format(2000), by=one.profile.account_id)


def test_hours_of_one_person_never_overlap(refuses):
    one = seat()
    other = seat(worker=one.profile)
    hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(hours=1))
    hours.log_time(one.profile, other.id, TUESDAY + timedelta(hours=1), TUESDAY + timedelta(hours=2))
    move = "UPDATE time_entry SET starts_at = starts_at - interval '1 minute', ends_at = ends_at - interval '1 minute'"
    refuses("ex_time_entry_overlap", f"{move} WHERE engagement_id = :other", other=other.id)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("ends_at = ends_at + interval '1 minute'", "ck_time_entry_minutes"),
        ("minutes = 59", "ck_time_entry_minutes"),
        ("ends_at = starts_at + interval '17 hours', minutes = 1020", "ck_time_entry_length"),
        (
            "starts_at = made_at - interval '1 minute', ends_at = made_at + interval '1 minute', minutes = 2",
            "ck_time_entry_not_in_the_future",
        ),
    ],
)
def test_the_time_of_a_line_is_possible(refuses, change, constraint):
    one = seat()
    hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(hours=1))
    refuses(constraint, f"UPDATE time_entry SET {change}")


COPY = (
    "INSERT INTO time_entry (profile_id, engagement_id, timesheet_id, starts_at, ends_at, minutes, note, source, "
    "state, rate_minor, currency, made_at, reject_note) SELECT {profile}, engagement_id, timesheet_id, ends_at, "
    "ends_at + interval '{minutes} minutes', {minutes}, '', 'manual', '{state}', rate_minor, currency, made_at, '' "
    "FROM time_entry"
)


@pytest.mark.parametrize(
    ("before", "values", "constraint"),
    [
        ("", {"minutes": 900}, "weekly_limit"),
        ("", {"state": "submitted"}, "submitted_is_frozen"),
        ("", {"profile": "profile_id + 1"}, "belongs_together"),
        ("UPDATE project SET state = 'paused'", {}, "active"),
        ("UPDATE engagement SET state = 'paused'", {}, "active"),
        ("UPDATE timesheet SET state = 'submitted'", {}, "open_week"),
        ("UPDATE timesheet SET no_hours = true", {}, "open_week"),
    ],
)
def test_hours_are_added_only_where_they_may_be(refuses, before, values, constraint):
    one = seat(weekly_limit_minutes=600)
    hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(hours=1))
    copy = COPY.format(**({"minutes": 60, "profile": "profile_id", "state": "recorded"} | values))
    refuses(constraint, *([before] if before else []), copy)


def test_rates_of_an_engagement_never_overlap(refuses):
    one = seat()
    refuses(
        "ex_engagement_rate_overlap",
        "INSERT INTO engagement_rate (engagement_id, rate_minor, currency, valid_from, made_by, made_at) "
        "SELECT engagement_id, 1, currency, valid_from + interval '1 day', made_by, now() FROM engagement_rate "
        "WHERE engagement_id = :id",
        id=one.id,
    )


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE payout SET amount_minor = amount_minor + 1", "payout_is_frozen"),
        ("UPDATE payout SET currency = 'EUR'", "payout_is_frozen"),
        ("UPDATE payout SET state = 'paid'", "ck_payout_paid_with_reference"),
        ("UPDATE payout SET state = 'failed'", "ck_payout_failed_with_reason"),
        ("UPDATE payout SET state = 'paid', reference = 'B'", "booked"),
        ("UPDATE payout SET state = 'failed', failure_reason = 'B'", "booked"),
        ("UPDATE payout_line SET released = true", "payout_is_frozen"),
        (
            "INSERT INTO payout (run_id, profile_id, currency, amount_minor, state, reference, failure_reason, "
            "changed_at) SELECT run_id, profile_id, currency, 1, 'pending', '', '', now() FROM payout",
            "only_in_a_draft",
        ),
        (
            "INSERT INTO payout_line (payout_id, posting_id, released) SELECT payout_id, posting_id, false "
            "FROM payout_line",
            "own_earning",
        ),
        ("UPDATE payout_run SET approved_by = created_by", "ck_payout_run_four_eyes"),
        ("UPDATE payout_run SET approved_by = NULL", "ck_payout_run_approved"),
    ],
)
def test_a_run_under_way_cannot_be_bent(refuses, statement, constraint):
    approved(seat(), 60)
    approved_run()
    refuses(constraint, statement)


def test_a_draft_is_the_sum_of_its_lines_and_pays_its_own_people(refuses):
    approved(seat(), 60)
    approved(seat(), 60)
    run = actions.create_run("USD", by=build.account(RoleName.FINANCE))
    boss = build.account(RoleName.FINANCE)
    refuses("booked", "UPDATE payout SET state = 'in_transit'")
    refuses(
        "uq_payout_run_draft",
        "INSERT INTO payout_run (currency, state, created_by, created_at) VALUES ('USD', 'draft', :by, now())",
        by=boss.id,
    )
    refuses(
        "own_earning",
        "INSERT INTO payout_line (payout_id, posting_id, released) SELECT p.id, l.posting_id, false "
        "FROM payout p, payout_line l WHERE l.payout_id <> p.id",
    )
    refuses(
        "uq_payout_line_live",
        "INSERT INTO payout_line (payout_id, posting_id, released) SELECT payout_id, posting_id, false "
        "FROM payout_line",
    )
    assert run.payouts
