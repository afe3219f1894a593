from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.matches.actions import make_match_run
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from tests import build
from tests.projects.test_actions import queries_of

ClientOf = Callable[[Account], FlaskClient]
GERMAN = {"gate": "language", "tag": "de", "written": "B2"}
CHINESE = {"gate": "language", "tag": "zh-Hans", "written": "B2"}
TEACHING = {"gate": "experience", "kind": "teaching", "years": 2}


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile(name="Mei Chen")


@pytest.fixture
def project(app: Flask) -> Project:
    boss = build.account(RoleName.MANAGER)
    return build.project(build.organisation(boss), by=boss, gates=[GERMAN], title="Letters in German")


def boss_of(project: Project) -> Account:
    return db.session.get_one(Account, project.created_by)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"German", "Chinese", "Teaching", "Euro"}),
        ("language=de", {"German"}),
        ("language=German", {"German"}),
        ("language=zh", {"Chinese"}),  # whoever looks for the language finds its varieties
        ("language=fr", set()),
        ("kind=teaching", {"Teaching"}),
        ("rate=25.00", {"Chinese"}),
        ("rate=23", {"German", "Chinese", "Teaching"}),  # bands in another currency are not compared
        ("passing=1", {"Euro"}),
        ("language=de&kind=teaching", set()),
        ("language=&kind=&rate=", {"German", "Chinese", "Teaching", "Euro"}),
    ],
)
def test_the_list_of_open_projects_is_narrowed(
    query: str, titles: set[str], client_of: ClientOf, person: AnnotatorProfile
) -> None:
    build.project(title="German", gates=[GERMAN])
    build.project(title="Chinese", gates=[{"any": [CHINESE, {"all": [CHINESE]}]}], rate_top_minor=2600)
    build.project(title="Teaching", gates=[TEACHING])
    build.project(build.organisation(currency="EUR"), title="Euro")
    person.currency = "EUR"
    build.project(title="Private", is_open=False)
    text = client_of(person.account).get(f"/projects/open?{query}").text
    assert {
        title for title in ("German", "Chinese", "Teaching", "Euro", "Private") if f">{title}</a>" in text
    } == titles


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("language=Elvish of the hills", "We know no language"),
        ("kind=singing", "Choose one of the list"),
        ("rate=a lot", "is not an amount"),
        ("passing=maybe", "Tick the box"),
    ],
)
def test_a_field_that_cannot_be_read_says_so_and_keeps_the_others(query: str, words: str, client: FlaskClient) -> None:
    answer = client.get(f"/projects/open?{query}")
    assert answer.status_code == 422
    assert words in answer.text


