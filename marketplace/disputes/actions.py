"""Steps about one line: asking and answering, contesting, deciding again, an appeal and its end."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import audit, clock, money
from marketplace.accounts.models import Account, Role
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.disputes import queries, rules
from marketplace.disputes.models import Dispute
from marketplace.disputes.rules import MOVES, UNDER_DISPUTE, DisputeState, Side, Step
from marketplace.errors import Refused
from marketplace.formats import hours_text, moment_text
from marketplace.notices import Kind, Notification, notify
from marketplace.organisations.telling import tell_managers
from marketplace.payouts.actions import approve_disputed
from marketplace.projects import queries as project_queries
from marketplace.timesheets.models import LineWord, TimeEntry
from marketplace.timesheets.queries import minutes_logged, overlapping
from marketplace.timesheets.rules import EntryState, RejectReason, WordKind
from marketplace.words import say
from marketplace.work.models import Engagement

TOLD = {
    Step.WRITE: "Something was written about hours on “{}”",
    Step.ACCEPT: "It is accepted that hours on “{}” are not approved",
    Step.CONTEST: "Hours on “{}” that were not approved are contested",
    Step.APPROVE: "Contested hours on “{}” are approved",
    Step.UPHOLD: "Contested hours on “{}” stay not approved",
    Step.APPEAL: "There is an appeal about hours on “{}”",
}


def take_step(entry_id: int, step: Step, text: str, *, by: Account) -> TimeEntry:
    """Take a step about a line, keep its words for both sides, and tell the other; raises Missing, Refused."""
    entry = queries.get_line(entry_id, by, lock=True)
    side, dispute = queries.side_of(entry, by), queries.find_dispute(entry)
    standing = queries.standing_of(entry, dispute)
    if refusal := rules.refuse_step(standing, step, side, by.id, clock.now()):
        raise Refused(refusal)
    if step in rules.NEEDS_WORDS and not text:
        raise Refused(say("Say it in words: both sides read them."), field="text")
    _write(entry, step, text, by)
    if step is not Step.WRITE:
        _move(entry, dispute, MOVES[standing.dispute, step], by)
        audit.record(f"dispute.{rules.PAST[step]}", "time_entry", entry.id, actor_id=by.id)
    db.session.flush()
    _tell(entry, step, side, by)
    return entry


def remind_of_disputes() -> None:
    """Tell managers, once, of disputes that are not decided in time; none is decided by itself."""
    thing_of = sa.func.concat("dispute:", Dispute.id, ":", Dispute.state)
    told = sa.exists().where(Notification.news == "dispute.late", Notification.thing == thing_of)
    late = sa.select(Dispute).where(Dispute.state.in_(UNDER_DISPUTE), Dispute.due_at <= clock.now(), ~told)
    project_of = joinedload(Dispute.entry).joinedload(TimeEntry.engagement).joinedload(Engagement.project)
    for dispute in db.session.scalars(late.options(project_of).order_by(Dispute.due_at).limit(500)):
        project = dispute.entry.engagement.project
        title = f"A dispute about hours on “{project.title}” is past its deadline: please decide"
        thing = f"dispute:{dispute.id}:{dispute.state}"
        url = f"/time/lines/{dispute.entry_id}"
        tell_managers(project.organisation_id, Kind.TIMESHEETS, "dispute.late", thing, title, url)
        if dispute.state is DisputeState.APPEALED:
            _tell_finance("dispute.late", thing, title, url, but=None)


def _write(entry: TimeEntry, step: Step, text: str, by: Account) -> None:
    if not text:
        return
    if step is Step.WRITE:
        # Each has room of their own, and no step that decides needs any: nobody is written out of a dispute.
        own = (LineWord.entry_id == entry.id, LineWord.author_id == by.id, LineWord.kind == WordKind.WRITE)
        if db.session.scalars(sa.select(sa.func.count()).where(*own)).one() >= rules.MOST_WORDS:
            raise Refused(
                say("You have written so much about this line that nothing can be added; write a message instead.")
            )
    db.session.add(LineWord(entry_id=entry.id, kind=WordKind(step), author_id=by.id, text=text))


def _move(entry: TimeEntry, dispute: Dispute | None, then: DisputeState, by: Account) -> None:
    now = clock.now()
    if then in UNDER_DISPUTE:
        _hold_time(entry)
    if dispute is None:
        reason = RejectReason(entry.reject_reason or "")
        dispute = Dispute(entry_id=entry.id, reason=reason, rejected_by=entry.decided_by, state=then)
        db.session.add(dispute)
    if then in UNDER_DISPUTE:
        dispute.due_at = now + timedelta(days=entry.engagement.project.organisation.review_days)
    else:
        dispute.due_at = None
    if then is DisputeState.APPEALED:
        dispute.appealed_at = now
    if then in {DisputeState.APPROVED, DisputeState.UPHELD}:
        dispute.decided_by, dispute.decided_at = by.id, now
    if then in {DisputeState.APPROVED_FINALLY, DisputeState.UPHELD_FINALLY}:
        dispute.final_by, dispute.final_at = by.id, now
    dispute.state = then
    db.session.flush()
    if then in {DisputeState.APPROVED, DisputeState.APPROVED_FINALLY}:
        _refuse_over_budget(entry)
        approve_disputed(entry, by=by)
    if then in {DisputeState.UPHELD, DisputeState.UPHELD_FINALLY}:
        entry.state, entry.decided_by, entry.decided_at = EntryState.REJECTED, by.id, now


def _hold_time(entry: TimeEntry) -> None:
    """Let nothing else be logged over the time of a line while it is in dispute."""
    other = overlapping(entry.profile_id, entry.starts_at, entry.ends_at, but=entry.id)
    if other is not None:
        began = moment_text(other.starts_at, entry.timesheet.time_zone)
        raise Refused(
            say(
                "You have logged this time again, from %(began)s: delete that line first to dispute this one.",
                began=began,
            )
        )
    logged = minutes_logged(entry.timesheet, but=entry.id) + entry.minutes
    if logged > (most := entry.engagement.weekly_limit_minutes):
        raise Refused(
            say(
                "With this line the week would hold %(logged)s hours; your limit on this project is "
                "%(most)s. Other hours were logged since: delete those that are not handed in.",
                logged=hours_text(logged),
                most=hours_text(most),
            )
        )
    entry.state = EntryState.DISPUTED


def _refuse_over_budget(entry: TimeEntry) -> None:
    project, earns = entry.engagement.project, money.earning_minor(entry.rate_minor, entry.minutes)
    if project.budget_minor is None:
        return
    free = project.budget_minor - project_queries.committed(project.id, lock=True)
    if earns > free:
        left = money.written(max(free, 0), project.currency)
        raise Refused(say("Only %(left)s of the budget are free: raise the budget of the project first.", left=left))


def _tell(entry: TimeEntry, step: Step, side: Side, by: Account) -> None:
    project = entry.engagement.project
    title, url = TOLD[step].format(project.title), f"/time/lines/{entry.id}"
    thing, news = f"time_entry:{entry.id}:{clock.now().isoformat()}", f"line.{step}"
    if side is Side.MANAGER:
        began = moment_text(entry.starts_at, entry.timesheet.time_zone)
        notify(entry.engagement.profile.account, Kind.HOURS, news, thing, title, url, why=f"The line of {began}.")
        return
    tell_managers(project.organisation_id, Kind.TIMESHEETS, news, thing, title, url, but=by.id)
    if step is Step.APPEAL:
        _tell_finance(news, thing, title, url, but=by.id)


def _tell_finance(news: str, thing: str, title: str, url: str, *, but: int | None) -> None:
    people = sa.select(Account).where(Account.active, Account.roles.any(Role.name == RoleName.FINANCE))
    for one in db.session.scalars(people.where(Account.id != (but or 0)).order_by(Account.id)):
        notify(one, Kind.TIMESHEETS, news, thing, title, url)
