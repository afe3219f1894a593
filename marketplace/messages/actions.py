"""The writes of messages: to one, to all of a team, and back; each is told to whoever it is for."""

from collections.abc import Sequence

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.messages import queries
from marketplace.messages.models import Message
from marketplace.messages.rules import refuse_message
from marketplace.notices import Kind, notify
from marketplace.projects.models import Project
from marketplace.work.models import Engagement


def write(engagement: Engagement, text: str, *, by: Account) -> Message:
    """Write *text* in the thread of an engagement that *by* works under or manages, and tell the other side.

    Raises Refused when the engagement ended long ago, or somebody on the project writes before any manager has.
    """
    is_theirs = engagement.profile.account_id == by.id
    refusal = refuse_message(
        ended_at=engagement.ended_at,
        now=clock.now(),
        by_manager=not is_theirs,
        is_begun=not is_theirs or queries.is_begun(engagement),
    )
    if refusal:
        raise Refused(refusal)
    message = Message(engagement_id=engagement.id, sender_id=by.id, text=text)
    db.session.add(message)
    db.session.flush()
    audit.record("message.sent", "engagement", engagement.id, actor_id=by.id, message=message.id)
    readers = queries.readers_of_answer(engagement) if is_theirs else [engagement.profile.account]
    for reader in readers:
        _tell(reader, message, engagement, by)
    return message


def write_to_team(
    project: Project, text: str, engagement_ids: Sequence[int] | None = None, *, by: Account
) -> list[Message]:
    """Write one text to everybody under engagement on *project*, or to those chosen, each in their own thread."""
    chosen = None if engagement_ids is None else list(engagement_ids)
    return [write(engagement, text, by=by) for engagement in queries.seated_of(project, chosen)]


# What people on a project say of themselves stays where they can have it erased: of them only that they wrote is told.
def _tell(reader: Account, message: Message, engagement: Engagement, by: Account) -> None:
    theirs = engagement.profile.account_id == by.id
    who = engagement.profile.pseudonym if theirs else by.name or "Somebody"
    notify(
        reader,
        Kind.MESSAGES,
        "message.received",
        f"message:{message.id}",
        f"{who} wrote to you about “{engagement.project.title}”",
        f"/engagements/{engagement.id}/messages",
        why="" if theirs else message.text,
    )
