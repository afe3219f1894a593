"""Which columns hold words of people, programs or servers elsewhere, and which hold only what this program writes."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask_security import AsaList
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.db import Base

# Words that somebody typed, a file or a server said, or that were put together of such words.
FREE = """
    wave.passed_over application.decision_note application.gates application.note application.override_note
    fact_answer.quote
    candidate_mark.note candidate_note.text people_search.text portfolio.headline
    payout_method.holder payout_method.description line_word.text
    bank_answer_note.text bank_answer_row.end_to_end_id bank_answer_row.reference
    guideline_version.text guideline_version.change message.text notification.title notification.why
    account.email account.name annotator_profile.about annotator_profile.decision_note api_token.name
    audit_event.facts degree.subject engagement.state_reason event.facts experience.description
    invitation.decline_note invitation.rate_breakdown journal_entry.reason match.flags match.gates match.parts
    match_run.brief member_invitation.email organisation.name outgoing_mail.body outgoing_mail.last_error
    outgoing_mail.recipient outgoing_mail.subject passkey.name payout.failure_reason payout.reference
    project.close_reason project.content_warnings project.description project.title rate_line.label resume.facts
    resume.filename resume.flags resume.refusal resume.text task.last_error task_attempt.error time_entry.note
    time_entry.reject_note timer.note vector_space.model web_session.user_agent webhook_attempt.answer
    webhook_attempt.error webhook_endpoint.description webhook_endpoint.disabled_reason webhook_endpoint.url wish.text
    worker_heartbeat.worker
""".split()  # noqa: SIM905
# States, kinds, hashes, keys, tags and names of this program's own; what comes in is held against a list first.
MACHINE = """
    bank_answer.kind bank_answer.sha256 bank_answer_row.currency bank_answer_row.finding bank_answer_row.said
    bank_file.currency bank_file.message_id bank_file.sha256 bank_file.storage_key
    dispute.state dispute.reason line_word.kind
    candidate_mark.mark candidate_mark.reason portfolio.key portfolio.parts
    notification.kind notification.news notification.thing notification.url notification.way notification_choice.kind
    notification_choice.way outgoing_mail.stop_url
    application.decline_reason application.state fact_answer.answer fact_answer.kind fact_answer.level
    fact_answer.subject language_code.tag matching_past.country matching_past.currency matching_past.facts
    matching_row.country matching_row.currency matching_row.facts wave_plan.end_reason wave_plan.state
    account.fs_uniquifier account.fs_webauthn_user_handle account.mf_recovery_codes account.password
    account.tf_primary_method account.tf_totp_secret annotator_profile.country annotator_profile.currency
    annotator_profile.rejection_reason annotator_profile.state annotator_profile.time_zone api_token.scopes
    api_token.token_hash audit_event.action audit_event.object_kind audit_event.request_id degree.provenance
    degree.status engagement.role engagement.state engagement_rate.currency event.kind experience.kind
    experience.provenance invitation.currency invitation.decline_reason invitation.state journal_entry.key
    journal_entry.kind language_skill.provenance language_skill.tag ledger_account.currency ledger_account.kind
    match_log.features match_log.outcomes match_run.code_version match_run.gates match_run.snapshot match_run.weights
    member_invitation.key_hash organisation.currency outgoing_mail.message_id outgoing_mail.state
    outgoing_mail.template passkey.device_type passkey.extensions passkey.transports passkey.usage payout.currency
    payout.state payout_run.currency payout_run.state posting.currency project.currency project.state
    rate_line.condition requirement_version.gates resume.kind resume.language resume.language_note
    resume.refusal_code resume.sha256 resume.state resume.storage_key resume_index.spec resume_passage.flag
    resume_passage.kind role.description role.name role.permissions stored_answer.fingerprint stored_answer.name
    task.dedupe_key task.job task.kind task.payload task.queue task.request_id task.state task_attempt.event
    task_attempt.worker time_entry.currency time_entry.reject_reason time_entry.source time_entry.state
    timesheet.state timesheet.time_zone try_count.key vector_space.sha256 vector_space.state web_session.content
    web_session.key_hash webhook_delivery.state webhook_endpoint.kinds worker_heartbeat.queue
    payout_method.kind payout_method.last_four payout_method.country payout_method.bic payout_method.fingerprint
    payout_terms.currency payout_terms.schedule
""".split()  # noqa: SIM905
# Where the database itself lets no more letters in than these.
SHORT = {
    "notification.title": 300,
    "guideline_version.change": 300,
    "payout_method.holder": 70,
    "payout_method.description": 200,
    "bank_answer_note.text": 500,
    "line_word.text": 2000,
    "message.text": 2000,
}
# Of documents, only what stands under these keys is words; of an audit event or an event everything is.
WORDED = frozenset(
    {"words", "fact", "change", "label", "wish", "text", "quote", "title", "description", "wishes", "who", "why"}
)
ALL_WORDED = frozenset({"audit_event.facts", "event.facts"})


def holds_text(column: "sa.Column[object]") -> bool:
    """Return whether text can stand in *column*, alone, in a list or in a document."""
    kind = column.type.item_type if isinstance(column.type, sa.ARRAY) else column.type
    return isinstance(kind, sa.String | JSONB | AsaList)


def text_columns() -> Iterator["sa.Column[object]"]:
    """Give every column of every table that text can stand in."""
    for table in Base.metadata.sorted_tables:
        yield from filter(holds_text, table.columns)
