from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.notices import Kind, Notification, NotificationChoice, notify, stop_url
from marketplace.notifications import queries
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def person(app: Flask) -> Account:
    return build.profile().account


def tell(to: Account, title: str = "Your rate <b>changes</b>", number: int = 1, kind: Kind = Kind.WORK) -> int:
    notify(to, kind, "engagement.rate", f"engagement:{number}", title, "/engagements", why="From Monday on.")
    db.session.commit()
    return db.session.scalars(sa.select(Notification.id).order_by(Notification.id.desc())).first() or 0


def test_the_page_shows_what_changed_and_why_and_opening_goes_to_the_evidence(
    client_of: ClientOf, person: Account
) -> None:
    own = client_of(person)
    assert "Nothing here" in own.get("/notifications").text
    number = tell(person)
    page = own.get("/notifications").text
    assert "Your rate &lt;b&gt;changes" in page
    assert "From Monday on." in page
    opened = own.post(f"/notifications/{number}")
    assert (opened.status_code, opened.location) == (302, "/engagements")
    assert "New" not in own.get("/notifications").text.split("<main")[1]
    assert "Nothing fits" in own.get("/notifications?unread=1").text


def test_every_page_says_how_many_are_unread(client_of: ClientOf, person: Account) -> None:
    for number in range(3):
        tell(person, number=number)
    own = client_of(person)
    assert "3 unread" in own.get("/profile").text
    told = own.post("/notifications/reading", data={"up_to": 1}, follow_redirects=True).text
    assert "read already" in told
    assert "3 marked read" in own.post("/notifications/reading", follow_redirects=True).text
    assert "unread" not in own.get("/profile").text


def test_what_others_were_told_is_not_there(client_of: ClientOf, api_of: ClientOf, person: Account) -> None:
    number = tell(person)
    stranger = build.profile().account
    assert client_of(stranger).post(f"/notifications/{number}").status_code == 404
    assert api_of(stranger).post(f"/api/v1/notifications/{number}/reading").status_code == 404
    assert "Your rate" not in client_of(stranger).get("/notifications").text
    assert api_of(stranger).get("/api/v1/notifications").get_json()["items"] == []
    assert db.session.get_one(Notification, number).read_at is None


def test_preferences_are_chosen_by_page(client_of: ClientOf, person: Account) -> None:
    own = client_of(person)
    assert "cannot be turned off" in own.get("/notifications/preferences").text
    own.post("/notifications/preferences", data={"choices.work": "daily", "choices.hours": "page"})
    chosen = {kind.value: way.value for kind, way in queries.choices_of(person).items()}
    assert (chosen["work"], chosen["hours"], chosen["pay"]) == ("daily", "page", "at_once")
    for wrong in ({"choices.work": "never"}, {"choices.security": "page"}, {"choices.love": "page"}):
        assert own.post("/notifications/preferences", data=wrong).status_code == 422
    assert len(db.session.scalars(sa.select(NotificationChoice)).all()) == 2


def test_by_api_they_are_listed_read_and_chosen(api_of: ClientOf, person: Account) -> None:
    api = api_of(person)
    first, second = tell(person), tell(person, number=2, kind=Kind.HOURS)
    listed = api.get("/api/v1/notifications?kind=hours").get_json()["items"]
    assert [one["id"] for one in listed] == [second]
    assert api.post("/api/v1/notifications/reading", json={"up_to": first}).get_json() == {"read": 1}
    assert api.post(f"/api/v1/notifications/{second}/reading").get_json()["read_at"]
    assert api.get("/api/v1/notifications?unread=true").get_json()["items"] == []
    put = api.put("/api/v1/notifications/preferences", json={"choices": {"work": "page"}})
    assert put.get_json()["choices"]["work"] == "page"
    assert api.put("/api/v1/notifications/preferences", json={"choices": {"pay": "page"}}).status_code == 422
    assert api.put("/api/v1/notifications/preferences", json={"choices": {"answers": "page"}}).status_code == 409


def test_the_link_in_a_mail_stops_mails_without_signing_in_and_only_by_a_press(
    client: FlaskClient, person: Account
) -> None:
    path = "/unsubscribe/" + stop_url(person.id, Kind.WORK).rsplit("/", 1)[1]
    db.session.commit()
    assert "Stop these mails" in client.get(path).text
    assert db.session.scalars(sa.select(NotificationChoice)).all() == []
    assert "No more mails" in client.post(path, data={"List-Unsubscribe": "One-Click"}).text
    assert queries.choices_of(person)[Kind.WORK].value == "page"
    assert client.get(f"{path}x").status_code == 400
    assert client.post(f"{path}x").status_code == 400


def test_the_list_takes_few_questions(app: Flask, client_of: ClientOf, person: Account) -> None:
    own = client_of(person)
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    def count() -> int:
        asked.clear()
        sa.event.listen(db.engine, "before_cursor_execute", note)
        own.get("/notifications")
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    tell(person)
    count()
    few = count()
    for number in range(2, 30):
        tell(person, number=number)
    assert count() == few <= 12
