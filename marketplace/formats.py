"""How templates write moments, days, amounts and hours: the filters that templates/macros/ui.html rests on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from flask import Flask

from marketplace import money

# How browsers and systems name themselves; the first found counts, for most also claim to be others.
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def register_formats(app: Flask) -> None:
    """Give every template of *app* the filters of this file."""
    app.jinja_env.filters.update(
        moment_text=moment_text,
        span_text=span_text,
        day_text=day_text,
        month_text=month_text,
        iso_text=iso_text,
        money_text=money.written,
        hours_text=hours_text,
        browser_text=browser_text,
    )


def moment_text(moment: datetime, zone: str = "UTC") -> str:
    """Return *moment* as people in *zone* read it, such as ``"3 Nov 2026, 14:05"``; UTC is named."""
    text = format_datetime(moment, "d MMM y, HH:mm", tzinfo=ZoneInfo(zone), locale="en")
    return f"{text} UTC" if zone == "UTC" else text


def span_text(span: timedelta) -> str:
    """Return about how long *span* is, such as ``"3 days"``; never less than a minute."""
    return format_timedelta(max(span, timedelta(minutes=1)), granularity="minute", threshold=0.99, locale="en")


def day_text(day: date, pattern: str = "d MMM y") -> str:
    """Return *day* by a CLDR date pattern, such as ``"3 Nov 2026"``; a moment counts in its own zone."""
    return format_date(day, pattern, locale="en")


def month_text(first: str) -> str:
    """Return the month of an ISO day, such as ``"November 2026"``."""
    return day_text(date.fromisoformat(first), "MMMM y")


def iso_text(moment: datetime) -> str:
    """Return *moment* for the machine-readable part of a time element."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def hours_text(minutes: int) -> str:
    """Return *minutes* as hours and minutes, such as ``"12:05"``."""
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def browser_text(user_agent: str) -> str:
    """Return what people call the browser that sent *user_agent*: as in "Firefox on Windows"; or its words."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent[:60] or "Unknown"
