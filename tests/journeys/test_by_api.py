"""The same chain by JSON alone, and what the API promises about its document and its errors."""

import re
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.app import create_app
from marketplace.config import Config
from tests.journeys.callers import PASSWORD, AdminAtPages, Caller, Json
from tests.journeys.resume import PROOF, resume_pdf
from tests.journeys.world import World, words_of

pytestmark = [pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

Enter = Callable[[str], Caller]

CLIENT, PROJECT = "Rio Health Data", "Radiology labels in Portuguese"
WISH = "Has labelled chest X-ray reports together with radiologists"
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}

PROFILE: Json = {
    "country": "BR",
    "time_zone": "America/Sao_Paulo",
    "weekly_minutes": 1500,
    "min_rate_minor": 2000,
    "about": "Reads carefully.",
    "languages": [
        {"tag": "en", "written": "C1", "spoken": "C1"},
        {"tag": "pt-BR", "written": "C2", "spoken": "C2", "native": True},
    ],
    "degrees": [{"level": 6, "status": "held", "subject": "Biology", "year": 2017}],
    "experiences": [{"kind": "annotation", "years": 4, "description": "Radiology reports"}],
}
TERMS: Json = {
    "title": PROJECT,
    "description": "Read reports that a model has labelled, and mend the labels.",
    "seats": 1,
    "rate_floor_minor": 1800,
    "rate_top_minor": 3200,
    "weekly_limit_minutes": 1200,
    "gates": [{"gate": "language", "tag": "pt", "spoken": "C1"}, {"gate": "hours", "weekly_minutes": 600}],
    "wishes": [WISH],
    "rate_lines": [
        {"label": "Speaks Portuguese", "amount_minor": 250, "condition": {"gate": "language", "tag": "pt"}},
        {"label": "Has a doctorate", "amount_minor": 600, "condition": {"gate": "degree", "level": 8}},
    ],
}


def test_a_resume_becomes_a_payout_by_api(world: World, caller: Enter) -> None:
    joana, marta = caller("Joana Lima"), caller("Marta Weiss")
    first, second = caller("Otto Klein"), caller("Sara Holm")
    for person in (joana, marta, first, second):
        person.sign_up()
    profile_id = hand_in_profile(joana)
    admin = caller("Root Admin")
    with closing(AdminAtPages(world, admin.email)) as at_pages:
        for person in (first, second):
            at_pages.give_role(person, "finance")
        at_pages.add_client(CLIENT, marta)
        admin.app = at_pages.app
    admin.get_token()
    for person in (marta, first, second):
        person.set_up_second_factor()
    qualify(admin, profile_id)

    project_id = start_project(marta)
    invitation = invite(marta, project_id, profile_id)
    engagement, joined_at = accept(joana, invitation)
    sheet = log_a_minute(joana, engagement, joined_at)
    approve_hours(marta, project_id, sheet)
    say_how_to_be_paid(joana)
    payout_id = pay(first, second)
    see_the_money(joana, payout_id)
    assert world.errors() == []


def hand_in_profile(joana: Caller) -> int:
    assert joana.get("/me")["roles"] == ["annotator"]
    assert joana.get("/profile")["state"] == "draft"
    stated = joana.answer("PUT", "/profile", 200, json=PROFILE)
    assert [one["tag"] for one in stated["languages"]] == ["en", "pt-BR"]
    joana.post("/profile/submission", 409)
    file = ("joana.pdf", resume_pdf(joana.name, "Portuguese"), "application/pdf")
    resume = joana.answer("POST", "/profile/resumes", 201, files={"file": file})
    read = joana.wait_for(f"/profile/resumes/{resume['id']}", "reading", "ready")
    assert PROOF in read["text"]
    assert "Bachelor's degree, held" in [fact["label"] for fact in read["facts"]]
    for one in (
        *read["facts"],
        *({**passage, "start": passage["starts_at"], "end": passage["ends_at"]} for passage in read["passages"]),
    ):
        assert one["quote"] == read["text"][one["start"] : one["end"]]
    assert joana.post("/profile/submission", 200)["state"] == "submitted"
    return int(stated["id"])


