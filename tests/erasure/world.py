"""Somebody with something distinctive wherever words of people can stand, and a search for it everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_security import hash_password

from marketplace import clock, mail, storage
from marketplace.accounts.models import Account, Passkey, WebSession
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions as applications
from marketplace.applications.rules import ApplicationDecline
from marketplace.db import db
from marketplace.disputes import actions as disputes
from marketplace.disputes.rules import Step
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchRun
from marketplace.messages import actions as messages
from marketplace.notices import Kind, notify
from marketplace.organisations import actions as organisations
from marketplace.payees import actions as payees
from marketplace.payouts import actions as payouts
from marketplace.payouts.actions import Rejection
from marketplace.payouts.rules import PayoutState
from marketplace.portfolios import actions as portfolios
from marketplace.portfolios.rules import Part
from marketplace.profiles import actions as profiles
from marketplace.profiles.models import AnnotatorProfile, Degree, FactAnswer, Resume
from marketplace.profiles.rules import FactSaid
from marketplace.projects.models import Project
from marketplace.shortlists import actions as shortlists
from marketplace.shortlists.rules import Mark
from marketplace.timesheets import actions as hours
from marketplace.timesheets.rules import RejectReason
from marketplace.work import actions as work
from marketplace.work.models import Engagement
from matching.vocabulary import DegreeStatus, IscedLevel
from tests import build
from tests.payouts.books import TUESDAY, approved_run, boss_of, seat

PASSWORD = "brown kettles sing at dawn"
NAME, EMAIL = "Quillandra Vexworthy", "quillandra@vexworthy.test"
# Nothing else in any test holds these; words beginning with zyxoquib say by their ending where they were planted.
PLANTED = ("quillandra", "vexworthy", "zyxoquib")
RESUME = (
    "Annotation specialist.\nLabelled zyxoquibsentiment and sentiment in Chinese and English texts for four years.\n"
    "Quillandra Vexworthy, quillandra@vexworthy.test"
)


@dataclass
class Someone:
    """The person, with what they have to do with others; *project*: where they are invited and were ranked."""

    account: Account
    profile: AnnotatorProfile
    manager: Account
    on: Engagement
    project: Project
    run: MatchRun
    invitation: Invitation


def make(*, paid: bool = True) -> Someone:
    """Make the person with words everywhere and, where *paid*, the money settled; commit."""
    profile = build.profile(name=NAME, resume_text=RESUME, about="zyxoquibabout", decision_note="zyxoquibdecision")
    account = profile.account
    account.email, account.password = EMAIL, hash_password(PASSWORD)
    profile.degrees = [Degree(level=IscedLevel.MASTER, status=DegreeStatus.HELD, subject="zyxoquibsubject")]
    profile.experiences[0].description = "zyxoquibexperience"
    db.session.flush()
    _read_and_answered(profile)
    on = seat(worker=profile)
    manager = boss_of(on)
    _worked(on, manager, paid=paid)
    project = build.project(on.project.organisation, by=manager, gates=[DEGREE])
    run, invitation = _ranked_and_invited(project, profile, manager)
    _asked_and_answered(on, profile, manager)
    _around(account, on, manager)
    db.session.commit()
    profile.degrees[0].subject = "zyxoquibsubject of late"  # the row before goes into the past
    db.session.commit()
    return Someone(account, profile, manager, on, project, run, invitation)


DEGREE: dict[str, Any] = {"gate": "degree", "level": 7, "in_progress_is_enough": False}


def _read_and_answered(profile: AnnotatorProfile) -> None:
    resume = db.session.scalars(sa.select(Resume).filter_by(profile_id=profile.id)).one()
    resume.filename, resume.facts = "quillandra.txt", [build.FOUND | {"quote": "zyxoquibfact"}]
    resume.flags = [{"kind": "list", "start": 0, "end": 4, "words": "zyxoquibflag"}]
    storage.keep(resume.storage_key, RESUME.encode())
    said = {"kind": "language", "subject": "en", "level": "C1", "answer": FactSaid.DISMISSED, "quote": "zyxoquibanswer"}
    db.session.add(FactAnswer(profile_id=profile.id, resume_id=resume.id, **said))
    profiles.upload_resume(profile, "quillandra2.txt", b"Vexworthy zyxoquibunread. " * 20, by=profile.account)


def _worked(on: Engagement, manager: Account, *, paid: bool) -> None:
    """Log, change, hand in and decide hours with notes; have one payment fail, and the next arrive."""
    later = TUESDAY + timedelta(hours=1)
    first = hours.log_time(on.profile, on.id, TUESDAY, later, "zyxoquibhours")
    hours.change_entry(on.profile, first[0].id, TUESDAY, later, "zyxoquibhours again")
    refused = hours.log_time(on.profile, on.id, later, later + timedelta(hours=1), "zyxoquibrefused")
    hours.submit_week(on.profile, on.id, refused[0].timesheet.week_starts_on)
    rejection = Rejection(refused[0].id, RejectReason.NO_WORK_FOUND, "zyxoquibrejection of Vexworthy")
    rejection = replace(rejection, evidence="zyxoquibevidence of Vexworthy")
    db.session.commit()
    payouts.decide_lines([first[0].id], [rejection], by=manager)
    db.session.commit()
    payees.pay_to_account(on.profile, NAME, "DE89 3704 0044 0532 0130 00")
    disputes.take_step(refused[0].id, Step.CONTEST, "zyxoquibcontested", by=on.profile.account)
    disputes.take_step(refused[0].id, Step.UPHOLD, "zyxoquibupheld of Vexworthy", by=manager)
    db.session.commit()
    if paid:
        finance = build.account(RoleName.FINANCE)
        for outcome, told in (
            (PayoutState.FAILED, {"reason": "zyxoquibbank"}),
            (PayoutState.PAID, {"reference": "B-1"}),
        ):
            payouts.record_outcome(approved_run().payouts[0].id, outcome, by=finance, **told)
    messages.write(on, "zyxoquibwelcome of Vexworthy", by=manager)
    messages.write(on, "zyxoquibanswered", by=on.profile.account)
    work.pause_engagement(on, "zyxoquibpause", by=manager)
    work.resume_engagement(on, by=manager)


def _ranked_and_invited(project: Project, profile: AnnotatorProfile, manager: Account) -> tuple[MatchRun, Invitation]:
    run = make_match_run(project, manager)
    match = db.session.scalars(sa.select(Match).where(Match.run_id == run.id, Match.profile_id == profile.id)).one()
    shortlists.mark_candidate(project, match.id, Mark.SHORTLISTED, None, "zyxoquibmark", by=manager)
    shortlists.add_note(project, match.id, "zyxoquibnote", by=manager)
    (invitation,) = invitations.invite(project, [match.id], by=manager).made
    invitation.rate_breakdown = [{"label": "Degree", "amount_minor": 100, "holds": True, "fact": "zyxoquibrate"}]
    return run, invitation


def _asked_and_answered(on: Engagement, profile: AnnotatorProfile, manager: Account) -> None:
    """Apply with notes, once to wait and once to be declined, and decline an invitation."""
    client = on.project.organisation
    applications.apply(build.project(client, by=manager, gates=[DEGREE]).id, "zyxoquibapplication", profile.account)
    declined = applications.apply(build.project(client, by=manager).id, "zyxoquibapplication two", profile.account)
    applications.decline_application(declined, ApplicationDecline.OTHERS_FIT_BETTER, "zyxoquibregret", by=manager)
    other = build.project(client, by=manager)
    _, invitation = _ranked_and_invited(other, profile, manager)
    invitations.decline_invitation(invitation, DeclineReason.OTHER, "zyxoquibdecline", profile.account)


def _around(account: Account, on: Engagement, manager: Account) -> None:
    """Give the account what lies around it: mails, tokens, a passkey, a session, an invitation as a member."""
    payees.pay_elsewhere(on.profile, "zyxoquibsalary")
    portfolios.publish(on.profile, "zyxoquibheadline", list(Part))
    notify(account, Kind.SECURITY, "passkey.added", "account:1", "zyxoquibtold of a passkey", "/account", by_mail=False)
    mail.queue(EMAIL, "account_exists", "zyxoquibmail", name=NAME)
    mail.queue("former@vexworthy.test", "address_changed", "zyxoquibformer", to_name=NAME, account_id=account.id)
    organisations.invite_member(on.project.organisation, EMAIL, is_owner=False, by=manager)
    session = {"key_hash": "x", "content": "{}", "user_agent": "zyxoquibbrowser"}
    db.session.add(WebSession(account_id=account.id, expires_at=clock.now() + timedelta(days=1), **session))
    key = {"name": "zyxoquibkey", "credential_id": b"zyxoquibcredential", "public_key": b"1", "sign_count": 0}
    kind = {"usage": "first", "device_type": "single_device", "backup_state": False, "lastuse_datetime": clock.now()}
    db.session.add(Passkey(account_id=account.id, **key, **kind))


def left(app: Flask, words: tuple[str, ...] = PLANTED) -> list[str]:
    """Return every place, in any column of any table or in any file, that still holds one of *words*."""
    return [*_in_tables(words), *_in_files(app, words)]


def _in_tables(words: tuple[str, ...]) -> Iterator[str]:
    """Look at every column as text, whatever its type; of bytes at what they say in UTF-8."""
    columns = sa.text(
        "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
    )
    for table, column, kind in db.session.execute(columns).all():
        shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
        for word in words:
            found = db.session.scalar(
                sa.text(f'SELECT count(*) FROM "{table}" WHERE {shown} ILIKE :like'), {"like": f"%{word}%"}
            )
            if found:
                yield f"{table}.{column} holds {word} in {found} rows"


def _in_files(app: Flask, words: tuple[str, ...]) -> Iterator[str]:
    folder = current_app.config["FAIRMATCH"].data_dir
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.name.lower().encode() + path.read_bytes().lower()
            yield from (f"{path.relative_to(folder)} holds {word}" for word in words if word.encode() in content)
