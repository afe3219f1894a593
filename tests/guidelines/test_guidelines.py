from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.guidelines import actions, queries
from marketplace.guidelines.models import GuidelineVersion
from marketplace.invitations import actions as invitations
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.notices import Notification
from marketplace.projects.actions import duplicate_project
from marketplace.projects.models import Project
from marketplace.work.actions import end_engagement
from marketplace.work.models import Engagement
from marketplace.work.rules import EndReason
from tests import build
from tests.payouts.books import boss_of, seat

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def on(app: Flask) -> Engagement:
    return seat()


@pytest.fixture
def boss(on: Engagement) -> Account:
    return boss_of(on)


def told(to: Account) -> list[str]:
    own = sa.select(Notification.why).where(Notification.account_id == to.id, Notification.news == "guidelines.written")
    return list(db.session.scalars(own.order_by(Notification.id)))


def test_every_version_stays_and_the_team_is_told_what_is_new(on: Engagement, boss: Account) -> None:
    actions.write_version(on.project, "# Rate", "", 0, by=boss)
    assert told(on.profile.account) == []
    actions.write_version(on.project, "# Rate twice", "Each answer is rated twice.", 1, by=boss)
    assert told(on.profile.account) == ["Each answer is rated twice."]
    assert queries.get_version(on.project_id, 1).text == "# Rate"
    newest = queries.find_newest(on.project_id)
    assert newest is not None
    assert (newest.number, newest.text) == (2, "# Rate twice")


@pytest.mark.parametrize(
    ("text", "change", "expected", "words"),
    [
        ("# Other", "New.", 0, "Version 1 was written meanwhile"),
        ("# Other", "New.", 2, "Version 1 was written meanwhile"),
        ("# Rate", "New.", 1, "says already"),
        ("# Other", "", 1, "what is new"),
        ("a\n" * 2001, "New.", 1, "lines"),
    ],
)
def test_what_cannot_be_a_version_is_refused(
    on: Engagement, boss: Account, text: str, change: str, expected: int, words: str
) -> None:
    actions.write_version(on.project, "# Rate", "", 0, by=boss)
    with pytest.raises(Refused, match=words):
        actions.write_version(on.project, text, change, expected, by=boss)


def test_two_who_write_at_once_do_not_write_over_each_other(app: Flask, on: Engagement, boss: Account) -> None:
    db.session.commit()
    project_id, account_id, gate = on.project_id, boss.id, Barrier(4)
    db.session.rollback()

    def go(number: int) -> str:
        with app.app_context():
            gate.wait()
            try:
                project, by = db.session.get_one(Project, project_id), db.session.get_one(Account, account_id)
                actions.write_version(project, f"# Text {number}", "", 0, by=by)
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                return refusal.message
            return ""

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(go, range(4)))
    assert said.count("") == 1
    assert all("meanwhile" in words for words in said if words)
    assert len(db.session.scalars(sa.select(GuidelineVersion)).all()) == 1


def test_nobody_changes_or_deletes_a_version(on: Engagement, boss: Account) -> None:
    actions.write_version(on.project, "# Rate", "", 0, by=boss)
    db.session.commit()
    for change in (sa.update(GuidelineVersion).values(text="x"), sa.delete(GuidelineVersion)):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(change)
        db.session.rollback()


def test_a_copy_of_a_project_begins_with_its_newest_guidelines_once(on: Engagement, boss: Account) -> None:
    for number, text in enumerate(("# Rate", "# Rate twice")):
        actions.write_version(on.project, text, "New.", number, by=boss)
    copy = duplicate_project(on.project_id, by=boss)
    for _ in range(2):
        actions.copy_guidelines(copy.id)
    (version,) = db.session.scalars(queries.versions_of(copy.id))
    assert (version.number, version.text, version.change) == (1, "# Rate twice", "")