def qualify(admin: Caller, profile_id: int) -> None:
    waiting = admin.get("/profiles", state="submitted")["items"]
    assert profile_id in [one["id"] for one in waiting]
    seen = admin.get(f"/profiles/{profile_id}")
    assert seen["resume"]["reading"] == "ready"
    decided = admin.post(f"/profiles/{profile_id}/decision", 200, outcome="qualified", seen=seen["mark"])
    assert decided["state"] == "qualified"


def start_project(marta: Caller) -> int:
    (organisation,) = marta.get("/me")["organisations"]
    project = marta.post("/projects", organisation_id=organisation["id"], **TERMS)
    assert (project["state"], project["currency"]) == ("draft", "USD")
    active = marta.post(f"/projects/{project['id']}/state", 200, state="active")
    assert active["state"] == "active"
    return int(project["id"])


def invite(marta: Caller, project_id: int, profile_id: int) -> Json:
    until = time.monotonic() + 60
    while marta.http.get(f"/projects/{project_id}/matches").status_code == 409 and time.monotonic() < until:
        time.sleep(0.1)
    (match,) = [one for one in marta.get(f"/projects/{project_id}/matches")["items"] if one["profile_id"] == profile_id]
    assert {gate["outcome"] for gate in match["gates"]} == {"pass"}
    (wish,) = [part for part in match["parts"] if part["kind"] == "wish"]
    assert PROOF in " ".join(wish["quote"].split())
    assert match["offer"]["rate_minor"] == 2050
    assert "Joana" not in str(match)
    invited = marta.post(f"/projects/{project_id}/invitations", match_ids=[match["match_id"]])
    (invitation,) = invited["invitations"]
    return dict(invitation)


def accept(joana: Caller, invitation: Json) -> tuple[Json, datetime]:
    assert "$20.50" in words_of(joana.world.mail(joana.email, PROJECT))
    (offered,) = joana.get("/invitations")["items"]
    assert offered["id"] == invitation["id"]
    holding = {line["label"]: line["amount_minor"] for line in offered["rate_breakdown"] if line["holds"]}
    assert holding == {"Base rate": 1800, "Speaks Portuguese": 250}
    accepted = joana.post(f"/invitations/{offered['id']}/acceptance")
    engagement = accepted["engagement"]
    assert joana.post(f"/invitations/{offered['id']}/acceptance")["engagement"]["id"] == engagement["id"]
    assert [rate["rate_minor"] for rate in engagement["rates"]] == [2050]
    return engagement, datetime.fromisoformat(engagement["started_at"])


def log_a_minute(joana: Caller, engagement: Json, joined_at: datetime) -> Json:
    """Log the first whole minute; what lies before joining or is still to come is refused."""
    start = joined_at.astimezone(UTC).replace(second=0, microsecond=0)
    end = start + timedelta(minutes=1)
    hours = {"engagement_id": engagement["id"], "starts_at": start.isoformat(), "note": "Read the guideline"}
    early = (start - timedelta(minutes=30)).isoformat()
    joana.post("/time-entries", 409, **{**hours, "starts_at": early, "ends_at": start.isoformat()})
    joana.post("/time-entries", 409, **hours, ends_at=(end + timedelta(hours=1)).isoformat())
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds() + 0.5))
    (line,) = joana.post("/time-entries", **hours, ends_at=end.isoformat())["items"]
    assert (line["minutes"], line["rate_minor"], line["state"]) == (1, 2050, "recorded")
    joana.post("/time-entries", 409, **hours, ends_at=end.isoformat())
    week = joana.get("/timesheets")["items"][0]["week_starts_on"]
    return joana.post("/timesheets", engagement_id=engagement["id"], week=week)


def approve_hours(marta: Caller, project_id: int, sheet: Json) -> None:
    (waiting,) = marta.get("/timesheets", project_id=project_id)["items"]
    assert (waiting["id"], waiting["state"], waiting["name"]) == (sheet["id"], "submitted", "Joana Lima")
    lines = [entry["id"] for entry in waiting["entries"]]
    (approved,) = marta.post("/time-entries/decisions", approve=lines)["items"]
    # 20.50 an hour for one minute: 34.17, rounded half up.
    assert (approved["state"], approved["earning_minor"]) == ("approved", 34)
    marta.post("/time-entries/decisions", 409, approve=lines)