def test_only_projects_whose_gates_all_pass_come_page_by_page(
    api_of: Callable[[Account], FlaskClient], person: AnnotatorProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.applications.open_projects.JUDGED_AT_ONCE", 2)
    passing = [build.project(gates=[] if number % 3 else [GERMAN]).id for number in range(9)]
    wanted = [one for number, one in enumerate(passing) if number % 3]
    for sort in ("id", "-id"):
        seen: list[int] = []
        cursor = ""
        while cursor is not None:
            page = api_of(person.account).get(f"/api/v1/open-projects?passing=true&limit=2&sort={sort}{cursor}").json
            seen += [one["id"] for one in page["items"]]  # type: ignore[index]
            after = page["next_cursor"]  # type: ignore[index]
            cursor = f"&cursor={after}" if after else None  # type: ignore[assignment]
        assert seen == (wanted if sort == "id" else wanted[::-1])


def test_an_annotator_sees_their_own_gates_and_applies_with_a_note(
    client_of: ClientOf, project: Project, person: AnnotatorProfile
) -> None:
    browser = client_of(person.account)
    text = browser.get(f"/projects/open/{project.id}").text
    assert "States only English" in text
    assert "You do not meet a requirement" in text
    answer = browser.post(f"/projects/open/{project.id}/applications", data={"note": "I live in Graz."})
    assert answer.status_code == 303
    shown = browser.get(answer.location).text
    assert "I live in Graz." in shown
    assert "Submitted" in shown
    assert "Letters in German" in browser.get("/applications").text
    assert "applied already" in browser.get(f"/projects/open/{project.id}").text
    assert browser.post(f"/projects/open/{project.id}/applications").status_code == 422


def test_what_is_not_stated_is_asked_for(client_of: ClientOf, project: Project, person: AnnotatorProfile) -> None:
    person.languages = []
    text = client_of(person.account).get(f"/projects/open/{project.id}").text
    assert "state your languages</a>" in text


def test_whoever_is_not_ready_sees_what_is_missing_in_place_of_the_form(client_of: ClientOf, project: Project) -> None:
    waiting = build.profile(state=ProfileState.SUBMITTED)
    text = client_of(waiting.account).get(f"/projects/open/{project.id}").text
    assert "Your profile is with us" in text
    assert 'name="note"' not in text
    newcomer = build.account(RoleName.ANNOTATOR)
    assert "Begin with your profile" in client_of(newcomer).get(f"/projects/open/{project.id}").text


def test_a_note_that_is_too_long_is_refused_and_kept(
    client_of: ClientOf, project: Project, person: AnnotatorProfile
) -> None:
    answer = client_of(person.account).post(f"/projects/open/{project.id}/applications", data={"note": "x" * 1001})
    assert answer.status_code == 422
    assert "x" * 1001 in answer.text


def test_withdrawing_by_page(client_of: ClientOf, project: Project, person: AnnotatorProfile) -> None:
    own = actions.apply(project.id, "", person.account)
    browser = client_of(person.account)
    answer = browser.post(f"/applications/{own.id}/withdrawal", follow_redirects=True)
    assert "The application is withdrawn" in answer.text
    again = browser.post(f"/applications/{own.id}/withdrawal", follow_redirects=True)
    assert "This application was withdrawn." in again.text


def test_a_manager_sees_gates_note_and_reasons_without_the_name_and_accepts_with_a_reason(
    client_of: ClientOf, project: Project, person: AnnotatorProfile
) -> None:
    own = actions.apply(project.id, "Mei Chen here, mei@example.org", person.account)
    browser = client_of(boss_of(project))
    assert person.pseudonym in browser.get("/projects/applications").text
    assert person.pseudonym in browser.get(f"/projects/{project.id}/applications").text
    assert "applications to answer" in browser.get("/dashboard").text
    page = f"/projects/{project.id}/applications/{own.id}"
    text = browser.get(page).text
    assert "States only English" in text
    assert "Mei" not in text
    assert "mei@example.org" not in text
    refused = browser.post(f"{page}/acceptance")
    assert refused.status_code == 422
    assert "say why you take this person" in refused.text
    done = browser.post(f"{page}/acceptance", data={"override_note": "Shown in a trial."}, follow_redirects=True)
    assert "Taken though a requirement was not met: Shown in a trial." in done.text
    invitation = db.session.scalars(sa.select(Invitation)).one()
    seen = client_of(person.account).get(f"/invitations/{invitation.id}")
    assert seen.status_code == 200
    assert "Offered rate" in seen.text


def test_a_manager_sees_the_span_that_a_ranking_holds(client_of: ClientOf, manager: Account) -> None:
    person = build.profile(resume_text="Sentiment annotation of product reviews.")
    project = build.project(by=manager, wishes=("Sentiment annotation",))
    own = actions.apply(project.id, "", person.account)
    browser = client_of(boss_of(project))
    page = f"/projects/{project.id}/applications/{own.id}"
    assert "Make the ranking of today" in browser.get(page).text
    make_match_run(project, manager)
    assert "Sentiment annotation of product reviews" in browser_text(client_of(boss_of(project)), page)


def browser_text(browser: FlaskClient, path: str) -> str:
    return browser.get(path).text


def test_declining_asks_for_a_reason_and_the_person_reads_it(
    client_of: ClientOf, project: Project, person: AnnotatorProfile
) -> None:
    own = actions.apply(project.id, "", person.account)
    browser = client_of(boss_of(project))
    page = f"/projects/{project.id}/applications/{own.id}"
    assert "Choose why you decline" in browser.post(f"{page}/decline").text
    assert "Say the reason" in browser.post(f"{page}/decline", data={"reason": "other"}).text
    assert browser.post(f"{page}/decline", data={"reason": "project_over"}).status_code == 422
    data = {"reason": "gate_missed", "note": "German is needed every day."}
    assert "is declined" in browser.post(f"{page}/decline", data=data, follow_redirects=True).text
    text = client_of(person.account).get(f"/applications/{own.id}").text
    assert "A requirement is not met" in text
    assert "German is needed every day." in text


def test_applications_of_others_look_missing(
    client_of: ClientOf, project: Project, person: AnnotatorProfile, manager: Account
) -> None:
    own = actions.apply(project.id, "", person.account)
    elsewhere = build.project(project.organisation, by=boss_of(project))
    stranger = client_of(build.profile().account)
    assert stranger.get(f"/applications/{own.id}").status_code == 404
    assert stranger.post(f"/applications/{own.id}/withdrawal").status_code == 404
    for browser, project_id in ((client_of(manager), project.id), (client_of(boss_of(project)), elsewhere.id)):
        page = f"/projects/{project_id}/applications/{own.id}"
        assert browser.get(page).status_code == 404
        assert browser.post(f"{page}/acceptance").status_code == 404
        assert browser.post(f"{page}/decline", data={"reason": "seats_taken"}).status_code == 404


def test_markup_in_a_note_is_text(client_of: ClientOf, project: Project, person: AnnotatorProfile) -> None:
    own = actions.apply(project.id, "<script>alert(1)</script>", person.account)
    for browser, path in (
        (client_of(person.account), f"/applications/{own.id}"),
        (client_of(boss_of(project)), f"/projects/{project.id}/applications/{own.id}"),
    ):
        assert "<script>alert(1)" not in browser.get(path).text


def test_lists_ask_few_queries_however_long_they_are(client_of: ClientOf, manager: Account) -> None:
    from marketplace.accounts.queries import organisations_of

    (client,) = organisations_of(manager)
    person = build.profile()
    several = [build.project(client, by=manager, gates=[GERMAN]) for _ in range(6)]
    for one in several:
        actions.apply(one.id, "", person.account)
        actions.apply(several[0].id, "", build.profile().account)
    counts: dict[str, list[int]] = {}
    own, boss = client_of(person.account), client_of(manager)
    for browser, path in (
        (own, "/projects/open"),
        (own, "/projects/open?passing=1"),
        (own, "/applications"),
        (own, "/why-no-project"),
        (boss, "/projects/applications"),
        (boss, f"/projects/{several[0].id}/applications"),
    ):
        browser.get(path)
        counts[path] = [queries_of(lambda at=path, by=browser: by.get(at))]  # type: ignore[misc]
    print(counts)
    assert {path: found for path, (found,) in counts.items() if found > 12} == {}


def test_every_state_is_told_on_the_page_of_a_project(
    client_of: ClientOf, project: Project, person: AnnotatorProfile, manager: Account
) -> None:
    assert "Nobody has applied yet" in client_of(boss_of(project)).get(f"/projects/{project.id}/applications").text
    actions.withdraw_application(actions.apply(project.id, "", person.account), person.account)
    text = client_of(boss_of(project)).get(f"/projects/{project.id}/applications").text
    assert "Withdrawn" in text
    assert "1 of 2 not met" in text


def test_a_double_click_is_one_application(client_of: ClientOf, project: Project, person: AnnotatorProfile) -> None:
    browser = client_of(person.account)
    answers = [
        browser.post(f"/projects/open/{project.id}/applications", data={"_key": "twice", "note": "x"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(db.session.scalars(sa.select(Application)).all()) == 1
