"""Profiles and résumés by JSON."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.profiles import queries
from marketplace.profiles.rules import ProfileState
from marketplace.worker import perform_due
from tests import build

ApiOf = Callable[[Account], FlaskClient]

DOCUMENT: dict[str, Any] = {
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "weekly_minutes": 1200,
    "min_rate_minor": 1850,
    "about": "Careful.",
    "languages": [{"tag": "en", "written": "C1", "spoken": "B2", "native": False}],
    "degrees": [{"level": 7, "status": "held", "subject": "Linguistics", "year": 2019}],
    "experiences": [{"kind": "annotation", "years": 3, "description": "Medical spans"}],
}


def test_a_profile_goes_in_comes_out_and_may_be_sent_back(app: Flask, api_of: ApiOf) -> None:
    client = api_of(build.account(RoleName.ANNOTATOR))
    put = client.put("/api/v1/profile", json=DOCUMENT)
    assert put.status_code == 200, put.json
    got = client.get("/api/v1/profile").json
    assert got is not None
    assert (got["state"], got["currency"], got["languages"][0]["written"]) == ("draft", "USD", "C1")
    assert got["languages"][0]["provenance"] == "declared"
    assert client.put("/api/v1/profile", json=got).json == got


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"country": 7}, "country"),
        ({"languages": [{"tag": "\ud800bc", "written": "C1", "spoken": "C1"}]}, "languages.0.tag"),
        ({"languages": [{"tag": ["en"], "written": "C1", "spoken": "C1"}]}, "languages.0.tag"),
        ({"languages": [{"tag": "en", "written": 5, "spoken": "C1"}]}, "languages.0.written"),
        ({"degrees": DOCUMENT["degrees"] * 21}, "degrees"),
        ({"degrees": [{"level": 6, "status": ["held"]}]}, "degrees.0.status"),
        ({"experiences": [{"kind": {}, "years": 1}]}, "experiences.0.kind"),
        ({"experiences": "annotation"}, "experiences"),
        ({"weekly_minutes": 3601}, "weekly_minutes"),
        ({"weekly_minutes": 1e400}, "weekly_minutes"),
        ({"min_rate_minor": 18.5}, "min_rate_minor"),
        ({"about": "x\x00"}, "about"),
        ({"about": "\ud800"}, "about"),
        ({"nickname": "x"}, "nickname"),
    ],
)
def test_a_wrong_document_names_the_field(app: Flask, api_of: ApiOf, wrong: dict[str, Any], field: str) -> None:
    answer = api_of(build.account(RoleName.ANNOTATOR)).put("/api/v1/profile", json=DOCUMENT | wrong)
    assert answer.status_code == 422, answer.json
    assert answer.content_type == "application/problem+json"
    assert field in {error["field"] for error in answer.json["errors"]}  # type: ignore[index]


@pytest.mark.parametrize("body", ["[]", "null", "7", '"x"', "{", ""])
def test_what_is_no_document_is_refused(app: Flask, api_of: ApiOf, body: str) -> None:
    client = api_of(build.account(RoleName.ANNOTATOR))
    answer = client.put("/api/v1/profile", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}


def test_a_resume_is_uploaded_read_and_told_with_its_quotes(app: Flask, api_of: ApiOf) -> None:
    client = api_of(build.account(RoleName.ANNOTATOR))
    file = (io.BytesIO(build.RESUME_TEXT.encode() * 4), "cv.txt")
    made = client.post("/api/v1/profile/resumes", data={"file": file})
    assert made.status_code == 201, made.json
    assert made.json is not None
    assert (made.json["state"], made.json["reading"]) == ("uploaded", "waiting")
    perform_due(app)
    read = client.get(made.headers["Location"]).json
    assert read is not None
    assert (read["state"], read["reading"], read["language"]) == ("ready", "ready", "en")
    for passage in read["passages"]:
        assert passage["quote"] == read["text"][passage["starts_at"] : passage["ends_at"]]
    listed = client.get("/api/v1/profile/resumes").json
    assert listed is not None
    assert [one["id"] for one in listed["items"]] == [read["id"]]


def test_a_wrong_file_and_no_file_are_problems(app: Flask, api_of: ApiOf) -> None:
    client = api_of(build.account(RoleName.ANNOTATOR))
    wrong = client.post("/api/v1/profile/resumes", data={"file": (io.BytesIO(b"MZ"), "cv.pdf")})
    assert (wrong.status_code, wrong.content_type) == (409, "application/problem+json")
    nothing = client.post("/api/v1/profile/resumes", data={})
    assert (nothing.status_code, nothing.json["errors"][0]["field"]) == (422, "file")  # type: ignore[index]
    assert nothing.json["errors"][0]["message"].startswith("Choose a file")  # type: ignore[index]
    assert client.post("/api/v1/profile/resumes", json={"file": "x"}).status_code == 422


def test_what_is_too_large_for_any_request_is_told_how_large_a_resume_may_be(
    client_of: Callable[[Account], FlaskClient], api_of: ApiOf
) -> None:
    account = build.account(RoleName.ANNOTATOR)
    said = {"CONTENT_LENGTH": str(7 << 20), "CONTENT_TYPE": "multipart/form-data; boundary=b"}
    by_api = api_of(account).post("/api/v1/profile/resumes", environ_overrides=said)
    by_page = client_of(account).post("/profile/resume", environ_overrides=said)
    assert (by_api.status_code, by_page.status_code) == (413, 413)
    for words in (by_api.json["detail"], by_page.text):  # type: ignore[index]
        assert "a résumé may have up to 5 MiB" in words


def test_another_persons_resume_looks_like_a_missing_one(app: Flask, api_of: ApiOf) -> None:
    resume = queries.current_resume(build.profile())
    assert resume is not None
    client = api_of(build.account(RoleName.ANNOTATOR))
    for resume_id in (resume.id, resume.id + 1, 2**63, 10**30):
        assert client.get(f"/api/v1/profile/resumes/{resume_id}").status_code == 404


def test_submitting_withdrawing_and_pausing(app: Flask, api_of: ApiOf) -> None:
    client = api_of(build.profile(state=ProfileState.DRAFT).account)
    assert client.post("/api/v1/profile/submission").json["state"] == "submitted"  # type: ignore[index]
    twice = client.post("/api/v1/profile/submission")
    assert (twice.status_code, twice.json["detail"]) == (409, "Your profile is already submitted.")  # type: ignore[index]
    assert client.delete("/api/v1/profile/submission").json["state"] == "withdrawn"  # type: ignore[index]
    assert client.put("/api/v1/profile/pause").json["paused"] is True  # type: ignore[index]
    assert client.delete("/api/v1/profile/pause").json["paused"] is False  # type: ignore[index]


def test_an_admin_lists_looks_and_decides(app: Flask, api_of: ApiOf) -> None:
    profile = build.profile(state=ProfileState.SUBMITTED)
    build.profile(state=ProfileState.DRAFT)
    client = api_of(build.account(RoleName.ADMIN))
    listed = client.get("/api/v1/profiles?state=submitted").json
    assert listed is not None
    assert [one["id"] for one in listed["items"]] == [profile.id]
    review = client.get(f"/api/v1/profiles/{profile.id}").json
    assert review is not None
    assert review["resume"]["text"] == build.RESUME_TEXT
    address = f"/api/v1/profiles/{profile.id}/decision"
    assert client.post(address, json={"outcome": "qualified", "seen": "old"}).status_code == 409
    assert client.post(address, json={"outcome": "rejected"}).status_code == 422
    done = client.post(address, json={"outcome": "qualified", "seen": review["mark"]})
    assert (done.status_code, done.json["state"]) == (200, "qualified")  # type: ignore[index]


def test_annotators_decide_nothing_and_managers_have_no_profile(app: Flask, api_of: ApiOf) -> None:
    profile = build.profile(state=ProfileState.SUBMITTED)
    annotator, manager = api_of(profile.account), api_of(build.account(RoleName.MANAGER))
    decision = annotator.post(f"/api/v1/profiles/{profile.id}/decision", json={"outcome": "qualified"})
    assert decision.status_code == 403
    assert annotator.get("/api/v1/profiles").status_code == 403
    assert manager.get("/api/v1/profile").status_code == 403
    assert manager.get(f"/api/v1/profiles/{profile.id}").status_code == 403
