"""The month that the demo world has behind it, told through the same actions that the pages use.

Every step looks first whether it has been done, so that a fill which was cut short goes on where it stopped.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import DEMO_DOMAIN, RoleName
from marketplace.accounts.second_factor import set_up_app
from marketplace.db import db
from marketplace.demo.files import resume_file
from marketplace.demo.people import PEOPLE, Person
from marketplace.demo.projects import BRIGHTWELL, TIDEWATER
from marketplace.demo.stage import act
from marketplace.profiles import actions as profiles
from marketplace.profiles.rules import ProfileState, RejectionReason

PASSWORD = "demo-fairmatch-2026"  # noqa: S105  printed at the start and useless anywhere else
DOMAIN = DEMO_DOMAIN
STAFF: tuple[tuple[str, str, tuple[RoleName, ...], str], ...] = (
    ("admin", "Ada Demo (admin)", (RoleName.ADMIN,), ""),
    ("auditor", "Otto Demo (auditor)", (RoleName.AUDITOR,), ""),
    ("finance", "Fina Demo (finance)", (RoleName.FINANCE,), ""),
    ("finance2", "Felix Demo (finance)", (RoleName.FINANCE,), ""),
    ("manager", "Mara Demo (manager)", (), TIDEWATER),
    ("manager2", "Milo Demo (manager)", (), BRIGHTWELL),
)
LAST_STAY_DRAFT, LAST_WAIT, REJECTED = "Siobhán Gallagher", "Mateusz Kowalczyk", "Kenji Morikawa"
Tick = Callable[[], None]
Teller = Callable[[Tick], None]


class Calendar:
    """The told days, counted in weeks before this one."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)

    def at(self, weeks_ago: int, weekday: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment, UTC, on *weekday* (0 is Monday) of the week *weeks_ago*; never one that lies ahead."""
        told = self.monday - timedelta(weeks=weeks_ago) + timedelta(days=weekday, hours=hour, minutes=minute)
        return min(told, self.now)


def email_of(person: Person) -> str:
    """Return the address that a fictional person signs in with."""
    return f"{resume_file(person)[0].rsplit('.', 1)[0]}@{DOMAIN}"


def staff(name: str) -> Account:
    """Return the demo account *name* of the staff."""
    found = find_account(f"{name}@{DOMAIN}")
    if found is None:
        raise LookupError(f"the demo world has no {name}")
    return found


def open_the_house(calendar: Calendar, tick: Tick) -> None:
    """Add the staff and the two clients."""
    for name, full_name, roles, _ in STAFF:
        if find_account(f"{name}@{DOMAIN}") is None:
            act(calendar.at(6, 0, 8), partial(_account, name, full_name, roles))
        tick()
    admin = staff("admin")
    for name, _, _, client in STAFF:
        if client and db.session.scalar(sa.select(Organisation.id).where(Organisation.name == client)) is None:
            act(calendar.at(6, 0, 9), partial(_client, name, client, admin))


def _account(name: str, full_name: str, roles: Iterable[RoleName]) -> Account:
    account = accounts.add_account(f"{name}@{DOMAIN}", PASSWORD, full_name, roles=list(roles), confirmed=True)
    set_up_app(account)
    return account


def _client(manager: str, name: str, admin: Account) -> None:
    client = accounts.add_organisation(name, "USD", by=admin)
    accounts.add_member(client.id, f"{manager}@{DOMAIN}", is_owner=True, by=admin)


def people_arrive(calendar: Calendar, tick: Tick) -> None:
    """Let everybody sign up, fill the profile and upload a résumé."""
    for number, person in enumerate(PEOPLE):
        if find_account(email_of(person)) is None:
            act(calendar.at(6, 1 + number % 4, 7 + number % 12), partial(_arrive, person))
        tick()


def _arrive(person: Person) -> None:
    account = accounts.add_account(email_of(person), PASSWORD, person.name, roles=[RoleName.ANNOTATOR], confirmed=True)
    profile = profiles.begin_profile(account)
    facts = {
        "country": person.country,
        "time_zone": person.time_zone,
        "weekly_minutes": person.hours * 60,
        "min_rate_minor": person.rate_minor,
        "about": person.headline,
        "languages": [
            {"tag": tag, "written": int(written), "spoken": int(spoken), "native": native}
            for tag, written, spoken, native in person.languages
        ],
        "degrees": [
            {"level": int(level), "status": status, "subject": subject, "year": year}
            for level, status, subject, year in person.degrees
        ],
        "experiences": [
            {"kind": kind, "years": years, "description": words} for kind, years, words in person.experience
        ],
    }
    profiles.save_profile(profile, facts, by=account)
    profiles.upload_resume(profile, *resume_file(person), by=account)


def profiles_are_decided(calendar: Calendar, tick: Tick) -> None:
    """Let people submit, and the admin qualify them; one waits, one is rejected with a reason, one is still a draft."""
    admin = staff("admin")
    for number, person in enumerate(PEOPLE):
        tick()
        account = find_account(email_of(person))
        if account is None or person.name == LAST_STAY_DRAFT:
            continue
        profile = profiles.begin_profile(account)
        if profile.state is ProfileState.DRAFT:
            when = calendar.at(0, 0, 0, 0) if person.name == LAST_WAIT else calendar.at(6, 5, 6 + number % 12)
            act(when, partial(profiles.submit_profile, profile, by=account))
        if profile.state is ProfileState.SUBMITTED and person.name == REJECTED:
            words = "The contract work is convincing, but two years of annotation are stated and one is shown."
            act(
                calendar.at(5, 0, 9),
                partial(
                    profiles.reject_profile,
                    profile.id,
                    RejectionReason.FACTS_NOT_SUPPORTED,
                    seen="",
                    note=words,
                    by=admin,
                ),
            )
        elif profile.state is ProfileState.SUBMITTED and person.name != LAST_WAIT:
            act(
                calendar.at(5, 0, 10, number),
                partial(profiles.qualify_profile, profile.id, seen="", note="", by=admin),
            )
