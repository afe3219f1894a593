"""People who use the API alone, and the admin's few steps for which there are only pages."""

import re
import time
from typing import Any

import httpx

from tests.journeys.authenticator import AuthenticatorApp
from tests.journeys.world import SECONDS_TO_WAIT, World

PASSWORD = "twelve quiet otters row home"
SCOPES = [
    f"{thing}:{use}" for thing in ("profile", "projects", "invitations", "time", "payouts") for use in ("read", "write")
]
KEY = re.compile(r"<code>([A-Z2-7 -]+)</code>")
TOKEN_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

Json = dict[str, Any]


class Caller:
    """Somebody with a bearer token."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.email = f"{name.lower().replace(' ', '.')}@example.net"
        self.app: AuthenticatorApp | None = None
        self.http = httpx.Client(base_url=f"{world.url}/api/v1", timeout=60)

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def sign_up(self) -> None:
        """Sign up, confirm by the token that the mail brings, and get a token with every scope."""
        self.post("/accounts", 202, email=self.email, password=PASSWORD, name=self.name)
        link = self.world.link(self.email, "confirm your e-mail", "/confirm/")
        self.post("/accounts/confirmation", 200, token=link.rsplit("/", 1)[1])
        self.get_token()

    def set_up_second_factor(self) -> None:
        """Sign in by page once, as staff has to, and set up an authenticator app; then get a token with its code."""
        pages = Pages(self.world)
        self.app = pages.sign_in(self.email, PASSWORD)
        pages.close()
        self.get_token()

    def get_token(self, *scopes: str) -> None:
        """Make a token and use it from now on."""
        wish: Json = {"email": self.email, "password": PASSWORD, "name": "journey", "scopes": scopes or SCOPES}
        if self.app:
            wish["code"] = self.app.code()
        made = self.post("/tokens", 201, **wish)
        self.http.headers["Authorization"] = f"Bearer {made['token']}"

    def get(self, path: str, status: int = 200, **query: Any) -> Json:
        """Ask for *path*, expecting *status*."""
        return self.answer("GET", path, status, params=query)

    def post(self, path: str, status: int = 201, **body: Any) -> Json:
        """Send a JSON body to *path*, expecting *status*."""
        return self.answer("POST", path, status, json=body)

    def answer(self, method: str, path: str, status: int, **request: Any) -> Json:
        """Return the JSON of an answer, which is a problem document whenever it says no."""
        answer = self.http.request(method, path, **request)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        kind = "application/problem+json" if status >= 400 else "application/json"
        assert answer.headers["Content-Type"] == kind
        body: Json = answer.json()
        return body

    def wait_for(self, path: str, field: str, value: str) -> Json:
        """Ask for *path* until *field* says *value*."""
        until = time.monotonic() + SECONDS_TO_WAIT
        while (found := self.get(path))[field] != value:
            assert time.monotonic() < until, found
            time.sleep(0.1)
        return found


class Pages:
    """Somebody with a browser's cookies."""

    def __init__(self, world: World) -> None:
        self.http = httpx.Client(base_url=world.url, timeout=60, follow_redirects=True)

    def close(self) -> None:
        """Close the browser."""
        self.http.close()

    def sign_in(self, email: str, password: str) -> AuthenticatorApp:
        """Sign in for the first time as staff, and set up the second factor that is asked for."""
        self.send("/sign-in", "/sign-in", {"email": email, "password": password})
        page = self.send("/second-factor", "/second-factor", {"setup": "authenticator"})
        key = KEY.search(page)
        assert key, page
        app = AuthenticatorApp(key[1])
        fields = TOKEN_FIELD.search(page)
        assert fields
        self.post("/second-factor/code", {"code": app.code(), "csrf_token": fields[1]})
        return app

    def send(self, page: str, action: str, form: dict[str, str]) -> str:
        """Send a form of *page* to *action* and return the page that follows."""
        fields = TOKEN_FIELD.search(self.http.get(page).raise_for_status().text)
        assert fields, f"{page} has no form"
        return self.post(action, {**form, "csrf_token": fields[1]})

    def post(self, action: str, form: dict[str, str]) -> str:
        """Send a filled form."""
        answer = self.http.post(action, data=form, headers={"Referer": str(self.http.base_url)})
        return answer.raise_for_status().text


class AdminAtPages(Pages):
    """The first admin with a browser's cookies: gives roles and adds clients, for which there is no API."""

    def __init__(self, world: World, email: str) -> None:
        super().__init__(world)
        link = world.command("create-admin", email)
        self.send(link, link, {"password": PASSWORD, "password_confirm": PASSWORD})
        self.app = self.sign_in(email, PASSWORD)

    def give_role(self, person: Caller, role: str) -> None:
        """Give a role."""
        number = person.get("/me")["id"]
        self.send("/admin/people", f"/admin/people/{number}/roles", {"role": role, "grant": "yes"})

    def add_client(self, name: str, manager: Caller) -> None:
        """Add an organisation and its manager."""
        page = self.send("/admin/organisations", "/admin/organisations", {"name": name, "currency": "USD"})
        (number,) = re.findall(rf'value="(\d+)"[^<]*>\s*<label>[^<]*{name}', page)
        member = {"organisation_id": number, "email": manager.email}
        self.send("/admin/organisations", "/admin/organisations/members", member)

    def qualify(self, profile_id: int) -> None:
        """Decide that somebody is qualified, having seen the profile as it is."""
        path = f"/admin/profiles/{profile_id}"
        (mark,) = re.findall(r'name="seen" value="([^"]+)"', self.http.get(path).raise_for_status().text)
        self.send(path, path, {"seen": mark, "outcome": "qualified"})
