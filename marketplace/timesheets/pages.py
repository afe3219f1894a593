"""Pages of hours: the week, the timer, a line. Deciding on lines is in payouts, where it moves money."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.formats import hours_text
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import find_own_profile, own_profile
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import actions, queries, rules
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import REJECT_WORDS
from marketplace.timesheets.schemas import (
    FIRST_DAY,
    LAST_DAY,
    EntryForm,
    Occurrence,
    SpanForm,
    Step,
    StopForm,
    TimerForm,
    WeekForm,
)
from marketplace.words import say
from marketplace.work.queries import current_rate
from marketplace.work.rules import EngagementState

blueprint = Blueprint("timesheets", __name__)
STEPS = {
    Step.SUBMIT: (actions.submit_week, "The week is handed in."),
    Step.NO_HOURS: (actions.declare_no_hours, "Noted: no hours in this week."),
    Step.WITHDRAW: (actions.withdraw_week, "The week is yours again; hand it in when it is right."),
}


@blueprint.route("/time", methods=["GET", "POST"])
def week() -> ResponseReturnValue:
    """Show a week and add a line to it."""
    worker = find_own_profile(current_account())
    if worker is None:
        return web.page("timesheets/no_profile.html")
    monday = _asked_week(worker)
    with web.form(EntryForm, {"day": _first_guess(worker, monday).isoformat()}) as form:
        if form.submitted:
            wish = form.load()
            span = _span(wish, worker)
            entries = actions.log_time(worker, wish["engagement_id"], *span, wish["note"])
            web.commit()
            flash(_logged(entries), "success")
            return redirect(url_for(".week", week=entries[0].timesheet.week_starts_on))
    return web.page("timesheets/week.html", form=form, **_week_facts(worker, monday)), form.status


@blueprint.route("/time/entries/<int:entry_id>", methods=["GET", "POST"])
def edit_entry(entry_id: int) -> ResponseReturnValue:
    """Change a line that was not handed in."""
    account = current_account()
    worker = own_profile(account)
    entry = queries.get_own_entry(entry_id, account)
    with web.form(SpanForm, _in_local_time(entry, worker)) as form:
        if form.submitted:
            wish = form.load()
            entries = actions.change_entry(worker, entry_id, *_span(wish, worker), wish["note"])
            web.commit()
            flash(_logged(entries), "success")
            return redirect(url_for(".week", week=entries[0].timesheet.week_starts_on))
    zone = queries.zone_of(worker)
    return web.page("timesheets/entry.html", form=form, entry=entry, zone=zone), form.status


@blueprint.post("/time/entries/<int:entry_id>/delete")
def delete_entry(entry_id: int) -> ResponseReturnValue:
    """Take back a line that was not handed in."""
    account = current_account()
    monday = queries.get_own_entry(entry_id, account).timesheet.week_starts_on
    with web.form(StopForm) as form:
        actions.delete_entry(own_profile(account), entry_id)
        web.commit()
        flash(say("The line is gone."), "success")
    web.flash_errors(form)
    return redirect(url_for(".week", week=monday))


@blueprint.post("/time/timer")
def start_timer() -> ResponseReturnValue:
    """Start the timer."""
    with web.form(TimerForm) as form:
        actions.start_timer(own_profile(current_account()), **form.load())
        web.commit()
        flash(say("Your timer is running."), "success")
    web.flash_errors(form)
    return redirect(url_for(".week"))


@blueprint.post("/time/timer/stop")
def stop_timer() -> ResponseReturnValue:
    """Stop the timer, now or as of a time given."""
    worker = own_profile(current_account())
    with web.form(StopForm) as form:
        entries = actions.stop_timer(worker, _end_of_work(form.load(), worker))
        web.commit()
        if entries:
            flash(_logged(entries), "success")
        else:
            flash(say("The timer ran for less than a minute: nothing was logged."), "info")
    web.flash_errors(form)
    return redirect(url_for(".week"))


@blueprint.post("/time/timer/drop")
def drop_timer() -> ResponseReturnValue:
    """Stop the timer without logging anything."""
    with web.form(StopForm) as form:
        actions.drop_timer(own_profile(current_account()))
        web.commit()
        flash(say("The timer is stopped; nothing was logged."), "info")
    web.flash_errors(form)
    return redirect(url_for(".week"))


@blueprint.post("/time/weeks")
def hand_in() -> ResponseReturnValue:
    """Hand in a week, state that it has no hours, or take it back."""
    monday: date | None = None
    with web.form(WeekForm) as form:
        wish = form.load()
        monday = wish["week"] - timedelta(days=wish["week"].weekday())
        act, said = STEPS[wish["step"]]
        act(own_profile(current_account()), wish["engagement_id"], monday)
        web.commit()
        flash(said, "success")
    web.flash_errors(form)
    return redirect(url_for(".week", week=monday))


def _asked_week(worker: AnnotatorProfile) -> date:
    """Return the Monday of the week in the address, this week's where there is none that makes sense."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        day = FIRST_DAY - timedelta(days=1)
    if not FIRST_DAY <= day <= LAST_DAY:
        return rules.monday_of(clock.now(), queries.zone_of(worker))
    return day - timedelta(days=day.weekday())


