"""Every piece of news that may be rung and the queue that answers it; the answers themselves are in worker.py."""

from enum import StrEnum


class Queue(StrEnum):
    """The kinds of worker: ``model`` has the embedding model in memory, ``outside`` waits for strangers' servers."""

    GENERAL = "general"
    MODEL = "model"
    OUTSIDE = "outside"


NEWS: dict[str, Queue] = {
    "invitation.made": Queue.GENERAL,
    "invitation.expiring": Queue.GENERAL,
    "invitation.settled": Queue.GENERAL,
    "wave_plan.due": Queue.GENERAL,
    "invitation.ending": Queue.GENERAL,
    "seat.freed": Queue.GENERAL,
    "project.completed": Queue.GENERAL,
    "project.duplicated": Queue.GENERAL,
    "budget.refused": Queue.GENERAL,
    "mail.queued": Queue.GENERAL,
    "account.erased": Queue.GENERAL,
    "event.happened": Queue.GENERAL,
    "webhook.due": Queue.OUTSIDE,
    "project.brief_changed": Queue.MODEL,
    "people_search.asked": Queue.MODEL,
    "resume.uploaded": Queue.MODEL,
    "space.building": Queue.MODEL,
    "space.resumes": Queue.MODEL,
    "space.briefs": Queue.MODEL,
}
