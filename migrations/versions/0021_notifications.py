"""People are told what changed and why, by page and mail as they choose; those on a project and its managers write."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = (
    *("security", "pay", "invitations", "profile", "work"),
    *("hours", "messages", "answers", "timesheets", "matching"),
)
WAYS = ("at_once", "daily", "page")
ONLY_ADD = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON message FROM fairmatch_app;
            REVOKE UPDATE, TRUNCATE ON notification_digest FROM fairmatch_app;
        END IF;
    END $$
"""


def upgrade() -> None:
    _make_notifications()
    _make_messages()
    op.add_column("outgoing_mail", sa.Column("stop_url", sa.Text(), nullable=False, server_default=""))
    op.alter_column("outgoing_mail", "stop_url", server_default=None)
    op.execute(ONLY_ADD)


def _make_notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _words(KINDS, "kind"), nullable=False),
        sa.Column("news", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("way", _words(WAYS, "way"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("url ~ '^/([^/\\\\]|$)'", name=op.f("ck_notification_url")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 300", name=op.f("ck_notification_title")),
        sa.CheckConstraint("char_length(why) <= 4000", name=op.f("ck_notification_why")),
        sa.CheckConstraint("mailed_at IS NULL OR way <> 'page'", name=op.f("ck_notification_mailed")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notification_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("account_id", "news", "thing", name=op.f("uq_notification_account_id_news_thing")),
    )
    op.create_index(op.f("ix_notification_account_id_id"), "notification", ["account_id", "id"])
    op.create_index(op.f("ix_notification_created_at"), "notification", ["created_at"])
    unread, due = sa.text("read_at IS NULL"), sa.text("way = 'daily' AND mailed_at IS NULL")
    op.create_index("ix_notification_unread", "notification", ["account_id"], postgresql_where=unread)
    op.create_index("ix_notification_digest", "notification", ["account_id"], postgresql_where=due)
    op.create_table(
        "notification_choice",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _words(KINDS, "kind"), nullable=False),
        sa.Column("way", _words(WAYS, "way"), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind NOT IN ('security', 'pay')", name=op.f("ck_notification_choice_not_fixed")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notification_choice_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notification_choice")),
    )
    op.create_table(
        "notification_digest",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notification_digest_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_notification_digest")),
    )


def _make_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(btrim(text)) BETWEEN 1 AND 2000", name=op.f("ck_message_length")),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_message_engagement_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["account.id"], name=op.f("fk_message_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_engagement_id_id"), "message", ["engagement_id", "id"])
    op.create_index(op.f("ix_message_sender_id_sent_at"), "message", ["sender_id", "sent_at"])
    op.execute(
        "CREATE TRIGGER message_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON message "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _words(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_column("outgoing_mail", "stop_url")
    for table in ("message", "notification_digest", "notification_choice", "notification"):
        op.drop_table(table)
