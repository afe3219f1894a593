"""Which tables hold something about a person, and what of it is theirs to take along.

Every table of the database stands in one of the two lists; a guard test sees to it.
"""

# By table: what a person finds under its name.
HELD = {
    "account": "who you are here",
    "account_role": "what you may do",
    "annotator_profile": "your profile and what was decided of it",
    "api_token": "your API tokens, without their secrets",
    "application": "your applications, with what each gate said then and what was decided",
    "audit_event": "what you did, and what was done to your account, profile, engagements and invitations",
    "candidate_mark": "for which projects managers shortlisted you, or did not choose you, and why",
    "candidate_note": "what managers noted about you",
    "degree": "your degrees",
    "dispute": "the disputes about your hours",
    "engagement": "the projects that you worked on",
    "engagement_rate": "what an hour was paid, and since when",
    "experience": "your experience",
    "fact_answer": "what you said of the facts that were read in your résumé",
    "invitation": "your invitations with the rate offered, line by line",
    "journal_entry": "the bookings that concern what you are owed",
    "language_skill": "your languages",
    "ledger_account": "what you are owed",
    "line_word": "what was written about your hours, and what you wrote about others'",
    "match": "where you were ranked or kept out, with gates, score and quoted words",
    "member_invitation": "invitations to an organisation that were sent to your address",
    "membership": "your organisations",
    "message": "the messages of your engagements, and those that you wrote",
    "notification": "what you were told, and why",
    "notification_choice": "how you want to be told",
    "notification_digest": "the days on which you got a digest",
    "outgoing_mail": "the mails that were sent to your address",
    "passkey": "your passkeys, without their keys",
    "payout": "what was paid to you",
    "payout_method": "how you are paid, and were before; of account numbers only country and end",
    "payout_line": "which earnings a payment holds",
    "portfolio": "your public page",
    "posting": "the lines of those bookings that are yours",
    "resume": "your résumés as they were read; the files lie beside",
    "resume_passage": "the passages that your résumés were cut into, by place in the text",
    "time_entry": "your hours",
    "timer": "the timer that is running",
    "timesheet": "your weeks",
    "wave_invitation": "which wave of invitations you were in",
    "web_session": "where you are signed in",
}
LEFT_OUT = {
    "bank_answer": "files of banks about the payments of everybody",
    "bank_answer_note": "how finance resolved what a bank said otherwise",
    "bank_answer_row": "what a bank said of each payment; what came of yours stands under payout",
    "bank_file": "payments of everybody together, as they were sent to the bank",
    "event": "tells an organisation what happened; people stand in it by pseudonym",
    "guideline_version": "guidelines of projects",
    "language_code": "numbers of languages",
    "ledger_head": "the seal of the books; Earnings gives the proof that your entries are in them",
    "ledger_leaf": "hashes over bookings, which stand under journal_entry",
    "ledger_node": "hashes over hashes",
    "match_log": "every ranking of everybody; what concerns you and was shown to somebody stands under match",
    "match_run": "what a project looked for",
    "matching_past": "derived from profile and résumé for replaying rankings",
    "matching_row": "derived from profile and résumé",
    "organisation": "clients",
    "payout_terms": "from which sum on and when clients pay",
    "people_search": "what managers looked for",
    "payout_run": "payments of everybody together",
    "project": "projects of clients",
    "project_commitment": "sums of what projects cost",
    "project_vector": "derived from projects",
    "rate_line": "rate cards of projects",
    "requirement_version": "requirements of projects",
    "resume_index": "counted words, derived from the résumé",
    "resume_vectors": "numbers that a model computes from the résumé",
    "role": "the names of roles",
    "stored_answer": "sealed answers of one day, which nobody but the client that asked can read",
    "task": "the to-do list of the machines; holds ids only",
    "task_attempt": "how it is being done",
    "text_vector": "numbers that a model computes from texts of projects",
    "try_count": "how often something was tried, by hash",
    "vector_space": "models",
    "wave": "sizes of waves of invitations, and what they rest on",
    "wave_plan": "rules by which projects invite",
    "webhook_attempt": "messages to an organisation",
    "webhook_delivery": "messages to an organisation",
    "webhook_endpoint": "addresses of an organisation",
    "wish": "wishes of projects",
    "worker_heartbeat": "machines",
}
# Keys and what stands for them: whoever found the file could act as the person.
SECRET = frozenset(
    {
        *("password", "fs_uniquifier", "tf_totp_secret", "tf_last_counter", "mf_recovery_codes"),
        *("fs_webauthn_user_handle", "credential_id", "public_key", "sign_count", "token_hash", "key_hash", "content"),
        *("storage_key", "last_error"),
    }
)
# Links in mails are keys too, while they are good.
# An account number stays masked here too: the archive is had by session or token, without the password, and its owner
# knows the number from the bank.
SECRET_OF = {
    "outgoing_mail": frozenset({"body", "stop_url"}),
    "passkey": frozenset({"transports", "extensions"}),
    "payout_method": frozenset({"iban", "fingerprint"}),
}
ABOUT = """\
Everything that Fairmatch holds about you, as of {moment} (UTC).

data/     one JSON file for each kind of record
resumes/  your résumés as you uploaded them

{tables}

Left out are keys and passwords (and the words of mails, which hold links that act for you), what is computed from the
above, and what is about projects and organisations rather than about you.
"""


def about(moment: str, counts: dict[str, int]) -> str:
    """Return the text that goes along, with how many records of each kind there are."""
    lines = [f"data/{name}.json  {count:,}  {HELD[name]}" for name, count in counts.items()]
    return ABOUT.format(moment=moment, tables="\n".join(lines))
