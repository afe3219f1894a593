"""What must never be false, told to the database itself: hours, books, payouts, and rows that are only ever added."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# Codes of class 23 reach the application as integrity errors: a conflict for the person, never a crash.
FUNCTIONS = [
    # -- rows that are only ever added
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
    END $$
    """,
    # -- rows that go only with what they belong to: the cascade runs inside another trigger
    """
    CREATE FUNCTION refuse_lone_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() > 1 THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'rows of % go only with what they belong to', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
    END $$
    """,
    # -- states: the first argument is where a row begins, the others are the moves 'from>to'
    """
    CREATE FUNCTION refuse_state_skip() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE move text;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            move := NEW.state;
        ELSIF OLD.state = NEW.state THEN
            RETURN NEW;
        ELSE
            move := OLD.state || '>' || NEW.state;
        END IF;
        IF move <> ALL (TG_ARGV) THEN
            RAISE EXCEPTION 'a % cannot go %', TG_TABLE_NAME, move
                USING ERRCODE = 'check_violation', CONSTRAINT = 'state_skip', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    # -- hours: where they may be written, by whom decided, and what never changes again
    """
    CREATE FUNCTION check_time_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        place record;
        total bigint;
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.state IN ('approved', 'rejected') THEN
            RAISE EXCEPTION 'a decided time entry never changes'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'decided_is_frozen', TABLE = 'time_entry';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.id, OLD.profile_id, OLD.engagement_id, OLD.timesheet_id, OLD.starts_at,
                OLD.ends_at, OLD.minutes, OLD.note, OLD.source, OLD.rate_minor, OLD.currency, OLD.made_at)
            IS NOT DISTINCT FROM (NEW.id, NEW.profile_id, NEW.engagement_id, NEW.timesheet_id, NEW.starts_at,
                NEW.ends_at, NEW.minutes, NEW.note, NEW.source, NEW.rate_minor, NEW.currency, NEW.made_at) THEN
            IF NEW.state = 'approved' AND EXISTS (
                SELECT FROM annotator_profile WHERE id = NEW.profile_id AND account_id = NEW.decided_by
            ) THEN
                RAISE EXCEPTION 'nobody approves their own hours'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'own_hours', TABLE = 'time_entry';
            END IF;
            RETURN NEW;
        END IF;
        IF NEW.state <> 'recorded' OR (TG_OP = 'UPDATE' AND OLD.state <> 'recorded') THEN
            RAISE EXCEPTION 'a time entry is rewritten only before it is handed in'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'submitted_is_frozen', TABLE = 'time_entry';
        END IF;
        -- The lock makes two writers of one engagement wait for each other, so that the sum below is whole.
        PERFORM FROM engagement WHERE id = NEW.engagement_id FOR NO KEY UPDATE;
        SELECT e.profile_id, e.state AS engagement_state, e.weekly_limit_minutes, p.state AS project_state,
               t.state AS sheet_state, t.engagement_id AS sheet_engagement, t.no_hours, t.week_starts_on, t.time_zone
          INTO place
          FROM engagement e JOIN project p ON p.id = e.project_id JOIN timesheet t ON t.id = NEW.timesheet_id
         WHERE e.id = NEW.engagement_id;
        IF place.profile_id IS DISTINCT FROM NEW.profile_id OR place.sheet_engagement <> NEW.engagement_id THEN
            RAISE EXCEPTION 'person, engagement and timesheet do not belong together'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'belongs_together', TABLE = 'time_entry';
        END IF;
        IF place.engagement_state <> 'active' OR place.project_state <> 'active' THEN
            RAISE EXCEPTION 'hours are logged only while engagement and project are active'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'active', TABLE = 'time_entry';
        END IF;
        IF place.sheet_state <> 'draft' OR place.no_hours THEN
            RAISE EXCEPTION 'the week is handed in'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'open_week', TABLE = 'time_entry';
        END IF;
        SELECT coalesce(sum(minutes), 0) + NEW.minutes INTO total
          FROM time_entry WHERE timesheet_id = NEW.timesheet_id AND state <> 'rejected' AND id <> NEW.id;
        IF total > place.weekly_limit_minutes THEN
            RAISE EXCEPTION 'beyond the weekly limit'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'weekly_limit', TABLE = 'time_entry';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION check_time_entry_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state <> 'recorded' THEN
            RAISE EXCEPTION 'a time entry that was handed in is never deleted'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'submitted_is_frozen', TABLE = 'time_entry';
        END IF;
        RETURN OLD;
    END $$
    """,
    # -- at commit, approved hours are in the books, to the cent
    """
    CREATE FUNCTION check_time_entry_booked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.state = 'approved' AND NEW.earning_minor > 0 AND NOT EXISTS (
            SELECT FROM journal_entry j JOIN posting p ON p.entry_id = j.id JOIN ledger_account a ON a.id = p.account_id
             WHERE j.kind = 'earning' AND j.source_id = NEW.id AND p.amount_minor = -NEW.earning_minor
               AND a.kind = 'payable' AND a.owner_id = NEW.profile_id AND a.currency = NEW.currency
        ) THEN
            RAISE EXCEPTION 'approved hours have to be booked'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'booked', TABLE = 'time_entry';
        END IF;
        RETURN NULL;
    END $$
    """,
    # -- the books
    """
    CREATE FUNCTION check_ledger_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance_minor <> 0 THEN
                RAISE EXCEPTION 'an account begins at zero'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_from_postings', TABLE = 'ledger_account';
            END IF;
        -- Depth 2 is the trigger of the postings, which alone may move a balance.
        ELSIF pg_trigger_depth() < 2 OR (OLD.id, OLD.kind, OLD.owner_id, OLD.currency, OLD.never_overdrawn)
                IS DISTINCT FROM (NEW.id, NEW.kind, NEW.owner_id, NEW.currency, NEW.never_overdrawn) THEN
            RAISE EXCEPTION 'only postings move a balance'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'balance_from_postings', TABLE = 'ledger_account';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION add_posting_to_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ledger_account SET balance_minor = balance_minor + NEW.amount_minor
         WHERE id = NEW.account_id AND currency = NEW.currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a posting is in the currency of its account'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'currency', TABLE = 'posting';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION check_journal_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        looked_at bigint;
        wanted bigint;
        found_count bigint;
    BEGIN
        IF TG_TABLE_NAME = 'posting' THEN
            looked_at := NEW.entry_id;
        ELSE
            looked_at := NEW.id;
        END IF;
        SELECT posting_count INTO wanted FROM journal_entry WHERE id = looked_at;
        SELECT count(*) INTO found_count FROM posting WHERE entry_id = looked_at;
        IF found_count <> wanted OR EXISTS (
            SELECT FROM posting WHERE entry_id = looked_at GROUP BY currency HAVING sum(amount_minor) <> 0
        ) THEN
            RAISE EXCEPTION 'journal entry % does not balance', looked_at
                USING ERRCODE = 'check_violation', CONSTRAINT = 'zero_sum', TABLE = 'journal_entry';
        END IF;
        RETURN NULL;
    END $$
    """,
    # -- payouts: made only in a draft, the sum of their lines, and booked at every step
    """
    CREATE FUNCTION check_payout() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NOT EXISTS (
                SELECT FROM payout_run WHERE id = NEW.run_id AND state = 'draft' AND currency = NEW.currency
            ) THEN
                RAISE EXCEPTION 'payouts are added only to a draft, in its currency'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'only_in_a_draft', TABLE = 'payout';
            END IF;
        ELSIF (OLD.id, OLD.run_id, OLD.profile_id, OLD.currency, OLD.amount_minor)
                IS DISTINCT FROM (NEW.id, NEW.run_id, NEW.profile_id, NEW.currency, NEW.amount_minor) THEN
            RAISE EXCEPTION 'a payout keeps its amount and person'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payout_is_frozen', TABLE = 'payout';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION check_payout_booked() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        standing payout%ROWTYPE;
        wanted text[];
    BEGIN
        -- By now the row may have moved on within the same transaction.
        SELECT * INTO standing FROM payout WHERE id = NEW.id;
        IF standing.amount_minor <> (
            SELECT coalesce(-sum(p.amount_minor), 0) FROM payout_line l JOIN posting p ON p.id = l.posting_id
             WHERE l.payout_id = standing.id
        ) THEN
            RAISE EXCEPTION 'payout % is not the sum of its lines', standing.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'sum_of_lines', TABLE = 'payout';
        END IF;
        wanted := CASE standing.state
            WHEN 'in_transit' THEN ARRAY['hold'] WHEN 'paid' THEN ARRAY['hold', 'paid']
            WHEN 'failed' THEN ARRAY['hold', 'failed'] WHEN 'returned' THEN ARRAY['hold', 'paid', 'returned']
            ELSE ARRAY[]::text[] END;
        IF wanted IS DISTINCT FROM ARRAY(
            SELECT j.kind::text FROM journal_entry j JOIN posting p ON p.entry_id = j.id AND p.amount_minor > 0
             WHERE j.source_id = standing.id AND j.kind IN ('hold', 'paid', 'failed', 'returned')
               AND p.amount_minor = standing.amount_minor AND p.currency = standing.currency
             ORDER BY array_position(ARRAY['hold', 'paid', 'failed', 'returned'], j.kind::text)
        ) THEN
            RAISE EXCEPTION 'payout % is not booked as it stands', standing.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'booked', TABLE = 'payout';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION check_payout_line() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.released OR NOT EXISTS (
                SELECT FROM payout o JOIN payout_run r ON r.id = o.run_id
                  JOIN posting p ON p.id = NEW.posting_id JOIN journal_entry j ON j.id = p.entry_id
                  JOIN ledger_account a ON a.id = p.account_id
                 WHERE o.id = NEW.payout_id AND r.state = 'draft' AND j.kind = 'earning' AND p.amount_minor < 0
                   AND a.kind = 'payable' AND a.owner_id = o.profile_id AND a.currency = o.currency
            ) THEN
                RAISE EXCEPTION 'a payout pays earnings of its own person and currency'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'own_earning', TABLE = 'payout_line';
            END IF;
        ELSIF (OLD.id, OLD.payout_id, OLD.posting_id) IS DISTINCT FROM (NEW.id, NEW.payout_id, NEW.posting_id)
                OR OLD.released OR NOT EXISTS (
            SELECT FROM payout o JOIN payout_run r ON r.id = o.run_id
             WHERE o.id = NEW.payout_id AND (r.state IN ('draft', 'cancelled') OR o.state IN ('failed', 'returned'))
        ) THEN
            RAISE EXCEPTION 'a payout line is only released, once, when its payout did not take place'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payout_is_frozen', TABLE = 'payout_line';
        END IF;
        RETURN NEW;
    END $$
    """,
    # -- at commit: a payout that is under way or paid holds its earnings, one that is over has let go of them
    """
    CREATE FUNCTION check_payout_line_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM payout o JOIN payout_run r ON r.id = o.run_id JOIN payout_line l ON l.payout_id = o.id
             WHERE o.id = NEW.id AND l.released <> (r.state = 'cancelled' OR o.state IN ('failed', 'returned'))
        ) THEN
            RAISE EXCEPTION 'payout % and its lines disagree', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_held', TABLE = 'payout';
        END IF;
        RETURN NULL;
    END $$
    """,
]

ENTRY_MOVES = ("recorded", "recorded>submitted", "submitted>recorded", "submitted>approved", "submitted>rejected")
SHEET_MOVES = (
    "draft",
    "draft>submitted",
    "submitted>draft",
    "submitted>approved",
    "submitted>partly_approved",
    "submitted>rejected",
    # a correction that is begun, and given up again
    "partly_approved>draft",
    "rejected>draft",
    "draft>partly_approved",
    "draft>rejected",
    # what was paid for it, and what came back
    "approved>locked",
    "partly_approved>locked",
    "approved>paid",
    "partly_approved>paid",
    "locked>paid",
    "locked>approved",
    "locked>partly_approved",
    "paid>locked",
    "paid>approved",
    "paid>partly_approved",
    "submitted>locked",
    "submitted>paid",
)
RUN_MOVES = ("draft", "draft>approved", "draft>cancelled", "approved>settled")
PAYOUT_MOVES = (
    "pending",
    "pending>in_transit",
    "in_transit>paid",
    "in_transit>failed",
    "in_transit>returned",
    "paid>returned",
)
MOVES = {"time_entry": ENTRY_MOVES, "timesheet": SHEET_MOVES, "payout_run": RUN_MOVES, "payout": PAYOUT_MOVES}
APPEND_ONLY = ("audit_event", "journal_entry", "match", "match_run", "posting")
NEVER_DELETED = ("ledger_account", "payout", "payout_line", "payout_run", "timesheet")


def _words(moves: tuple[str, ...]) -> str:
    return ", ".join(f"'{move}'" for move in moves)


STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"
ROW = "FOR EACH ROW EXECUTE FUNCTION"
AT_COMMIT = f"DEFERRABLE INITIALLY DEFERRED {ROW}"
# The table, the rest of the trigger's name, when it fires, what it calls.
TRIGGERS: list[tuple[str, str, str, str]] = [
    *(
        (table, "append_only", "BEFORE UPDATE OR DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()")
        for table in APPEND_ONLY
    ),
    *((table, "never_deleted", "BEFORE DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()") for table in NEVER_DELETED),
    ("task_attempt", "append_only", "BEFORE UPDATE OR TRUNCATE", f"{STATEMENT} refuse_change()"),
    ("task_attempt", "lone_delete", "BEFORE DELETE", f"{ROW} refuse_lone_delete()"),
    ("time_entry", "no_truncate", "BEFORE TRUNCATE", f"{STATEMENT} refuse_change()"),
    *(
        (table, "state_skip", "BEFORE INSERT OR UPDATE", f"{ROW} refuse_state_skip({_words(moves)})")
        for table, moves in MOVES.items()
    ),
    ("time_entry", "check", "BEFORE INSERT OR UPDATE", f"{ROW} check_time_entry()"),
    ("time_entry", "check_delete", "BEFORE DELETE", f"{ROW} check_time_entry_delete()"),
    ("time_entry", "booked", "AFTER INSERT OR UPDATE", f"{AT_COMMIT} check_time_entry_booked()"),
    ("ledger_account", "check", "BEFORE INSERT OR UPDATE", f"{ROW} check_ledger_account()"),
    ("posting", "balance", "AFTER INSERT", f"{ROW} add_posting_to_balance()"),
    ("journal_entry", "zero_sum", "AFTER INSERT", f"{AT_COMMIT} check_journal_entry()"),
    ("posting", "zero_sum", "AFTER INSERT", f"{AT_COMMIT} check_journal_entry()"),
    ("payout", "check", "BEFORE INSERT OR UPDATE", f"{ROW} check_payout()"),
    ("payout", "booked", "AFTER INSERT OR UPDATE", f"{AT_COMMIT} check_payout_booked()"),
    ("payout", "lines_held", "AFTER INSERT OR UPDATE", f"{AT_COMMIT} check_payout_line_held()"),
    ("payout_line", "check", "BEFORE INSERT OR UPDATE", f"{ROW} check_payout_line()"),
]


def _create_trigger(table: str, name: str, when: str, what: str) -> str:
    constraint = "CONSTRAINT " if AT_COMMIT in what else ""
    return f"CREATE {constraint}TRIGGER {table}_{name} {when} ON {table} {what}"


CONSTRAINTS = [
    # btree_gist is not in the embedded server: a range of one number compares with && as the number with =.
    """
    ALTER TABLE time_entry ADD CONSTRAINT ex_time_entry_overlap EXCLUDE USING gist (
        int8range(profile_id, profile_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (state <> 'rejected')
    """,
    # Checked at commit: a change closes the old rate and opens the new one in either order.
    """
    ALTER TABLE engagement_rate ADD CONSTRAINT ex_engagement_rate_overlap EXCLUDE USING gist (
        int8range(engagement_id, engagement_id, '[]') WITH &&, tstzrange(valid_from, valid_until) WITH &&
    ) DEFERRABLE INITIALLY DEFERRED
    """,
    """
    ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_overdraft_by_kind
        CHECK (never_overdrawn = (kind IN ('payable', 'clearing')))
    """,
]

# The role is there in the embedded server; with a database of one's own it may have another name or not exist.
REVOKES = [
    f"""
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join((*APPEND_ONLY, "task_attempt"))} FROM fairmatch_app;
            REVOKE DELETE, TRUNCATE ON {", ".join(NEVER_DELETED)} FROM fairmatch_app;
        END IF;
    END $$
    """,
]
GRANTS = [
    f"""
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            GRANT UPDATE, DELETE ON {", ".join((*APPEND_ONLY, "task_attempt"))} TO fairmatch_app;
            GRANT DELETE ON {", ".join(NEVER_DELETED)} TO fairmatch_app;
        END IF;
    END $$
    """,
]
FUNCTION_NAMES = (
    "refuse_change",
    "refuse_lone_delete",
    "refuse_state_skip",
    "check_time_entry",
    "check_time_entry_delete",
    "check_time_entry_booked",
    "check_ledger_account",
    "add_posting_to_balance",
    "check_journal_entry",
    "check_payout",
    "check_payout_booked",
    "check_payout_line",
    "check_payout_line_held",
)

UP = [*CONSTRAINTS, *FUNCTIONS, *(_create_trigger(*trigger) for trigger in TRIGGERS), *REVOKES]
DOWN = [
    *GRANTS,
    *(f"DROP TRIGGER {table}_{name} ON {table}" for table, name, *_ in reversed(TRIGGERS)),
    *(f"DROP FUNCTION {name}()" for name in reversed(FUNCTION_NAMES)),
    "ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_overdraft_by_kind",
    "ALTER TABLE engagement_rate DROP CONSTRAINT ex_engagement_rate_overlap",
    "ALTER TABLE time_entry DROP CONSTRAINT ex_time_entry_overlap",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
