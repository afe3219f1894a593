"""The worker: which jobs answer which news, what is swept how often, and the processes that do it."""

import signal
import threading
from collections.abc import Callable, Collection
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import Flask

from marketplace import mail, repeats
from marketplace.accounts import sessions, tries
from marketplace.applications import jobs as application_jobs
from marketplace.config import Config
from marketplace.db import db
from marketplace.disputes import jobs as dispute_jobs
from marketplace.erasure import jobs as erasure_jobs
from marketplace.guidelines import jobs as guideline_jobs
from marketplace.invitations import jobs as invitation_jobs
from marketplace.ledger import jobs as ledger_jobs
from marketplace.logs import set_up_logs
from marketplace.notifications import jobs as notification_jobs
from marketplace.profiles import jobs as profile_jobs
from marketplace.projects import jobs as project_jobs
from marketplace.searches import jobs as search_jobs
from marketplace.services import addresses
from marketplace.spaces import actions as space_actions
from marketplace.spaces import jobs as space_jobs
from marketplace.tasks import embedder, leases, sweeps
from marketplace.tasks.models import Task
from marketplace.tasks.news import Queue
from marketplace.tasks.performing import Answers, Outcome, perform
from marketplace.tasks.process import work
from marketplace.tasks.relay import Relay
from marketplace.tasks.sweeps import Sweep
from marketplace.timesheets import jobs as timesheet_jobs
from marketplace.waves import jobs as wave_jobs
from marketplace.webhooks import actions as webhook_actions
from marketplace.webhooks import jobs as webhook_jobs
from marketplace.work import jobs as work_jobs
from matching.resumes.language_model import shared_model

ANSWERS: dict[str, tuple[Callable[[int], None], ...]] = {
    "invitation.made": (invitation_jobs.send_invitation, application_jobs.take_invited),
    "invitation.expiring": (invitation_jobs.expire_invitation,),
    "invitation.settled": (invitation_jobs.tell_decline, wave_jobs.look_after),
    "wave_plan.due": (wave_jobs.look,),
    "invitation.ending": (invitation_jobs.warn_of_end,),
    "seat.freed": (work_jobs.offer_free_seats,),
    "project.completed": (work_jobs.close_project, application_jobs.close_applications),
    "budget.refused": (timesheet_jobs.tell_of_refusal,),
    "project.duplicated": (guideline_jobs.copy_guidelines,),
    "mail.queued": (mail.deliver,),
    "account.erased": (erasure_jobs.finish_erasure,),
    "event.happened": (webhook_jobs.tell_endpoints, work_jobs.tell_team),
    "webhook.due": (webhook_jobs.deliver,),
    "project.brief_changed": (project_jobs.embed_brief,),
    "people_search.asked": (search_jobs.embed_search,),
    "resume.uploaded": (profile_jobs.read_resume,),
    "space.building": (space_jobs.plan,),
    "space.resumes": (space_jobs.embed_window,),
    "space.briefs": (space_jobs.embed_briefs,),
}

SWEEPS: tuple[Sweep, ...] = (
    Sweep("scheduled_projects", timedelta(minutes=10), project_jobs.start_scheduled),
    Sweep("running_wave_plans", timedelta(minutes=10), wave_jobs.look_at_all),
    Sweep("review_deadlines", timedelta(minutes=30), timesheet_jobs.look_at_deadlines),
    Sweep("late_disputes", timedelta(minutes=30), dispute_jobs.remind_of_disputes),
    Sweep("finished_tasks", timedelta(hours=1), sweeps.drop_finished_tasks),
    Sweep("expired_sessions", timedelta(hours=1), sessions.drop_expired),
    Sweep("old_tries", timedelta(hours=1), tries.drop_old),
    Sweep("old_events", timedelta(hours=1), webhook_actions.drop_old),
    Sweep("unsealed_entries", timedelta(minutes=1), ledger_jobs.seal_booked),
    Sweep("digests", timedelta(minutes=15), notification_jobs.send_digests),
    Sweep("old_notifications", timedelta(hours=1), notification_jobs.drop_old),
    Sweep("old_answers", timedelta(hours=1), repeats.drop_old),
    Sweep("silent_workers", timedelta(hours=1), sweeps.drop_silent_workers),
)


def run(queue: str) -> None:
    """Be the worker of *queue* (``general``, ``model`` or ``outside``) until SIGTERM or SIGINT."""
    from marketplace.app import create_app

    app = create_app()
    if queue == Queue.MODEL:
        use_model(app)
        begin_space(app)
        shared_model()
    work(app, Queue(queue), answers)


def run_relay() -> None:
    """Be a relay until SIGTERM or SIGINT."""
    config = Config.from_environment()
    set_up_logs(config.log_level)
    services = addresses(config)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # in a thread of its own: the signal may arrive while this one holds the lock of the event
        signal.signal(number, lambda *_: threading.Thread(target=stopping.set, daemon=True).start())
    Relay(services.database_url, services.redis_url, SWEEPS).run(stopping)


def use_model(app: Flask) -> None:
    """Let the jobs of this process load the model of the settings, and those of other spaces, when first asked for."""
    config: Config = app.config["FAIRMATCH"]

    def load(model: str = config.embedding_model) -> embedder.TextEmbedder:
        from matching.embedding import Embedder

        return Embedder.load(model, cache=config.data_dir / "models")

    def find(model: str) -> embedder.TextEmbedder | None:
        from matching.embedding import WrongModel

        try:
            return load(model)
        except (WrongModel, OSError, ValueError) as error:
            structlog.get_logger(__name__).warning("model not loaded", model=model, error=type(error).__name__)
            return None

    embedder.use(load, find)


def begin_space(app: Flask) -> None:
    """Load the model of the settings and, where it is not the one that matching uses, begin to change over to it."""
    with app.app_context():
        space_actions.begin(embedder.get().space)
        db.session.commit()


def answers() -> Answers:
    """Return every job by the news it answers, the sweeps among them."""
    return {**ANSWERS, **{sweep.news: (sweep.function,) for sweep in SWEEPS}}


def perform_due(app: Flask, *, kinds: Collection[str] | None = None, raise_errors: bool = True) -> int:
    """Perform every task that is due, here and now without RQ, until none is left; return how many were done.

    What a job raises is noted in its row and then, unless *raise_errors* is off, raised here.
    """
    done = 0
    while task_ids := _due_ids(app, kinds):
        for task_id in task_ids:
            done += perform(app, task_id, answers(), "inline", raise_errors=raise_errors) is Outcome.DONE
    return done


def _due_ids(app: Flask, kinds: Collection[str] | None) -> list[int]:
    with app.app_context():
        query = sa.select(Task.id).where(leases.due()).order_by(Task.next_run_at, Task.id)
        return list(db.session.scalars(query if kinds is None else query.where(Task.kind.in_(kinds))))
