"""Fills an empty installation with the demo world, with progress bars; goes on where it was cut short."""

import sqlalchemy as sa
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.demo import applying, inviting, leaving, paying, stage, story, talking
from marketplace.demo.people import PEOPLE
from marketplace.demo.projects import SCRIPTS

BEGUN, FILLED = "demo.begun", "demo.filled"


def is_wanted(app: Flask) -> bool:
    """Return whether the database is empty, or a fill was begun and not finished."""
    with app.app_context():
        done = set(db.session.scalars(sa.select(AuditEvent.action).where(AuditEvent.action.in_([BEGUN, FILLED]))))
        empty = db.session.scalar(sa.select(Account.id).limit(1)) is None
        return FILLED not in done and (empty or BEGUN in done)


def fill(app: Flask, console: Console | None = None) -> None:
    """Make the demo world; the relay and the workers have to be running.

    Raises TimeoutError when no worker reads the résumés.
    """
    columns = (TextColumn("{task.description:38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with app.app_context(), Progress(*columns, console=console or Console(stderr=True)) as progress:
        calendar = story.Calendar(clock.now())
        if not _noted(BEGUN):
            _note(BEGUN)
        _step(progress, "Staff and two clients", len(story.STAFF), lambda tick: story.open_the_house(calendar, tick))
        _step(progress, "People sign up", len(PEOPLE), lambda tick: story.people_arrive(calendar, tick))
        _step(progress, "Projects are written", len(SCRIPTS), lambda tick: inviting.projects_begin(calendar, tick))
        _read(progress)
        _step(progress, "Profiles are decided", len(PEOPLE), lambda tick: story.profiles_are_decided(calendar, tick))
        _step(
            progress, "Invitations and answers", len(SCRIPTS), lambda tick: inviting.people_are_invited(calendar, tick)
        )
        weeks = (paying.WEEKS + 1) * paying.count_engagements()
        _step(progress, "Hours, approvals, payouts", weeks, lambda tick: paying.hours_are_logged(calendar, tick))
        _step(progress, "New invitations", len(SCRIPTS), lambda tick: inviting.new_invitations_wait(calendar, tick))
        _step(progress, "Applications", len(SCRIPTS), lambda tick: applying.people_apply(calendar, tick))
        _step(progress, "Messages, marks and notes", len(SCRIPTS), lambda tick: talking.people_talk(calendar, tick))
        _step(progress, "Somebody leaves", 1, lambda tick: leaving.somebody_leaves(calendar, tick))
        stage.finish()
        _note(FILLED)


def sign_ins() -> list[tuple[str, str]]:
    """Return (who, address) of the accounts to try; the password is the same for all."""
    staff = [(full_name, f"{name}@{story.DOMAIN}") for name, full_name, _, _ in story.STAFF]
    return [*staff, *((f"{person.name} (annotator)", story.email_of(person)) for person in PEOPLE[:3])]


def _step(progress: Progress, label: str, total: int, tell: "story.Teller") -> None:
    bar = progress.add_task(label, total=total)
    tell(lambda: progress.advance(bar))
    progress.update(bar, completed=total)


def _read(progress: Progress) -> None:
    bar = progress.add_task("The worker reads and embeds", total=len(PEOPLE) + len(SCRIPTS))

    def show(left: int) -> None:
        progress.update(bar, completed=max(0, len(PEOPLE) + len(SCRIPTS) - left))

    stage.wait_for_workers(frozenset({"resume.uploaded", "project.brief_changed"}), show)


def _noted(action: str) -> bool:
    return db.session.scalar(sa.select(AuditEvent.id).where(AuditEvent.action == action).limit(1)) is not None


def _note(action: str) -> None:
    audit.record(action, "installation", None, actor_id=None)
    db.session.commit()
