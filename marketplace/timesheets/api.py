"""Hours by API: lines, the timer, handing in a week."""

from datetime import date, timedelta
from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.errors import Missing
from marketplace.etags import refuse_stale
from marketplace.problems import Problem
from marketplace.profiles.queries import own_profile
from marketplace.timesheets import actions, queries
from marketplace.timesheets.models import TimeEntry, Timer, Timesheet
from marketplace.timesheets.rules import EntryState, TimesheetState
from marketplace.timesheets.schemas import (
    Step,
    StopQuery,
    TimeEntriesShown,
    TimeEntryChange,
    TimeEntryNew,
    TimeEntryQuery,
    TimeEntryShown,
    TimerForm,
    TimerShown,
    TimesheetQuery,
    TimesheetShown,
    WeekForm,
)

api = flask_smorest.Blueprint("api_timesheets", __name__, url_prefix="/api/v1", description="Hours and timesheets")
STEPS = {
    Step.SUBMIT: actions.submit_week,
    Step.NO_HOURS: actions.declare_no_hours,
    Step.WITHDRAW: actions.withdraw_week,
}


@api.route("/time-entries")
class TimeEntries(MethodView):
    """Lines."""

    @api.arguments(web.in_state(EntryState, TimeEntryQuery), location="query")
    @api.response(200, web.listing(TimeEntryShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my lines, newest first."""
        week = _monday(query["week"]) if query["week"] else None
        own = queries.own_entries(current_account(), week=week, engagement_id=query["engagement_id"])
        return web.listed(own, TimeEntry.id, query)

    @api.arguments(TimeEntryNew)
    @api.response(201, TimeEntriesShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any]) -> dict[str, list[TimeEntry]]:
        """Log hours: one line or, where a week ends or the rate changes in between, several."""
        entries = actions.log_time(own_profile(current_account()), **wish)
        web.commit()
        return {"items": entries}


@api.route("/time-entries/<int:entry_id>")
class OneTimeEntry(MethodView):
    """One line, until it is handed in."""

    @api.response(200, TimeEntryShown)
    @api.alt_response(404, schema=Problem)
    def get(self, entry_id: int) -> TimeEntry:
        """Show a line of mine."""
        return queries.get_own_entry(entry_id, current_account())

    @api.arguments(TimeEntryChange)
    @api.response(200, TimeEntriesShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def patch(self, wish: dict[str, Any], entry_id: int) -> dict[str, list[TimeEntry]]:
        """Change a line that was not handed in."""
        account = current_account()
        entry = queries.get_own_entry(entry_id, account)
        refuse_stale(entry, TimeEntryShown)
        as_it_is: dict[str, Any] = {"starts_at": entry.starts_at, "ends_at": entry.ends_at, "note": entry.note}
        entries = actions.change_entry(own_profile(account), entry_id, **(as_it_is | wish))
        web.commit()
        return {"items": entries}

    @api.response(204)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def delete(self, entry_id: int) -> None:
        """Take back a line that was not handed in."""
        refuse_stale(queries.get_own_entry(entry_id, current_account()), TimeEntryShown)
        actions.delete_entry(own_profile(current_account()), entry_id)
        web.commit()


@api.route("/timer")
class RunningTimer(MethodView):
    """The one timer."""

    @api.response(200, TimerShown)
    @api.alt_response(404, schema=Problem)
    def get(self) -> Timer:
        """Show my running timer; 404 when none is running."""
        timer = queries.find_timer(own_profile(current_account()))
        if timer is None:
            raise Missing
        return timer

    @api.arguments(TimerForm)
    @api.response(201, TimerShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any]) -> Timer:
        """Start the timer."""
        timer = actions.start_timer(own_profile(current_account()), **wish)
        web.commit()
        return timer

    @api.arguments(StopQuery, location="query")
    @api.response(200, TimeEntriesShown)
    @api.alt_response(409, schema=Problem)
    def delete(self, query: dict[str, Any]) -> dict[str, list[TimeEntry]]:
        """Stop the timer and log its time; under a minute nothing is logged, over 16 hours *ended_at* is needed."""
        worker = own_profile(current_account())
        entries: list[TimeEntry] = []
        if query["discard"]:
            actions.drop_timer(worker)
        else:
            entries = actions.stop_timer(worker, query["ended_at"])
        web.commit()
        return {"items": entries}


@api.route("/timesheets")
class Timesheets(MethodView):
    """Weeks."""

    @api.arguments(web.in_state(TimesheetState, TimesheetQuery), location="query")
    @api.response(200, web.listing(TimesheetShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my timesheets, and those handed in to projects that I manage, newest first."""
        return web.listed(queries.visible_timesheets(current_account(), query["project_id"]), Timesheet.id, query)

    @api.arguments(WeekForm)
    @api.response(201, TimesheetShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any]) -> Timesheet:
        """Hand in a week, state that it has no hours, or take it back before review."""
        worker = own_profile(current_account())
        sheet = STEPS[wish["step"]](worker, wish["engagement_id"], _monday(wish["week"]))
        web.commit()
        return sheet


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
