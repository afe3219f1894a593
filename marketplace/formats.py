"""How templates write moments, days, amounts and hours: the filters that templates/macros/ui.html rests on.

The functions write for everybody ("en") unless they are told a locale; the filters write for the reader of the page.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from flask import Flask
from flask_babel import gettext

from marketplace import money
from marketplace.locales import NEUTRAL, page_locale

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
        moment_text=page_moment,
        span_text=span_text,
        day_text=page_day,
        month_text=page_month,
        iso_text=iso_text,
        money_text=page_money,
        hours_text=hours_text,
        browser_text=browser_text,
        state_text=state_text,
    )


def page_moment(moment: datetime, zone: str = "UTC") -> str:
    """Return *moment* as the reader of this page writes it."""
    return moment_text(moment, zone, page_locale())


def page_day(day: date, pattern: str = "d MMM y") -> str:
    """Return *day* as the reader of this page writes it."""
    return day_text(day, pattern, page_locale())


def state_text(value: object) -> str:
    """Return a value of a list, such as a state, in words of the page's language: ``in_transit`` gives "In transit"."""
    return str(gettext(str(value).replace("_", " ").capitalize()))


def page_month(first: str) -> str:
    """Return the month of an ISO day as the reader of this page writes it, such as ``"November 2026"``."""
    return page_day(date.fromisoformat(first), "MMMM y")


def page_money(minor: int, currency: str) -> str:
    """Return an amount as the reader of this page writes it."""
    return money.written(minor, currency, page_locale())


def moment_text(moment: datetime, zone: str = "UTC", locale: str = NEUTRAL) -> str:
    """Return *moment* as people in *zone* read it, such as ``"3 Nov 2026, 14:05"``; UTC is named."""
    there = moment.astimezone(ZoneInfo(zone))
    if locale == NEUTRAL:
        text = format_datetime(there, "d MMM y, HH:mm", tzinfo=there.tzinfo, locale=locale)
    else:
        text = f"{day_text(there, locale=locale)}, {format_time(there, 'short', tzinfo=there.tzinfo, locale=locale)}"
    return f"{text} UTC" if zone == "UTC" else text


def span_text(span: timedelta) -> str:
    """Return about how long *span* is, such as ``"3 days"``; never less than a minute."""
    return format_timedelta(max(span, timedelta(minutes=1)), granularity="minute", threshold=0.99, locale="en")


def day_text(day: date, pattern: str = "d MMM y", locale: str = NEUTRAL) -> str:
    """Return *day* by a CLDR date pattern, such as ``"3 Nov 2026"``; a moment counts in its own zone.

    Another *locale* than "en" puts the same parts in its own order, where it has one for them.
    """
    skeleton = "".join(one for letter in "yMEd" for one in pattern if one == letter)
    if locale == NEUTRAL or skeleton not in Locale.parse(locale).datetime_skeletons:
        return format_date(day, pattern, locale=locale)
    return format_skeleton(skeleton, datetime.combine(day, time()), locale=locale)


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
