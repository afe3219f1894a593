"""People may have themselves erased: their words go, even from rows that are only added; the rows and numbers stay."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ROW = "FOR EACH ROW EXECUTE FUNCTION"
STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"
UNLESS_ERASING = "WHEN (NOT erasing())"
WHILE_ERASING = "WHEN (erasing())"
REFUSED_UNLESS_ERASING = f"FOR EACH STATEMENT {UNLESS_ERASING} EXECUTE FUNCTION refuse_change()"
# Whose rows are only added, and in which columns words of people stand.
WORDED = {
    "audit_event": ("facts",),
    "journal_entry": ("reason",),
    "match": ("resume_id", "gates", "parts", "flags"),
    "message": ("text",),
}
# Rows that a trigger freezes once they are decided, and where their words stand.
FROZEN = {
    "time_entry": ("check", "BEFORE INSERT OR UPDATE", "check_time_entry()", ("note", "reject_note")),
    "application": (
        "check",
        "BEFORE UPDATE",
        "check_application()",
        ("note", "gates", "decision_note", "override_note"),
    ),
}
# What may not be added to somebody who was erased, by the column that says whose it is.
OF_PROFILE = ("application", "degree", "engagement", "experience", "invitation", "language_skill", "resume")
OF_ACCOUNT = ("account_role", "api_token", "passkey")

FUNCTIONS = [
    # Here and not in the program, so that no mail is without its owner, and mails need to know nothing of accounts.
    """
    CREATE FUNCTION find_mail_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.account_id := coalesce(NEW.account_id,
            (SELECT id FROM account WHERE lower(email) = lower(NEW.recipient)));
        RETURN NEW;
    END $$
    """,
    # True only inside forget_words(): the setting alone is not enough, whoever asks has to be the tables' owner.
    """
    CREATE FUNCTION erasing() RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT coalesce(current_setting('fairmatch.erasing', true), '') = 'on'
           AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass), 'USAGE')
    $$
    """,
    """
    CREATE FUNCTION refuse_other_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
            RAISE EXCEPTION 'erasing changes only words in %', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'only_words_go', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    # The lock waits for an erasure that is under way; the look behind it sees what that has done.
    """
    CREATE FUNCTION refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE whose bigint;
    BEGIN
        IF TG_ARGV[0] = 'profile' THEN
            SELECT account_id INTO whose FROM annotator_profile WHERE id = NEW.profile_id FOR KEY SHARE;
        ELSE
            whose := NEW.account_id;
            PERFORM FROM account WHERE id = whose FOR KEY SHARE;
        END IF;
        IF EXISTS (SELECT FROM account WHERE id = whose AND erased_at IS NOT NULL) THEN
            RAISE EXCEPTION 'this person was erased'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'erased', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION refuse_change_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'this person was erased'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'erased', TABLE = TG_TABLE_NAME;
    END $$
    """,
    # What is done here the application may not do: it holds no right to change rows that are only ever added.
    # Of the trail stay numbers, yes or no, and words of the program's own; of rankings the numbers and what was asked.
    """
    CREATE FUNCTION forget_words(person bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE own bigint := (SELECT id FROM annotator_profile WHERE account_id = person);
    BEGIN
        IF NOT EXISTS (SELECT FROM account WHERE id = person AND erased_at IS NOT NULL) THEN
            RAISE EXCEPTION 'only of somebody who is erased words are forgotten'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'erased', TABLE = 'account';
        END IF;
        PERFORM set_config('fairmatch.erasing', 'on', true);
        WITH things (kind, id) AS (
            SELECT 'account', person UNION ALL SELECT 'annotator_profile', own
            UNION ALL SELECT 'resume', id FROM resume WHERE profile_id = own
            UNION ALL SELECT 'engagement', id FROM engagement WHERE profile_id = own
            UNION ALL SELECT 'invitation', id FROM invitation WHERE profile_id = own
            UNION ALL SELECT 'application', id FROM application WHERE profile_id = own
            UNION ALL SELECT 'time_entry', id FROM time_entry WHERE profile_id = own
            UNION ALL SELECT 'payout', id FROM payout WHERE profile_id = own
        )
        UPDATE audit_event e SET facts = jsonb_build_object('erased', true) || coalesce((
            SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(e.facts) f
             WHERE jsonb_typeof(f.value) IN ('number', 'boolean', 'null')
                OR f.key IN ('answer', 'before', 'changed', 'currency', 'outcome', 'role', 'roles', 'scopes', 'state')
                OR (f.key = 'reason' AND e.action IN ('application.declined', 'engagement.ended',
                    'invitation.declined', 'invitation.reopened', 'profile.rejected', 'time.rejected'))
        ), '{}')
         WHERE e.facts <> '{}' AND e.id IN (
            SELECT a.id FROM audit_event a WHERE a.actor_id = person
             UNION ALL
            SELECT a.id FROM things t JOIN audit_event a ON a.object_kind = t.kind AND a.object_id = t.id);
        UPDATE message SET text = 'Erased' WHERE sender_id = person
            OR engagement_id IN (SELECT id FROM engagement WHERE profile_id = own);
        IF own IS NOT NULL THEN
            UPDATE match m SET resume_id = NULL, flags = '[]',
                   gates = (SELECT coalesce(jsonb_agg(jsonb_build_object('words', g -> 'words', 'outcome',
                                g -> 'outcome', 'fact', 'Erased', 'change', '') ORDER BY at), '[]')
                              FROM jsonb_array_elements(m.gates) WITH ORDINALITY x (g, at)),
                   parts = (SELECT coalesce(jsonb_agg(jsonb_build_object('part', p -> 'part', 'kind', p -> 'kind',
                                'label', coalesce(p -> 'label', p -> 'wish', p -> 'text'), 'score', p -> 'score',
                                'most', coalesce(p -> 'most', p -> 'score'), 'closeness', p -> 'closeness',
                                'quote', '', 'span', NULL, 'places', '[]'::jsonb, 'fact', '') ORDER BY at), '[]')
                              FROM jsonb_array_elements(m.parts) WITH ORDINALITY x (p, at))
             WHERE m.profile_id = own;
            UPDATE application a SET note = '', decision_note = '',
                   override_note = CASE WHEN a.override_note = '' THEN '' ELSE 'Erased' END,
                   gates = (SELECT coalesce(jsonb_agg(jsonb_build_object('words', g -> 'words', 'outcome',
                                g -> 'outcome', 'fact', 'Erased', 'change', '') ORDER BY at), '[]')
                              FROM jsonb_array_elements(a.gates) WITH ORDINALITY x (g, at))
             WHERE a.profile_id = own;
            UPDATE time_entry SET note = '', reject_note = ''
             WHERE profile_id = own AND (note <> '' OR reject_note <> '');
            UPDATE journal_entry j SET reason = 'Erased' WHERE j.reason <> '' AND j.id IN (
                SELECT p.entry_id FROM posting p JOIN ledger_account a ON a.id = p.account_id
                 WHERE a.kind = 'payable' AND a.owner_id = own);
            UPDATE journal_entry j SET reason = 'Erased' WHERE j.reason <> ''
               AND j.kind IN ('hold', 'paid', 'failed', 'returned')
               AND j.source_id IN (SELECT id FROM payout WHERE profile_id = own);
            DELETE FROM resume WHERE profile_id = own;
            -- last: deleting the résumés has ended one more row of the past
            DELETE FROM matching_past WHERE profile_id = own;
        END IF;
        PERFORM set_config('fairmatch.erasing', '', true);
    END $$
    """,
]


