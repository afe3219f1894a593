"""How somebody can be paid and when: account numbers, what is shown of them, cooling off, payout days."""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import schwifty
from babel import Locale
from schwifty import exceptions, registry

from marketplace.errors import Refused
from marketplace.money import parse_minor
from marketplace.words import say

# The name of a creditor in a payment file (ISO 20022 pain.001, as the SEPA rule books narrow it).
LONGEST_HOLDER = 70
LONGEST_DESCRIPTION = 200
# Spaces make the number readable; the longest IBAN has 34 characters.
LONGEST_TYPED = 60
LAST_SHOWN = 4
# Whoever took an account over changes the address first; for so long the earlier one is told too.
TELL_FORMER_ADDRESS = timedelta(days=14)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_WEEKDAY, LAST_DAY, MID_MONTH = 7, 31, 15
ALREADY = "You are paid like this already."
NOTHING_TO_END = "There is no way to pay you that could be ended."
SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
NOT_AN_IBAN = "This is not an IBAN. It begins with two letters for the country and two digits, such as DE89 3704 0044 …"


class MethodKind(StrEnum):
    """How somebody is paid: by us to an account, or by the client in its own way."""

    IBAN = "iban"
    EXTERNAL = "external"


class Ready(StrEnum):
    """Whether a payout can go to somebody now."""

    READY = "ready"
    NO_METHOD = "no_method"
    COOLING_OFF = "cooling_off"
    EXTERNAL = "external"


class ScheduleKind(StrEnum):
    """How often an organisation pays."""

    WEEKLY = "weekly"
    TWICE_A_MONTH = "twice_a_month"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Iban:
    """An account number whose check digits hold; *bic*: empty where the bank is not known."""

    number: str
    country: str
    bic: str

    @property
    def last_four(self) -> str:
        """The end of it, which may be shown."""
        return self.number[-LAST_SHOWN:]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an organisation pays.

    *day*: weekly 1 (Monday) to 7, monthly 1 to 31 (in a shorter month its last day), twice a month 0: on the 15th and
    on the last day.
    """

    kind: ScheduleKind
    day: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """From which sum on, in *currency*, and when an organisation pays; no schedule: whenever finance makes a run."""

    minimum_minor: int
    currency: str
    schedule: Schedule | None


@dataclass(frozen=True, slots=True)
class BankDetails:
    """What a payment file needs; the one place where the whole number is in the open."""

    holder: str
    iban: str
    bic: str
    country: str

    def __repr__(self) -> str:
        """Show no more than a page may, so that no log line and no error report holds the number."""
        return f"BankDetails({masked(self.country, self.iban[-LAST_SHOWN:])})"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether somebody can be paid now.

    *until*: when cooling off is over.  *shown*: the method as it may be shown.  *is_shared*: somebody else is paid to
    the same account, which may be right (a couple) and is worth a look.
    """

    state: Ready
    until: datetime | None = None
    shown: str = ""
    is_shared: bool = False


def read_iban(typed: str) -> Iban:
    """Return the account number that was *typed*, with spaces and small letters or without; raises Refused."""
    number = "".join(typed.split()).upper().removeprefix("IBAN").removeprefix(":")
    if not SHAPE.fullmatch(number):
        raise Refused(NOT_AN_IBAN, field="iban")
    length = _length_in(number[:2])
    if length is None:
        said = f"No IBAN begins with {number[:2]}. If your bank has none, choose that the client pays you another way."
        raise Refused(said, field="iban")
    if len(number) != length:
        said = f"An IBAN of {_country(number[:2])} has {length} characters; this one has {len(number)}."
        raise Refused(said, field="iban")
    try:
        found = schwifty.IBAN(number)
    except exceptions.InvalidChecksumDigits:
        said = "The check digits do not fit: a character is wrong or two are swapped. Compare it with your statement."
        raise Refused(said, field="iban") from None
    except exceptions.SchwiftyException:
        said = f"Letters and digits do not stand where an IBAN of {_country(number[:2])} has them."
        raise Refused(said, field="iban") from None
    return Iban(number, number[:2], str(found.bic) if found.bic else "")


def _length_in(country: str) -> int | None:
    try:
        return registry.get_iban_spec(country).iban_length
    except exceptions.SchwiftyException:
        return None


def _country(code: str) -> str:
    name: str = Locale("en").territories.get(code, code)
    return f"{name} ({code})"


def refuse_holder(name: str) -> str | None:
    """Return why *name* is none that an account can be held under, or None."""
    if not any(letter.isalpha() for letter in name):
        return "Give the name that the account is held under, as the bank has it."
    if len(name) > LONGEST_HOLDER:
        return f"Banks take at most {LONGEST_HOLDER} characters. Shorten it, as your bank does on statements."
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        return "The name holds a character that cannot be seen. Type it anew."
    return None


def masked(country: str, last_four: str) -> str:
    """Return what is shown of an account number, such as ``"DE•• •••• 3000"``; empty when it is forgotten."""
    return f"{country}•• •••• {last_four}" if last_four else ""


def usable_from(now: datetime, cooling_off: timedelta, *, is_first: bool) -> datetime:
    """Return from when on a method made *now* is used: the first one ever at once, each later one after a while."""
    return now if is_first else now + cooling_off


def refuse_schedule(kind: ScheduleKind | None, day: int) -> str | None:
    """Return why *day* does not go with *kind*, or None."""
    if kind is ScheduleKind.WEEKLY and not 1 <= day <= LAST_WEEKDAY:
        return "Choose a day of the week: 1 is Monday, 7 is Sunday."
    if kind is ScheduleKind.MONTHLY and not 1 <= day <= LAST_DAY:
        return "Choose a day of the month, 1 to 31; a shorter month pays on its last day."
    if kind in {None, ScheduleKind.TWICE_A_MONTH} and day:
        return "A day goes only with weekly and monthly payouts."
    return None


def read_terms(minimum: str, schedule: ScheduleKind | None, day: int, currency: str) -> Terms:
    """Return what an organisation wishes, its smallest sum written like ``"50.00"``; raises Refused."""
    try:
        minimum_minor = parse_minor(minimum, currency)
    except Refused as refusal:
        raise Refused(refusal.message, field="minimum") from None
    if minimum_minor < 0:
        raise Refused(say("The smallest sum that is paid is 0 or more."), field="minimum")
    if said := refuse_schedule(schedule, day):
        raise Refused(said, field="day")
    return Terms(minimum_minor, currency, Schedule(schedule, day) if schedule else None)


def next_payout_date(schedule: Schedule, today: date) -> date:
    """Return the next day on which is paid; *today* where it is one."""
    if schedule.kind is ScheduleKind.WEEKLY:
        return today + timedelta(days=(schedule.day - today.isoweekday()) % LAST_WEEKDAY)
    days = (MID_MONTH, LAST_DAY) if schedule.kind is ScheduleKind.TWICE_A_MONTH else (schedule.day,)
    next_month = today.replace(day=1) + timedelta(days=LAST_DAY + 1)
    due = [_in_month(month, day) for month in (today, next_month) for day in days]
    return min(one for one in due if one >= today)


def schedule_words(schedule: Schedule | None) -> str:
    """Return when is paid, as people say it."""
    if schedule is None:
        return "whenever finance makes a run"
    if schedule.kind is ScheduleKind.WEEKLY:
        return f"every {WEEKDAYS[schedule.day - 1]}"
    if schedule.kind is ScheduleKind.TWICE_A_MONTH:
        return "on the 15th and the last day of every month"
    if schedule.day == LAST_DAY:
        return "on the last day of every month"
    return f"every month on day {schedule.day}"


def _in_month(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))
