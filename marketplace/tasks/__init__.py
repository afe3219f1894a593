"""Background work: the row in the task table is the promise, RQ is only the bell that wakes a worker."""

from marketplace.tasks.actions import ring, ring_apart

__all__ = ["ring", "ring_apart"]
