"""A worker as a process: its heart, its RQ worker, and how it leaves."""

import os
import socket
import threading
from collections.abc import Callable

from flask import Flask

from marketplace.services import Services
from marketplace.tasks import bell
from marketplace.tasks.heart import Heart
from marketplace.tasks.news import Queue
from marketplace.tasks.performing import Answers, perform

SECONDS_TO_FINISH = 10.0


def work(app: Flask, queue: Queue, answers: Callable[[], Answers]) -> None:
    """Perform the tasks of *queue* until SIGTERM or SIGINT.

    The task in hand is then finished or, when that takes longer than ten seconds, given back.
    """
    services: Services = app.extensions["fairmatch_services"]
    heart = Heart(services.database_url, f"{queue}-{socket.gethostname()}-{os.getpid()}", queue)

    def run_task(task_id: int) -> None:
        perform(app, task_id, answers(), heart.worker, keep=heart.keep)

    bell.FairmatchJob.performer = run_task
    heart.start()
    bell.listen(services.redis_url, queue, heart.worker, lambda: _leave_in_time(heart))
    heart.stop()


def _leave_in_time(heart: Heart) -> None:
    """Give the task in hand back and end this process if it still runs in ten seconds."""

    def leave() -> None:
        try:
            heart.let_go()
        finally:
            os._exit(0)

    timer = threading.Timer(SECONDS_TO_FINISH, leave)
    timer.daemon = True
    timer.start()