def say_how_to_be_paid(joana: Caller) -> None:
    wish: Json = {"kind": "iban", "holder": "Joana Lima", "password": PASSWORD}
    joana.post("/profile/payout-methods", 409, **wish, iban="PT50 0002 0123 1234 5678 9015 5")
    method = joana.post("/profile/payout-methods", **wish, iban="PT50 0002 0123 1234 5678 9015 4")
    assert method["account"] == "PT•• •••• 0154"


def pay(first: Caller, second: Caller) -> int:
    run = first.post("/payout-runs", currency="USD")
    (payout,) = run["payouts"]
    assert (run["state"], payout["amount_minor"]) == ("draft", 34)
    first.post(f"/payout-runs/{run['id']}/approval", 409)
    assert second.post(f"/payout-runs/{run['id']}/approval")["state"] == "approved"
    paid = first.post(f"/payouts/{payout['id']}/outcome", 200, outcome="paid", reference="BANK-1187")
    assert (paid["state"], paid["reference"]) == ("paid", "BANK-1187")
    assert first.get("/payout-runs")["items"][0]["state"] == "settled"
    return int(payout["id"])


def see_the_money(joana: Caller, payout_id: int) -> None:
    earnings = joana.get("/earnings")
    (balance,) = earnings["balances"]
    assert (balance["pending_minor"], balance["payable_minor"], balance["paid_minor"]) == (0, 0, 34)
    (line,) = earnings["items"]
    assert (line["entry"]["earning_minor"], line["payout"]["id"], line["payout"]["state"]) == (34, payout_id, "paid")
    (payout,) = joana.get("/payouts")["items"]
    assert (payout["id"], payout["amount_minor"], payout["state"]) == (payout_id, 34, "paid")
    assert "$0.34" in str(joana.world.mail(joana.email, "is on your account")["Subject"])
    assert joana.get("/timesheets")["items"][0]["state"] == "paid"


def test_errors_are_problem_documents_that_name_the_field(caller: Enter) -> None:
    nobody, peter = caller("No Body"), caller("Peter Mutua")
    problem = nobody.post("/accounts", 422, email="nonsense", password="short", name="")
    assert {one["field"] for one in problem["errors"]} == {"email", "password", "name"}
    assert set(problem) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert nobody.get("/profile", 401)["title"] == "Unauthorized"
    peter.sign_up()
    wrong = {**PROFILE, "languages": [{"tag": "en", "written": "Z9", "spoken": "C1"}, {"tag": "zz-nonsense"}]}
    fields = {one["field"] for one in peter.answer("PUT", "/profile", 422, json=wrong)["errors"]}
    assert {"languages.0.written", "languages.1.tag"} <= fields
    assert [one["field"] for one in peter.answer("PUT", "/profile", 422, json={**PROFILE, "karma": 1})["errors"]] == [
        "karma"
    ]
    peter.answer("POST", "/profile/resumes", 409, files={"file": ("cv.pdf", b"MZ not a PDF", "application/pdf")})
    assert peter.get("/projects", 403)["detail"] == "Your role does not allow this."
    assert peter.get("/invitations/999999", 404)["status"] == 404
    peter.get_token("profile:read")
    assert "profile:write" in peter.answer("PUT", "/profile", 403, json=PROFILE)["detail"]
    assert peter.answer("POST", "/time-entries", 403, content=b"{")["status"] == 403


def test_the_document_describes_every_route_of_the_api(world: World, caller: Enter) -> None:
    document = caller("No Body").get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    described = {(path, method.upper()) for path, ways in document["paths"].items() for method in ways}
    app = create_app(Config.from_environment(world.environment))
    routes = {
        (re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("/openapi.json")
        for method in METHODS & (rule.methods or set())
    }
    assert {one for one in described if one[1] in METHODS} == routes
