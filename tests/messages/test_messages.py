from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.messages import actions
from marketplace.messages.models import Message
from marketplace.messages.rules import LONGEST_TEXT, OPEN_AFTER_END
from marketplace.notices import Notification
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
    own = sa.select(Notification.why).where(Notification.account_id == to.id, Notification.news == "message.received")
    return list(db.session.scalars(own.order_by(Notification.id)))


def test_a_manager_writes_first_and_each_message_is_told_to_the_other_side(on: Engagement, boss: Account) -> None:
    colleague = boss_of(on)
    with pytest.raises(Refused, match="a manager of the project writes first"):
        actions.write(on, "Hello?", by=on.profile.account)
    actions.write(on, "Please read version 2.", by=boss)
    actions.write(on, "I did.", by=on.profile.account)
    assert told(on.profile.account) == ["Please read version 2."]
    assert told(boss) == [""]  # the words stay in the thread
    assert told(colleague) == []  # who did not write is not bothered


def test_a_thread_is_open_for_thirty_days_after_the_end(on: Engagement, boss: Account) -> None:
    actions.write(on, "Welcome.", by=boss)
    end_engagement(on, EndReason.BY_ANNOTATOR, by=on.profile.account)
    db.session.flush()
    with clock.at(clock.now() + OPEN_AFTER_END - timedelta(hours=1)):
        actions.write(on, "One more question.", by=boss)
    with clock.at(clock.now() + OPEN_AFTER_END + timedelta(hours=1)), pytest.raises(Refused, match="30 days ago"):
        actions.write(on, "Too late.", by=boss)


def test_one_text_to_a_team_is_a_message_in_each_thread(on: Engagement, boss: Account) -> None:
    other = seat(on=on.project)
    gone = seat(on=on.project)
    end_engagement(gone, EndReason.BY_ANNOTATOR, by=gone.profile.account)
    db.session.flush()
    sent = actions.write_to_team(on.project, "Guidelines changed.", by=boss)
    assert [message.engagement_id for message in sent] == [on.id, other.id]
    assert [one.text for one in actions.write_to_team(on.project, "Well done.", [other.id], by=boss)] == ["Well done."]
    with pytest.raises(Refused, match="not on this project any more"):
        actions.write_to_team(on.project, "You, too.", [other.id, gone.id], by=boss)
    assert told(on.profile.account) == ["Guidelines changed."]


def test_nobody_changes_or_deletes_a_message(on: Engagement, boss: Account) -> None:
    actions.write(on, "Welcome.", by=boss)
    db.session.commit()
    for change in (sa.update(Message).values(text="Never said"), sa.delete(Message)):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(change)
        db.session.rollback()


def test_by_page_both_sides_write_and_others_find_nothing(client_of: ClientOf, on: Engagement, boss: Account) -> None:
    path = f"/engagements/{on.id}/messages"
    db.session.commit()
    theirs, bosses = client_of(on.profile.account), client_of(boss)
    assert "a manager of the project writes first" in theirs.get(path).text
    assert "Sent." in bosses.post(path, data={"text": "Read <b>this</b>\nplease"}, follow_redirects=True).text
    assert "Read &lt;b&gt;this" in theirs.get(path).text
    assert "Sent." in theirs.post(path, data={"text": "Done."}, follow_redirects=True).text
    assert "Done." in bosses.get("/messages").text
    for stranger in (build.manager(build.organisation()), build.profile().account):
        assert client_of(stranger).get(path).status_code == 404
        assert client_of(stranger).post(path, data={"text": "x"}).status_code == 404
        assert "Done." not in client_of(stranger).get("/messages").text


@pytest.mark.parametrize(("text", "words"), [("  ", "Write something"), ("x" * (LONGEST_TEXT + 1), "2000")])
def test_what_cannot_be_sent_is_told_and_kept_in_the_field(
    client_of: ClientOf, on: Engagement, boss: Account, text: str, words: str
) -> None:
    db.session.commit()
    told_back = client_of(boss).post(f"/engagements/{on.id}/messages", data={"text": text})
    assert told_back.status_code == 422
    assert words in told_back.text
    assert text.strip() in told_back.text
    assert db.session.scalars(sa.select(Message)).all() == []


def test_by_page_a_manager_writes_to_those_chosen(client_of: ClientOf, on: Engagement, boss: Account) -> None:
    path = f"/projects/{on.project_id}/messages"
    db.session.commit()
    browser = client_of(boss)
    assert f'value="{on.id}" checked' in browser.get(path).text
    assert "Choose whom to write to" in browser.post(path, data={"text": "Hello"}).text
    sent = {"text": "Hello", "engagement_ids[]": [str(on.id)]}
    assert "Sent to 1 person" in browser.post(path, data=sent, follow_redirects=True).text
    assert client_of(build.manager(build.organisation())).post(path, data=sent).status_code == 404
    assert told(on.profile.account) == ["Hello"]


def test_by_api_a_message_sent_twice_with_one_key_is_one_message(
    api_of: ClientOf, on: Engagement, boss: Account
) -> None:
    db.session.commit()
    path = f"/api/v1/engagements/{on.id}/messages"
    for _ in range(2):
        sent = api_of(boss).post(path, json={"text": "Welcome."}, headers={"Idempotency-Key": "message-once-01"})
        assert sent.status_code == 201
    (listed,) = api_of(on.profile.account).get(path).get_json()["items"]
    assert (listed["text"], listed["sender_id"]) == ("Welcome.", boss.id)
    assert told(on.profile.account) == ["Welcome."]
    both = api_of(boss).post(f"/api/v1/projects/{on.project_id}/messages", json={"text": "All of you."})
    assert len(both.get_json()["messages"]) == 1
    assert api_of(build.manager(build.organisation())).get(path).status_code == 404
