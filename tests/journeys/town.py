"""A client with one manager, and three qualified people: what stories begin with that are not about signing up.

They are prepared by API, once for all files that a test process runs; every story begins a project of its own.
"""

from contextlib import ExitStack, closing
from typing import Any

from tests.journeys.callers import PASSWORD, AdminAtPages, Caller, Json, Pages
from tests.journeys.people import Cast, Person
from tests.journeys.world import World, eventually

CLIENT = "Northern Voices"
# Spoken by nobody else in the journeys, so that no story meets people of another.
LANGUAGE = "Icelandic"
RADIOLOGY = "Labelled chest radiographs for two hospitals, and agreed on every doubtful finding with their radiologists"
POETRY = "Translated contemporary poetry, and edited three anthologies for a publisher"
COURTS = "Transcribed court hearings word for word, and marked who spoke and when"
PEOPLE = {
    "Sunna Bjarkadottir": (RADIOLOGY, 2000, 25),
    "Kari Steinsson": (POETRY, 1900, 30),
    "Hrefna Oddsdottir": (COURTS, 1800, 12),
}
SUNNA, KARI, HREFNA = PEOPLE
RESUME = """{name}

Experience

{proof}. I did this for three years, wrote down every doubtful case, and asked before I guessed.

Before that I answered letters at a public library, where people from many countries came with their questions. I also
helped two colleagues to find their way into the work, and explained to them in writing what they had misunderstood.

Education

Master of Arts in History, University of Akureyri, 2015.

Languages

English: C1, written and spoken. Icelandic: native speaker. Danish: B2. French: A2.
"""


class Town:
    """Who lives there: the manager and the annotators as callers, and the browsers in which they are signed in."""

    def __init__(self, world: World, hung_up: ExitStack) -> None:
        self._world = world
        self._pages: dict[str, Pages] = {}
        names = ("Birna Logadottir", *PEOPLE)
        self.manager, *self.people = (hung_up.enter_context(closing(Caller(world, name))) for name in names)
        for one in (self.manager, *self.people):
            one.sign_up()
        profiles = [_hand_in(one) for one in self.people]
        with closing(AdminAtPages(world, "admin.of.the.town@example.net")) as admin:
            admin.add_client(CLIENT, self.manager)
            for profile_id in profiles:
                admin.qualify(profile_id)
        for one in (self.manager, *self.people):
            pages = self._pages[one.name] = hung_up.enter_context(closing(Pages(world)))
            if one is self.manager:
                pages.sign_in(one.email, PASSWORD)
            else:
                pages.send("/sign-in", "/sign-in", {"email": one.email, "password": PASSWORD})

    def caller(self, name: str) -> Caller:
        """Return somebody who lives there."""
        return next(one for one in (self.manager, *self.people) if one.name == name)

    def enter(self, cast: Cast, name: str = "") -> Person:
        """Return somebody at a browser in which they are signed in; the manager unless *name* says who else."""
        one = self.caller(name) if name else self.manager
        person = cast.enter(one.name)
        person.email = one.email
        person.take_over(self._pages[one.name])
        return person

    def project(self, title: str, *, active: bool = True, **terms: Any) -> int:
        """Begin a project that only people of the town pass, and return its number once its matches can be seen."""
        (organisation,) = self.manager.get("/me")["organisations"]
        facts: Json = {
            "title": title,
            "description": "Read what a model has written, and mend it.",
            "seats": 2,
            "rate_floor_minor": 2000,
            "rate_top_minor": 3000,
            "weekly_limit_minutes": 1200,
            "gates": [{"gate": "language", "tag": "is", "spoken": "C1"}],
            # Its own words, so that nothing of it was read before: once it can be matched its managers have been told.
            "wishes": [f"Has done something like this: {title}"],
        }
        made = self.manager.post("/projects", organisation_id=organisation["id"], **{**facts, **terms})
        path = f"/projects/{made['id']}"
        if active:
            self.manager.post(f"{path}/state", 200, state="active")
        http = self.manager.http
        eventually(lambda: http.get(f"{path}/matches").status_code == 200, "the wishes to be read")
        return int(made["id"])

    def join(self, project_id: int, name: str) -> None:
        """Let somebody be invited to a project and accept."""
        person = self.caller(name)
        own = person.get("/profile")["id"]
        found = self.manager.get(f"/projects/{project_id}/matches")["items"]
        (match,) = [one["match_id"] for one in found if one["profile_id"] == own]
        invited = self.manager.post(f"/projects/{project_id}/invitations", match_ids=[match])
        (invitation,) = invited["invitations"]
        person.post(f"/invitations/{invitation['id']}/acceptance")


def _hand_in(person: Caller) -> int:
    proof, rate_minor, hours = PEOPLE[person.name]
    stated: Json = {
        "country": "IS",
        "time_zone": "Atlantic/Reykjavik",
        "weekly_minutes": hours * 60,
        "min_rate_minor": rate_minor,
        "languages": [
            {"tag": "en", "written": "C1", "spoken": "C1"},
            {"tag": "is", "written": "C2", "spoken": "C2", "native": True},
        ],
        "experiences": [{"kind": "annotation", "years": 3, "description": ""}],
    }
    profile = person.answer("PUT", "/profile", 200, json=stated)
    file = ("cv.txt", RESUME.format(name=person.name, proof=proof).encode(), "text/plain")
    resume = person.answer("POST", "/profile/resumes", 201, files={"file": file})
    person.wait_for(f"/profile/resumes/{resume['id']}", "reading", "ready")
    person.post("/profile/submission", 200)
    return int(profile["id"])
