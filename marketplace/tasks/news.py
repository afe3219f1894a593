"""Every piece of news that may be rung and the queue that answers it; the answers themselves are in worker.py."""

from enum import StrEnum


class Queue(StrEnum):
    """The kinds of worker: ``model`` has the embedding model in memory, ``general`` is light and quick."""

    GENERAL = "general"
    MODEL = "model"


NEWS: dict[str, Queue] = {
    "invitation.made": Queue.GENERAL,
    "invitation.expiring": Queue.GENERAL,
    "seat.freed": Queue.GENERAL,
    "project.completed": Queue.GENERAL,
    "mail.queued": Queue.GENERAL,
    "project.brief_changed": Queue.MODEL,
    "resume.uploaded": Queue.MODEL,
    "space.building": Queue.MODEL,
    "space.resumes": Queue.MODEL,
    "space.briefs": Queue.MODEL,
}