def upgrade() -> None:
    op.add_column("account", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_account_erased_holds_nothing"),
        "account",
        "erased_at IS NULL OR (NOT active AND password IS NULL AND tf_totp_secret IS NULL AND mf_recovery_codes IS NULL"
        " AND email LIKE 'erased-%@erased.invalid' AND name = 'Erased person')",
    )
    op.add_column("outgoing_mail", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_outgoing_mail_account_id"), "outgoing_mail", ["account_id"], unique=False)
    op.execute("UPDATE outgoing_mail m SET account_id = a.id FROM account a WHERE lower(a.email) = lower(m.recipient)")
    for function in FUNCTIONS:
        op.execute(function)
    _trigger("outgoing_mail", "owner", "BEFORE INSERT", f"{ROW} find_mail_owner()")
    _let_words_go()
    _keep_erased()
    op.execute("REVOKE EXECUTE ON FUNCTION forget_words(bigint) FROM PUBLIC")
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
                GRANT EXECUTE ON FUNCTION forget_words(bigint) TO fairmatch_app;
            END IF;
        END $$
        """
    )


def _let_words_go() -> None:
    for table, columns in WORDED.items():
        _again(table, "append_only", "BEFORE DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()")
        _trigger(table, "unchanged", "BEFORE UPDATE", REFUSED_UNLESS_ERASING)
        _trigger(table, "only_words", "BEFORE UPDATE", f"{ROW} refuse_other_change({_words(columns)})")
    _again("matching_past", "append_only", "BEFORE UPDATE OR TRUNCATE", f"{STATEMENT} refuse_change()")
    _trigger("matching_past", "undeleted", "BEFORE DELETE", REFUSED_UNLESS_ERASING)
    for table, (name, when, what, columns) in FROZEN.items():
        _again(table, name, when, f"FOR EACH ROW {UNLESS_ERASING} EXECUTE FUNCTION {what}")
        only = f"FOR EACH ROW {WHILE_ERASING} EXECUTE FUNCTION refuse_other_change({_words(columns)})"
        _trigger(table, "only_words", "BEFORE UPDATE", only)


def _keep_erased() -> None:
    for table in OF_PROFILE:
        _trigger(table, "erased", "BEFORE INSERT", f"{ROW} refuse_erased('profile')")
    for table in OF_ACCOUNT:
        _trigger(table, "erased", "BEFORE INSERT", f"{ROW} refuse_erased('account')")
    _trigger(
        "account",
        "erased",
        "BEFORE UPDATE OR DELETE",
        "FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_erased()",
    )


def _again(table: str, name: str, when: str, what: str) -> None:
    op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    _trigger(table, name, when, what)


def _trigger(table: str, name: str, when: str, what: str) -> None:
    op.execute(f"CREATE TRIGGER {table}_{name} {when} ON {table} {what}")


def _words(columns: tuple[str, ...]) -> str:
    return ", ".join(f"'{column}'" for column in columns)


def downgrade() -> None:
    op.execute("DROP TRIGGER outgoing_mail_owner ON outgoing_mail")
    for table in (*OF_PROFILE, *OF_ACCOUNT, "account"):
        op.execute(f"DROP TRIGGER {table}_erased ON {table}")
    for table in WORDED:
        op.execute(f"DROP TRIGGER {table}_only_words ON {table}")
        op.execute(f"DROP TRIGGER {table}_unchanged ON {table}")
        _again(table, "append_only", "BEFORE UPDATE OR DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()")
    op.execute("DROP TRIGGER matching_past_undeleted ON matching_past")
    _again("matching_past", "append_only", "BEFORE UPDATE OR DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()")
    for table, (name, when, what, _) in FROZEN.items():
        op.execute(f"DROP TRIGGER {table}_only_words ON {table}")
        _again(table, name, when, f"{ROW} {what}")
    for function in (
        "forget_words(bigint)",
        "refuse_change_of_erased()",
        "refuse_erased()",
        "refuse_other_change()",
        "erasing()",
        "find_mail_owner()",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("outgoing_mail", "account_id")
    op.drop_constraint(op.f("ck_account_erased_holds_nothing"), "account")
    op.drop_column("account", "erased_at")
