"""The annotator's pages and the admins' queue, by HTTP."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.profiles import queries
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.worker import perform_due
from tests import build

ClientOf = Callable[[Account], FlaskClient]

WHOLE = {
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "weekly_hours": "20.5",
    "min_rate": "18.50",
    "about": "Careful.",
    "languages.0.tag": "English [en]",
    "languages.0.written": "C1",
    "languages.0.spoken": "B2",
    "languages.1.tag": "Chinese (Traditional)",
    "languages.1.written": "C2",
    "languages.1.spoken": "C2",
    "languages.1.native": "1",
    "degrees.0.level": "7",
    "degrees.0.status": "in_progress",
    "degrees.0.subject": "Linguistics",
    "degrees.0.year": "2028",
    "experiences.0.kind": "annotation",
    "experiences.0.years": "3",
    "experiences.0.description": "Medical spans",
}


@pytest.fixture
def annotator(app: Flask) -> Account:
    return build.account(RoleName.ANNOTATOR)


def saved(account: Account) -> AnnotatorProfile:
    db.session.expire_all()
    return queries.own_profile(account)


def test_the_first_visit_begins_a_profile_with_the_first_step_to_do(annotator: Account, client_of: ClientOf) -> None:
    page = client_of(annotator).get("/profile")
    assert page.status_code == 200
    assert "Your profile: 1 of 5 done" in page.text
    assert saved(annotator).state is ProfileState.DRAFT


def test_what_is_saved_is_shown_again(annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    assert browser.post("/profile", data=WHOLE).status_code == 303
    profile = saved(annotator)
    assert (profile.weekly_minutes, profile.min_rate_minor) == (1230, 1850)
    assert [(one.tag, one.written, one.native) for one in profile.languages] == [("en", 5, False), ("zh-Hant", 6, True)]
    page = browser.get("/profile").text
    for shown in (
        'value="20.5"',
        'value="18.50"',
        "Chinese (Traditional) [zh-Hant]",
        'value="Linguistics"',
        "Medical spans",
    ):
        assert shown in page


def test_a_form_that_is_sent_as_it_is_shown_changes_nothing(annotator: Account, client_of: ClientOf) -> None:
    from marketplace.profiles.pages import written

    browser = client_of(annotator)
    browser.post("/profile", data=WHOLE)
    before = queries.facts_of(saved(annotator))
    shown = written(saved(annotator))
    fields = {name: value for name, value in shown.items() if not isinstance(value, list)}
    for rows in ("languages", "degrees", "experiences"):
        fields |= {f"{rows}.{at}.{key}": value for at, row in enumerate(shown[rows]) for key, value in row.items()}
    assert browser.post("/profile", data=fields).status_code == 303
    assert queries.facts_of(saved(annotator)) == before


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("country", "XX", "Choose a country"),
        ("time_zone", "Mars/Olympus", "Choose a time zone"),
        ("time_zone", "../../etc/passwd", "Choose a time zone"),
        ("weekly_hours", "61", "0 to 60 hours"),
        ("weekly_hours", "NaN", "Special numeric values"),
        ("weekly_hours", "1e999999", "0 to 60 hours"),
        ("min_rate", "12.345", "is not an amount"),
        ("min_rate", "-1", "10000.00"),
        ("about", "x\x00y", "cannot be stored"),
        ("about", "x" * 4001, "Length must be"),
        ("languages.0.tag", "Elvish of the third kind", "We know no language"),
        ("languages.0.written", "D9", "A1 to C2"),
        ("languages.1.tag", "en", "stands here twice"),
        ("degrees.0.level", "9", "Choose a level"),
        ("degrees.0.year", "20280", "four digits"),
        ("experiences.0.years", "9" * 5000, "Not a valid integer"),
        ("experiences.0.kind", "espionage", "of the list"),
        ("experiences.0.description", "x" * 2001, "Length must be"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    annotator: Account, client_of: ClientOf, field: str, value: str, word: str
) -> None:
    page = client_of(annotator).post("/profile", data=WHOLE | {field: value})
    assert page.status_code == 422
    assert word in page.text
    name = field.replace(".", "-").replace("_", "-")
    assert f'id="f-{name}-error"' in page.text
    assert "Medical spans" in page.text or field.startswith("experiences")
    assert saved(annotator).country is None


@pytest.mark.parametrize(
    "junk",
    [
        {"languages.0.tag.deep.er": "x"},
        {"languages": "x"},
        {"languages.x.tag": "en"},
        {"about.0": "x"},
        {"country.a.b": "x"},
        {"unknown": "x"},
        {f"languages.{at}.tag": "en" for at in range(300)},
        {"languages.\u00b2.tag": "en"},
        {"languages." + "9" * 5000 + ".tag": "en"},
        {"about" + ".a" * 3000: "x"},
    ],
)
def test_nested_junk_is_a_mistake_and_never_a_crash(
    annotator: Account, client_of: ClientOf, junk: dict[str, str]
) -> None:
    assert client_of(annotator).post("/profile", data=junk).status_code == 422


def test_a_row_is_added_and_removed_without_losing_the_others(annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    more = browser.post("/profile", data=WHOLE | {"_add": "languages"})
    assert (more.status_code, "languages.2.tag" in more.text) == (200, True)
    less = browser.post("/profile", data=WHOLE | {"_remove": "languages.0"})
    assert 'English [en]"' not in less.text.split("<datalist", 1)[0]
    assert 'value="Chinese (Traditional)"' in less.text


def test_submitting_too_early_saves_and_names_what_is_missing(annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    page = browser.post("/profile", data=WHOLE | {"_submit": "1"}, follow_redirects=True)
    assert "Saved, but not submitted yet. Upload your résumé first." in page.text
    assert (saved(annotator).country, saved(annotator).state) == ("DE", ProfileState.DRAFT)


def upload(browser: FlaskClient, content: bytes = build.RESUME_TEXT.encode() * 4, name: str = "cv.txt") -> Any:
    return browser.post("/profile/resume", data={"file": (io.BytesIO(content), name)})


def test_the_whole_way_from_empty_to_submitted(app: Flask, annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    browser.post("/profile", data=WHOLE)
    assert upload(browser).status_code == 303
    waiting = browser.get("/profile/resume").text
    assert "waits for its turn" in waiting
    assert 'hx-trigger="every 700ms"' in waiting
    perform_due(app)
    done = browser.get("/profile/resume").text
    assert "Facts found" in done
    assert "hx-trigger" not in done
    assert browser.post("/profile/submit").status_code == 303
    assert saved(annotator).state is ProfileState.SUBMITTED


def test_the_piece_that_is_polled_ends_its_own_polling(app: Flask, annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    upload(browser)
    resume = queries.current_resume(saved(annotator))
    assert resume is not None
    address, asked_by_htmx = f"/profile/resume/{resume.id}/state", {"HX-Request": "true"}
    assert "hx-get" in browser.get(address, headers=asked_by_htmx).text
    perform_due(app)
    piece = browser.get(address, headers=asked_by_htmx).text
    assert "hx-get" not in piece
    assert "<html" not in piece
    assert browser.get(address).location == "/profile/resume"  # by hand it leads to the whole page


def test_pasted_text_is_read_like_a_file(app: Flask, annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    browser.post("/profile/resume", data={"text": build.RESUME_TEXT * 4})
    perform_due(app)
    resume = queries.current_resume(saved(annotator))
    assert resume is not None
    assert (resume.state, resume.filename) == ("ready", "pasted.txt")


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({}, "Choose a file, or paste"),
        ({"text": "x" * 100_001}, "Length must be"),
        ({"file": (io.BytesIO(b"MZ\x90"), "cv.pdf")}, "a program"),
        ({"file": (io.BytesIO(b"x"), "cv")}, "none of these kinds"),
    ],
)
def test_a_wrong_upload_is_refused_beside_the_field(
    annotator: Account, client_of: ClientOf, sent: dict[str, Any], word: str
) -> None:
    page = client_of(annotator).post("/profile/resume", data=sent, content_type="multipart/form-data")
    assert (page.status_code, word in page.text) == (422, True)


def test_a_refusal_says_what_to_do(app: Flask, annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    upload(browser, b"%PDF-1.7 rubbish", "cv.pdf")
    perform_due(app)
    page = browser.get("/profile/resume").text
    assert "could not be accepted" in page
    assert "paste the text instead" in page


def test_my_own_file_comes_back_as_it_was_and_is_never_shown_as_a_page(annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    upload(browser, b"<script>alert(1)</script> " * 20, "h\u00e9llo <b>.txt")
    resume = queries.current_resume(saved(annotator))
    assert resume is not None
    file = browser.get(f"/profile/resume/{resume.id}/file")
    assert file.data.startswith(b"<script>")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.content_type == "text/plain; charset=utf-8"


def test_a_text_in_another_encoding_comes_back_as_bytes_and_is_not_said_to_be_utf_8(
    annotator: Account, client_of: ClientOf
) -> None:
    browser = client_of(annotator)
    upload(browser, "Zürich, café. ".encode("cp1252") * 20, "Zo\u00eb; 'x'.txt")
    resume = queries.current_resume(saved(annotator))
    assert resume is not None
    file = browser.get(f"/profile/resume/{resume.id}/file")
    assert file.content_type == "application/octet-stream"
    named = "attachment; filename=\"Zoe; 'x'.txt\"; filename*=UTF-8''Zo%C3%AB%3B%20%27x%27.txt"
    assert file.headers["Content-Disposition"] == named


@pytest.mark.parametrize("end", ["state", "file"])
def test_another_persons_resume_looks_like_a_missing_one(app: Flask, client_of: ClientOf, end: str) -> None:
    theirs = build.profile()
    resume = queries.current_resume(theirs)
    assert resume is not None
    browser = client_of(build.account(RoleName.ANNOTATOR))
    for resume_id in (resume.id, resume.id + 1, 2**63 - 1, 2**63, 10**30):
        assert browser.get(f"/profile/resume/{resume_id}/{end}").status_code == 404, resume_id


def test_script_in_a_resume_and_in_a_name_stays_text(app: Flask, annotator: Account, client_of: ClientOf) -> None:
    browser = client_of(annotator)
    upload(browser, b"I wrote <script>alert(1)</script> for many years. " * 8, "<img src=x onerror=alert(1)>.txt")
    perform_due(app)
    page = browser.get("/profile/resume").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_pausing_and_withdrawing_by_button(app: Flask, client_of: ClientOf) -> None:
    profile = build.profile()
    browser = client_of(profile.account)
    browser.post("/profile/pause")
    browser.post("/profile/withdraw")
    again = browser.post("/profile/withdraw", follow_redirects=True)
    assert "cannot become withdrawn" in again.text
    db.session.expire_all()
    assert (profile.paused, profile.state) == (True, ProfileState.WITHDRAWN)


def test_an_admin_sees_facts_beside_the_text_and_qualifies(app: Flask, client_of: ClientOf, outbox: Any) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED, name="Ada Example"), build.account(RoleName.ADMIN)
    browser = client_of(admin)
    assert "Ada Example" in browser.get("/admin/profiles").text
    page = browser.get(f"/admin/profiles/{profile.id}").text
    assert "Linguistics" in page
    assert "Labelled sentiment and medical spans" in page
    mark = page.split('name="seen" value="')[1].split('"')[0]
    sent = {"outcome": "qualified", "seen": mark, "note": ""}
    assert browser.post(f"/admin/profiles/{profile.id}", data=sent).status_code == 303
    db.session.expire_all()
    assert profile.state is ProfileState.QUALIFIED
    assert [mail.template for mail in outbox()] == ["profile_qualified"]
    assert "Nobody is waiting" in browser.get("/admin/profiles").text


def test_a_rejection_needs_a_reason_and_is_told(app: Flask, client_of: ClientOf) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED), build.account(RoleName.ADMIN)
    browser = client_of(admin)
    address = f"/admin/profiles/{profile.id}"
    bare = browser.post(address, data={"outcome": "rejected", "note": "Show me a diploma"})
    assert (bare.status_code, "Show me a diploma" in bare.text, "Choose the reason" in bare.text) == (422, True, True)
    browser.post(address, data={"outcome": "rejected", "reason": "facts_not_supported", "note": "Show me a diploma"})
    page = client_of(profile.account).get("/profile").text
    assert "need better evidence" in page
    assert "Show me a diploma" in page


def test_an_auditor_reads_and_does_not_decide(app: Flask, client_of: ClientOf) -> None:
    profile = build.profile(state=ProfileState.SUBMITTED)
    browser = client_of(build.account(RoleName.AUDITOR))
    page = browser.get(f"/admin/profiles/{profile.id}")
    assert (page.status_code, 'value="qualified"' in page.text) == (200, False)
    assert browser.post(f"/admin/profiles/{profile.id}", data={"outcome": "qualified"}).status_code == 403


def test_a_draft_is_nobody_elses_business(app: Flask, client_of: ClientOf) -> None:
    draft = build.profile(state=ProfileState.DRAFT)
    browser = client_of(build.account(RoleName.ADMIN))
    assert browser.get(f"/admin/profiles/{draft.id}").status_code == 404
    assert browser.get("/admin/profiles?state=draft").status_code == 200
    assert draft.account.name not in browser.get("/admin/profiles?state=draft").text


@pytest.mark.parametrize("people", [1, 12])
def test_the_queue_asks_the_database_as_often_for_many_as_for_one(app: Flask, client_of: ClientOf, people: int) -> None:
    for _ in range(people):
        build.profile(state=ProfileState.SUBMITTED, resume_text="")
    browser = client_of(build.account(RoleName.ADMIN))
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    try:
        browser.get("/admin/profiles")
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", count)
    assert len(asked) <= 10