def _first_guess(worker: AnnotatorProfile, monday: date) -> date:
    today = _today(worker)
    return today if monday <= today < monday + timedelta(days=7) else monday


def _today(worker: AnnotatorProfile) -> date:
    return rules.local_time(clock.now(), queries.zone_of(worker)).date()


def _span(wish: dict[str, Any], worker: AnnotatorProfile) -> tuple[datetime, datetime]:
    return rules.local_span(
        wish["day"],
        wish["start"],
        wish["end"],
        queries.zone_of(worker),
        start_second=_second(wish["start_occurrence"]),
        end_second=_second(wish["end_occurrence"]),
    )


def _second(occurrence: Occurrence | None) -> bool | None:
    return None if occurrence is None else occurrence is Occurrence.SECOND


def _end_of_work(wish: dict[str, Any], worker: AnnotatorProfile) -> datetime | None:
    if wish["end"] is None:
        return None
    second = _second(wish["end_occurrence"])
    return rules.local_moment(wish["day"] or _today(worker), wish["end"], queries.zone_of(worker), second, "end")


def _logged(entries: list[TimeEntry]) -> str:
    total = hours_text(sum(entry.minutes for entry in entries))
    return f"Logged {total} hours." + (f" They became {len(entries)} lines." if len(entries) > 1 else "")


def _in_local_time(entry: TimeEntry, worker: AnnotatorProfile) -> dict[str, str]:
    start, end = (rules.local_time(moment, queries.zone_of(worker)) for moment in (entry.starts_at, entry.ends_at))
    return {
        "day": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "start_occurrence": Occurrence.SECOND if start.fold else "",
        "end": f"{end:%H:%M}",
        "end_occurrence": Occurrence.SECOND if end.fold else "",
        "note": entry.note,
    }


def _week_facts(worker: AnnotatorProfile, monday: date) -> dict[str, Any]:
    zone = queries.zone_of(worker)
    weeks = queries.week_of(worker.account, monday)
    timer = queries.find_timer(worker)
    today, days = _today(worker), [monday + timedelta(days=number) for number in range(7)]
    grid = [
        (
            one.engagement.project.title,
            f"#engagement-{one.engagement.id}",
            rules.minutes_by_day(
                [(entry.starts_at, entry.ends_at) for entry in one.entries if entry.state != "rejected"], monday, zone
            ),
        )
        for one in weeks
    ]
    return {
        "monday": monday,
        "zone": zone,
        "weeks": weeks,
        "timer": timer,
        "timer_forgotten": timer is not None and clock.now() - timer.started_at > actions.LONGEST_TIMER,
        "open_seats": [
            (one.engagement.id, one.engagement.project.title)
            for one in weeks
            if one.engagement.state is EngagementState.ACTIVE and one.engagement.project.state is ProjectState.ACTIVE
        ],
        "days": [(f"{day:%a}", f"{day.day} {day:%b}", day == today) for day in days],
        "grid": grid,
        "earlier": monday - timedelta(days=7),
        "later": monday + timedelta(days=7) if days[-1] < today else None,
        "has_begun": monday <= today,
        "reasons": REJECT_WORDS,
        "room": queries.room_in_budgets(weeks),
        "current_rate": current_rate,
        "today": today,
    }