def test_who_works_is_invited_or_manages_reads_them_and_others_do_not(
    client_of: ClientOf, api_of: ClientOf, on: Engagement, boss: Account
) -> None:
    actions.write_version(on.project, "# Rate <b>well</b>", "", 0, by=boss)
    invited, stranger = build.profile(), build.profile()
    db.session.commit()
    run = make_match_run(on.project, boss)
    match = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id, Match.profile_id == invited.id)).one()
    invitations.invite(on.project, [match], boss)
    db.session.commit()
    path = f"/projects/{on.project_id}/guidelines"
    for reader in (on.profile.account, invited.account, boss):
        assert "Rate &lt;b&gt;well" in client_of(reader).get(path).text
        assert api_of(reader).get(f"/api/v1{path}/1").get_json()["text"] == "# Rate <b>well</b>"
    for other in (stranger.account, build.manager(build.organisation())):
        for page in (path, f"{path}/1"):
            assert client_of(other).get(page).status_code == 404
            assert api_of(other).get(f"/api/v1{page}").status_code == 404
    end_engagement(on, EndReason.BY_ANNOTATOR, by=on.profile.account)
    db.session.commit()
    assert client_of(on.profile.account).get(path).status_code == 404


def test_by_page_they_are_previewed_published_and_compared(client_of: ClientOf, on: Engagement, boss: Account) -> None:
    db.session.commit()
    browser, path = client_of(boss), f"/projects/{on.project_id}/guidelines"
    assert "No guidelines yet" in browser.get(path).text
    shown = browser.post(f"{path}/new", data={"text": "# Rate *well*", "expected": "0", "_count": "preview"}).text
    assert "<h2>Rate <em>well</em></h2>" in shown
    assert "# Rate *well*" in shown
    assert db.session.scalars(sa.select(GuidelineVersion)).all() == []
    browser.post(f"{path}/new", data={"text": "# Rate\nRead it.", "expected": "0"})
    sent = {"text": "# Rate\nRead it <twice>.", "change": "Twice.", "expected": "1"}
    assert "Version 2 is published" in browser.post(f"{path}/new", data=sent, follow_redirects=True).text
    compared = browser.get(f"{path}/2?against=1").text
    assert "Removed: </span>Read it." in compared
    assert "Added: </span>Read it &lt;twice&gt;." in compared
    assert browser.get(f"{path}/3").status_code == 404
    assert browser.get(f"{path}/2?against=9").status_code == 404


def test_whoever_wrote_on_an_old_version_keeps_the_text_and_sees_the_new_one(
    client_of: ClientOf, on: Engagement, boss: Account
) -> None:
    actions.write_version(on.project, "# Rate", "", 0, by=boss)
    actions.write_version(on.project, "# Rate twice", "Twice.", 1, by=boss)
    db.session.commit()
    path = f"/projects/{on.project_id}/guidelines/new"
    late = client_of(boss).post(path, data={"text": "# My long work", "change": "Mine.", "expected": "1"})
    assert late.status_code == 422
    assert "Version 2 was written meanwhile" in late.text
    assert "# My long work" in late.text
    assert 'name="expected" value="2"' in late.text


def test_by_api_a_version_sent_twice_with_one_key_is_one_version(
    api_of: ClientOf, on: Engagement, boss: Account
) -> None:
    db.session.commit()
    path, body = f"/api/v1/projects/{on.project_id}/guidelines", {"text": "# Rate", "expected": 0}
    for _ in range(2):
        sent = api_of(boss).post(path, json=body, headers={"Idempotency-Key": "guideline-once-1"})
        assert sent.status_code == 201
    assert [one["number"] for one in api_of(boss).get(path).get_json()["items"]] == [1]
    assert api_of(boss).post(path, json=body).status_code == 409
    assert api_of(boss).post(path, json={"text": "x" * 50_001, "expected": 1}).status_code == 422
    assert api_of(on.profile.account).post(path, json=body).status_code == 403


def test_a_browser_that_ends_lines_in_its_own_way_makes_no_new_version(
    client_of: ClientOf, on: Engagement, boss: Account
) -> None:
    actions.write_version(on.project, "# Rate\nRead it.", "", 0, by=boss)
    db.session.commit()
    sent = {"text": "# Rate\r\nRead it.", "change": "None.", "expected": "1"}
    told_back = client_of(boss).post(f"/projects/{on.project_id}/guidelines/new", data=sent)
    assert "says already" in told_back.text
    assert len(db.session.scalars(sa.select(GuidelineVersion)).all()) == 1
