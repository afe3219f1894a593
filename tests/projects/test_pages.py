"""The pages of projects, for managers and for anybody."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.queries import organisations_of
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.projects import queries
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from matching.vocabulary import Cefr
from tests import build

SignIn = Callable[[Account], FlaskClient]
FORM = {
    "title": "Label chest X-rays",
    "description": "Mark what radiologists ask for.",
    "seats": "2",
    "weekly_hours": "17.5",
    "rate_floor": "14.00",
    "rate_top": "23.50",
    "invitation_hours": "48",
    "content_warnings": "Medical images\n\n Blood \n",
    "is_open": "1",
    "languages.0.tag": "Chinese (Traditional) [zh-Hant]",
    "languages.0.written": "C1",
    "degree.level": "7",
    "degree.in_progress_is_enough": "1",
    "experiences.0.kind": "annotation",
    "experiences.0.years": "2",
    "countries": "Germany, at",
    "least_hours": "10",
    "most_rate": "22",
    "wishes.0.text": "Has labelled medical images",
    "wishes.1.text": "Knows DICOM viewers",
    "card_languages.0.tag": "zh-Hant",
    "card_languages.0.written": "C2",
    "card_languages.0.amount": "2",
    "card_languages.0.label": "C2 in Chinese",
    "card_degrees.0.level": "8",
    "card_degrees.0.amount": "1.50",
    "card_hours.0.hours": "30",
    "card_hours.0.amount": "0.50",
    "card_countries.0.countries": "AT",
    "card_countries.0.amount": "0.25",
}
GATES: list[dict[str, Any]] = [
    {"gate": "language", "tag": "zh-Hant", "written": "C1", "spoken": None, "native": False},
    {"gate": "degree", "level": 7, "in_progress_is_enough": True},
    {"gate": "experience", "kind": "annotation", "years": 2},
    {"gate": "country", "countries": ["AT", "DE"]},
    {"gate": "hours", "weekly_minutes": 600},
    {"gate": "rate", "max_minor": 2200, "currency": "EUR"},
]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation(currency="EUR"))


def newest() -> Project:
    """Return the project made last, as it stands in the database."""
    db.session.rollback()
    return db.session.scalars(sa.select(Project).order_by(Project.id.desc())).first()  # type: ignore[return-value]


def test_a_project_is_made_from_its_form_with_every_kind_of_gate(manager: Account, client_of: SignIn) -> None:
    answer = client_of(manager).post("/projects/new", data=FORM)
    project = newest()
    facts = queries.facts_of(project)
    assert (answer.status_code, answer.location) == (303, f"/projects/{project.id}")
    assert facts["gates"] == GATES
    assert facts["wishes"] == ["Has labelled medical images", "Knows DICOM viewers"]
    assert [(line["label"], line["amount_minor"]) for line in facts["rate_lines"]] == [
        ("C2 in Chinese", 200),
        ("", 150),
        ("", 25),
        ("", 50),
    ]
    assert (project.weekly_limit_minutes, project.rate_top_minor, project.currency) == (1050, 2350, "EUR")
    assert project.content_warnings == ["Medical images", "Blood"]


def test_the_form_of_a_project_saved_untouched_changes_nothing(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    browser.post("/projects/new", data=FORM)
    project = newest()
    before = queries.facts_of(project)
    again = FORM | {"countries": "Austria, Germany", "content_warnings": "Medical images\nBlood"}
    page = browser.get(f"/projects/{project.id}/edit").text
    for value in ("Chinese (Traditional) [zh-Hant]", "Austria, Germany", "17.5", "23.50", "C2 in Chinese", "1.50"):
        assert value in page
    assert browser.post(f"/projects/{project.id}/edit", data=again).status_code == 303
    assert queries.facts_of(newest()) == before
    assert len(newest().versions) == 1


def test_gates_of_one_letter_are_alternatives_and_stay_so(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    grouped = {"degree.group": "A", "experiences.0.group": "A", "countries_group": "B", "least_hours_group": "B"}
    assert browser.post("/projects/new", data=FORM | grouped).status_code == 303
    project = newest()
    before = queries.facts_of(project)["gates"]
    assert before == [GATES[0], GATES[5], {"any": [GATES[1], GATES[2]]}, {"any": [GATES[3], GATES[4]]}]
    page = browser.get(f"/projects/{project.id}/edit").text
    assert page.count('<option value="A" selected>') == page.count('<option value="B" selected>') == 2
    assert "One of these:" in browser.get(f"/projects/{project.id}").text
    again = FORM | grouped | {"countries": "Austria, Germany", "content_warnings": "Medical images\nBlood"}
    assert browser.post(f"/projects/{project.id}/edit", data=again).status_code == 303
    assert len(newest().versions) == 1


def test_a_group_too_deep_for_the_form_is_shown_kept_and_dropped_when_asked(
    manager: Account, client_of: SignIn
) -> None:
    browser = client_of(manager)
    browser.post("/projects/new", data=FORM)
    project = newest()
    deep = {"any": [{"all": [GATES[0], GATES[1]]}, GATES[2]]}
    project.versions[-1].gates = [*GATES, deep]
    db.session.commit()
    page = browser.get(f"/projects/{project.id}/edit").text
    assert "Nested groups" in page
    assert "All of these:" in page
    browser.post(f"/projects/{project.id}/edit", data=FORM | {"seats": "3"})
    assert queries.facts_of(newest())["gates"] == [*GATES, deep]
    browser.post(f"/projects/{project.id}/edit", data=FORM | {"dropped[]": "0"})
    assert queries.facts_of(newest())["gates"] == GATES


@pytest.mark.parametrize("letter", ["D", "a", "AA"])
def test_an_unknown_group_is_refused(letter: str, manager: Account, client_of: SignIn) -> None:
    answer = client_of(manager).post("/projects/new", data=FORM | {"degree.group": letter})
    assert answer.status_code == 422
    assert "Choose from the list" in answer.text


def test_a_row_is_added_and_removed_without_javascript_and_without_saving(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    page = browser.post("/projects/new", data=FORM | {"_add": "languages"})
    assert page.status_code == 200
    assert "languages.1.tag" in page.text
    page = browser.post("/projects/new", data=FORM | {"_remove": "languages.0"})
    assert 'name="languages.0.tag"' not in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Project)) == 0


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": ""}, "title", "Give the project a title."),
        ({"title": "a\x00bc"}, "title", "cannot be stored"),
        ({"title": "x" * 200}, "title", "between 3 and 120"),
        ({"seats": "0"}, "seats", "1 to 10,000 seats"),
        ({"seats": "9" * 400}, "seats", "1 to 10,000 seats"),
        ({"seats": "many"}, "seats", "Not a valid integer"),
        ({"rate_floor": "-5"}, "rate_floor", "An hour can cost"),
        ({"rate_floor": "1e99"}, "rate_floor", "not an amount"),
        ({"rate_floor": "NaN"}, "rate_floor", "not an amount"),
        ({"rate_floor": "14.005"}, "rate_floor", "not an amount"),
        ({"rate_floor": "30"}, "rate_top", "below its floor"),
        ({"weekly_hours": "61"}, "weekly_hours", "up to 60 hours"),
        ({"weekly_hours": "1e3"}, "weekly_hours", "up to 60 hours"),
        ({"weekly_hours": "٣"}, "weekly_hours", "up to 60 hours"),
        ({"starts_on": "soon"}, "starts_on", "2026-11-23"),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "ends_on", "before the first"),
        ({"budget": "99999999999999999999"}, "budget", "not an amount"),
        ({"invitation_hours": "0"}, "invitation_hours", "1 to 720 hours"),
        ({"languages.0.tag": "Qwertyish"}, "languages.0.tag", "no language"),
        ({"languages.1.tag": "zh-Hant"}, "languages.1.tag", "stands here twice"),
        ({"languages.0.written": "D7"}, "languages.0.written", "A1 to C2"),
        ({"degree.level": "9"}, "degree.level", "level of degree"),
        ({"experiences.0.kind": "astrology"}, "experiences.0.kind", "Choose a kind"),
        ({"countries": "Atlantis"}, "countries", "not a country"),
        ({"wishes.0.text": "x"}, "wishes.0.text", "between 3 and"),
        ({"wishes.1.text": "has labelled MEDICAL images"}, "wishes.1.text", "stands here twice"),
        ({"card_languages.0.amount": ""}, "card_languages.0.amount", "How much more an hour?"),
        ({"card_hours.0.hours": "-1"}, "card_hours.0.hours", "up to 60 hours"),
        ({"content_warnings": "\n".join("abcdefghijk")}, "content_warnings", "up to 10"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    change: dict[str, str], field: str, words: str, manager: Account, client_of: SignIn
) -> None:
    answer = client_of(manager).post("/projects/new", data=FORM | change)
    assert answer.status_code == 422
    beside = answer.text.split(f'id="f-{field.replace(".", "-").replace("_", "-")}-error"')
    assert len(beside) == 2, "no error beside the field"
    assert words in beside[1][:300]
    assert "Chinese (Traditional)" in answer.text or "languages" in field
    assert newest() is None


@pytest.mark.parametrize(
    "names",
    [
        {"languages": "x"},
        {"languages.a.tag": "en"},
        {"languages.².tag": "en"},
        {"languages." + "9" * 5000 + ".tag": "en"},
        {"languages.0.tag.deeper": "en"},
        {"degree": "7"},
        {"degree.0.level": "7"},
        {"wishes.0": "text"},
        {"title.0": "a"},
        {"unknown": "1"},
        {"card_hours.0.unknown": "1"},
    ],
)
def test_hostile_names_of_fields_never_break_the_page(
    names: dict[str, str], manager: Account, client_of: SignIn
) -> None:
    assert client_of(manager).post("/projects/new", data=FORM | names).status_code in {303, 422}


def test_a_member_of_two_organisations_chooses_and_only_among_their_own(manager: Account, client_of: SignIn) -> None:
    other, strange = build.organisation(manager, currency="JPY"), build.organisation()
    browser = client_of(manager)
    assert f"/projects/new?organisation={other.id}" in browser.get("/projects/new").text
    yen = FORM | {"rate_floor": "1400", "rate_top": "2300"}
    answer = browser.post(f"/projects/new?organisation={other.id}", data=yen)
    assert answer.status_code == 422  # the yen has no cents: 2.50 is no amount
    assert browser.get(f"/projects/new?organisation={strange.id}").status_code == 404


def test_the_list_shows_the_projects_of_ones_organisations_only(manager: Account, client_of: SignIn) -> None:
    (organisation,) = organisations_of(manager)
    own = build.project(organisation, by=manager, title="Our own work")
    build.project(title="Work of others")
    page = client_of(manager).get("/projects").text
    assert "Our own work" in page
    assert f"/projects/{own.id}" in page
    assert "0 of 3" in page
    assert "Work of others" not in page


def test_the_overview_says_everything_in_words(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    page = browser.get(browser.post("/projects/new", data=FORM).location).text
    for words in (
        "Chinese (Traditional) written C1 or better",
        "A master&#39;s degree or higher, held or in progress",
        "2 years of annotation experience or more",
        "Lives in Austria or Germany",
        "At least 10 hours a week",
        "Knows DICOM viewers",
        "€14.00",
        "C2 in Chinese",
        "The wishes are being read",
        "Medical images",
    ):
        assert words in page


def test_a_project_is_moved_by_its_buttons(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    url = browser.post("/projects/new", data=FORM).location
    assert browser.post(f"{url}/state", data={"state": "active"}).status_code == 303
    assert newest().state is ProjectState.ACTIVE
    refused = browser.post(f"{url}/state", data={"state": "paused"})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    browser.post(f"{url}/state", data={"state": "paused", "reason": "New guidelines"})
    assert "New guidelines" in browser.get(url).text
    assert browser.post(f"{url}/state", data={"state": "draft"}).status_code == 422
    assert browser.post(f"{url}/state", data={"state": "sold"}).status_code == 422
    assert newest().state is ProjectState.PAUSED


def test_an_unfit_draft_is_not_activated_and_says_what_is_missing(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    unfit = {name: text for name, text in FORM.items() if not name.startswith("wishes")}
    url = browser.post("/projects/new", data=unfit).location
    answer = browser.post(f"{url}/state", data={"state": "active"})
    assert (answer.status_code, "Add at least one wish first" in answer.text) == (422, True)
    assert newest().state is ProjectState.DRAFT


@pytest.mark.parametrize("path", ["", "/edit", "/state"])
def test_a_project_of_others_looks_like_one_that_is_not_there(path: str, app: Flask, client_of: SignIn) -> None:
    theirs = build.project()
    browser = client_of(build.manager(build.organisation()))
    for project_id in (theirs.id, 10**9, 2**63, 10**30):
        url = f"/projects/{project_id}{path}"
        answer = browser.post(url, data={"state": "paused", "reason": "x"}) if path else browser.get(url)
        assert answer.status_code == 404


def test_anybody_sees_the_open_projects_and_only_those(app: Flask, client: FlaskClient) -> None:
    shown = build.project(title="Open work", gates=GATES, content_warnings=["Violence"])
    hidden = [
        build.project(title="Closed work", is_open=False),
        build.project(title="Draft work", state=ProjectState.DRAFT),
        build.project(title="Paused work", state=ProjectState.PAUSED),
    ]
    db.session.commit()
    listed = client.get("/projects/open").text
    page = client.get(f"/projects/open/{shown.id}").text
    assert "Open work" in listed
    for words in ("Lives in Austria or Germany", "Experience with sentiment annotation", "$14.00", "Violence"):
        assert words in page
    for project in hidden:
        assert project.title not in listed
        assert client.get(f"/projects/open/{project.id}").status_code == 404


def test_an_open_page_tells_nothing_of_the_budget(app: Flask, client: FlaskClient) -> None:
    project = build.project(budget_minor=12_345_600)
    db.session.commit()
    assert "123,456" not in client.get(f"/projects/open/{project.id}").text


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "9" * 40])
def test_a_cursor_that_is_none_is_refused(cursor: str, app: Flask, client: FlaskClient) -> None:
    assert client.get("/projects/open", query_string={"cursor": cursor}).status_code == 422


def test_texts_are_shown_as_text(manager: Account, client_of: SignIn) -> None:
    browser = client_of(manager)
    evil: dict[str, Any] = FORM | {"title": "<script>alert(1)</script>", "wishes.0.text": "<img src=x onerror=y>"}
    url = browser.post("/projects/new", data=evil).location
    for page in (url, f"{url}/edit", "/projects"):
        text = browser.get(page).text
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text


def test_the_gates_are_counted_while_the_rest_is_half_written(app: Flask, client_of: SignIn) -> None:
    for level in (Cefr.C1, Cefr.B1, Cefr.B1, Cefr.A2):
        build.profile(languages=(("de", level, Cefr.A1, False),))
    client = client_of(build.manager(build.organisation()))
    half = {"seats": "many", "languages.0.tag": "German", "languages.0.written": "B2", "_count": "1"}
    page = client.post("/projects/new", data=half)
    assert page.status_code == 200
    assert "of 4 qualified people pass every gate" in page.text
    assert 'written B2 → B1: <strong class="num">+2</strong>' in page.text
    assert 'value="many"' in page.text
    alone = client.post("/projects/new", data=half, headers={"HX-Request": "true"})
    assert alone.text.lstrip().startswith('<p class="stat-figure num">1</p>')
    assert db.session.scalar(sa.select(sa.func.count(Project.id))) == 0


def test_gates_that_cannot_be_read_are_told_and_not_counted(app: Flask, client_of: SignIn) -> None:
    client = client_of(build.manager(build.organisation()))
    wrong = {"degree.level": "99", "_count": "1"}
    page = client.post("/projects/new", data=wrong)
    assert page.status_code == 422
    alone = client.post("/projects/new", data=wrong, headers={"HX-Request": "true"})
    assert "Not counted yet" in alone.text


def test_groups_made_by_api_are_counted_with_the_form_unless_they_are_dropped(app: Flask, client_of: SignIn) -> None:
    build.profile(languages=(("de", Cefr.C1, Cefr.C1, False),))
    deep = {"any": [{"all": [{"gate": "language", "tag": "fr"}, {"gate": "language", "tag": "de"}]}]}
    manager = build.account(RoleName.MANAGER)
    project = build.project(by=manager, gates=[deep])
    client = client_of(manager)
    kept = client.post(f"/projects/{project.id}/edit", data={"_count": "1"}, headers={"HX-Request": "true"})
    assert '<p class="stat-figure num">0</p>' in kept.text
    dropped = {"_count": "1", "dropped[]": "0"}
    without = client.post(f"/projects/{project.id}/edit", data=dropped, headers={"HX-Request": "true"})
    assert '<p class="stat-figure num">1</p>' in without.text


def test_a_duplicate_is_a_draft_that_says_the_same_without_dates(app: Flask, client_of: SignIn) -> None:
    manager = build.account(RoleName.MANAGER)
    project = build.project(by=manager, gates=GATES[:2], title="T" * 120, starts_on=date(2026, 1, 1), seats=7)
    answer = client_of(manager).post(f"/projects/{project.id}/duplicate")
    assert answer.status_code == 303
    copy = db.session.scalars(sa.select(Project).order_by(Project.id.desc())).first()
    assert copy is not None
    assert answer.location.endswith(f"/projects/{copy.id}/edit")
    assert (copy.state, copy.title, copy.starts_on) == (ProjectState.DRAFT, "T" * 113 + " (copy)", None)
    before, after = queries.facts_of(project), queries.facts_of(copy)
    assert {name for name in before if before[name] != after[name]} == {"title", "starts_on"}
    stranger = client_of(build.manager(build.organisation()))
    assert stranger.post(f"/projects/{project.id}/duplicate").status_code == 404
