from datetime import UTC, datetime, timedelta

import pytest

from marketplace import clock
from marketplace.timesheets.models import Timer
from tests import build

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
URL = "/api/v1/time-entries"


@pytest.fixture(autouse=True)
def wednesday(app):
    with clock.at(NOW):
        yield


@pytest.fixture
def seat(app):
    return build.engagement(started_at=NOW - timedelta(days=60))


@pytest.fixture
def client(seat, api_of):
    return api_of(seat.profile.account)


def wish(seat, **changes):
    given = {"engagement_id": seat.id, "starts_at": "2026-11-10T09:00:00+08:00", "ends_at": "2026-11-10T10:30:30+08:00"}
    return given | changes


def test_hours_are_logged_listed_changed_and_deleted(seat, client):
    made = client.post(URL, json=wish(seat, note="Rated"))
    assert made.status_code == 201
    [entry] = made.json["items"]
    assert (entry["minutes"], entry["rate_minor"], entry["state"], entry["source"]) == (90, 2000, "recorded", "manual")
    assert entry["starts_at"] == "2026-11-10T01:00:00+00:00"
    listed = client.get(f"{URL}?week=2026-11-12&engagement_id={seat.id}").json
    assert [one["id"] for one in listed["items"]] == [entry["id"]]
    assert client.get(f"{URL}?week=2026-11-02").json["items"] == []
    changed = client.patch(f"{URL}/{entry['id']}", json={"ends_at": "2026-11-10T03:00:00Z"})
    assert [(one["id"], one["minutes"], one["note"]) for one in changed.json["items"]] == [(entry["id"], 120, "Rated")]
    assert client.delete(f"{URL}/{entry['id']}").status_code == 204
    assert client.delete(f"{URL}/{entry['id']}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"ends_at": "2026-11-12T10:30:00Z"}, 409),
        ({"ends_at": "2026-11-10T10:30:00"}, 422),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422),
        ({"starts_at": None}, 422),
        ({"engagement_id": 2**63}, 422),
        ({"engagement_id": 999_999}, 404),
        ({"note": "\x00"}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_is_a_problem_document(seat, client, changes, status):
    answer = client.post(URL, json=wish(seat, **changes))
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_a_timer_runs_and_stops(seat, client):
    assert client.get("/api/v1/timer").status_code == 404
    with clock.at(NOW - timedelta(minutes=30)):
        assert client.post("/api/v1/timer", json={"engagement_id": seat.id}).status_code == 201
    assert client.post("/api/v1/timer", json={"engagement_id": seat.id}).status_code == 409
    assert client.get("/api/v1/timer").json["engagement_id"] == seat.id
    assert [one["minutes"] for one in client.delete("/api/v1/timer").json["items"]] == [30]
    assert client.delete("/api/v1/timer").status_code == 409


@pytest.mark.parametrize(("query", "minutes"), [("ended_at=2026-11-11T11:00:00Z", [60]), ("discard=true", [])])
def test_a_timer_ends_as_one_says(seat, client, query, minutes):
    with clock.at(NOW - timedelta(hours=2)):
        client.post("/api/v1/timer", json={"engagement_id": seat.id})
    answer = client.delete(f"/api/v1/timer?{query}")
    assert [one["minutes"] for one in answer.json["items"]] == minutes
    assert Timer.__table__ is not None


def test_a_week_is_handed_in_and_seen_by_its_manager_alone(seat, client, api_of):
    client.post(URL, json=wish(seat))
    manager, stranger = (api_of(build.manager(one)) for one in (seat.project.organisation, build.organisation()))
    url = f"/api/v1/timesheets?project_id={seat.project_id}"
    assert manager.get(url).json["items"] == []
    made = client.post("/api/v1/timesheets", json={"engagement_id": seat.id, "week": "2026-11-11"})
    assert (made.status_code, made.json["state"], made.json["week_starts_on"]) == (201, "submitted", "2026-11-09")
    [sheet] = manager.get(url).json["items"]
    assert (sheet["name"], len(sheet["entries"])) == (seat.profile.account.name, 1)
    assert stranger.get(url).json["items"] == []
    assert [one["id"] for one in client.get("/api/v1/timesheets").json["items"]] == [sheet["id"]]
    back = client.post("/api/v1/timesheets", json={"engagement_id": seat.id, "week": "2026-11-09", "step": "withdraw"})
    assert back.json["state"] == "draft"


def test_a_manager_logs_no_hours(seat, api_of):
    assert api_of(build.manager()).post(URL, json=wish(seat)).status_code == 403


def test_lines_of_others_are_not_there(seat, client, api_of):
    [entry] = client.post(URL, json=wish(seat)).json["items"]
    other = api_of(build.profile().account)
    assert other.get(URL).json["items"] == []
    assert other.patch(f"{URL}/{entry['id']}", json={"note": "x"}).status_code == 404
    assert other.delete(f"{URL}/{entry['id']}").status_code == 404
