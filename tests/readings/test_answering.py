"""What was read in a résumé is accepted, corrected or dismissed by its owner; no later reading undoes that."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.profiles import actions as profiles
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.queries import mark_of, whole_facts
from marketplace.profiles.rules import MAX_ROWS, ProfileState
from marketplace.readings import actions, queries
from marketplace.readings.rules import Standing, offered, standing
from matching.vocabulary import Cefr, Provenance
from tests import build

ClientOf = Callable[[Account], FlaskClient]
GERMAN = {"kind": "language", "subject": "de", "level": "C1", "label": "German, C1", "quote": "German (C1)"}
MASTER = {"kind": "degree", "subject": "7", "level": "held", "label": "Master, held", "quote": "M.A. in Law"}
PLACE = {"start": 0, "end": 5, "page": 1}
STATED_GERMAN = {"tag": "de", "written": 4, "spoken": 3, "native": False}
STATED_MASTER = {"level": 7, "status": "held", "subject": "Law", "year": 2019}
KEYS = [("language", "de", "C1"), ("degree", "7", "held")]


@pytest.fixture
def resume(app: Flask) -> Resume:
    """The résumé of somebody whose profile says nothing but English."""
    profile = build.profile(state=ProfileState.SUBMITTED, languages=(("en", Cefr.C1, Cefr.C1, False),))
    profile.degrees, profile.experiences = [], []
    resume = db.session.scalars(sa.select(Resume).where(Resume.profile_id == profile.id)).one()
    resume.facts = [GERMAN | PLACE, MASTER | PLACE]
    db.session.commit()
    return resume


def standings(resume: Resume) -> list[Standing]:
    return [found.standing for found in queries.found_in(resume)]


def test_what_is_accepted_stands_in_the_profile_in_its_owners_words(resume: Resume) -> None:
    owner = resume.profile.account
    assert standings(resume) == [Standing.OPEN, Standing.OPEN]
    actions.accept_fact(resume, 0, KEYS[0], STATED_GERMAN, by=owner)
    actions.accept_fact(resume, 1, KEYS[1], STATED_MASTER, by=owner)
    profile = resume.profile
    assert [(one.tag, one.written, one.spoken) for one in profile.languages] == [("en", 5, 5), ("de", 4, 3)]
    assert [(one.level, one.subject, one.provenance) for one in profile.degrees] == [(7, "Law", Provenance.DECLARED)]
    assert standings(resume) == [Standing.HELD, Standing.HELD]
    told = db.session.scalars(sa.select(AuditEvent.action).where(AuditEvent.action.startswith("fact."))).all()
    assert sorted(told) == ["fact.accepted", "fact.accepted"]


def test_the_same_thing_said_less_exactly_is_replaced_and_nothing_else(resume: Resume) -> None:
    owner = resume.profile.account
    zh = {"kind": "language", "subject": "zh", "level": "native", "label": "Chinese, native", "quote": "native Chinese"}
    resume.facts = [zh | PLACE, MASTER | PLACE]
    profiles.save_profile(
        resume.profile,
        whole_facts(resume.profile)
        | {
            "languages": [{"tag": "zh", "written": 2, "spoken": 2, "native": False}],
            "degrees": [{**STATED_MASTER, "subject": "", "year": None}, {**STATED_MASTER, "subject": "Music"}],
        },
        by=owner,
    )
    hant = {"tag": "zh-Hant", "written": 6, "spoken": 6, "native": True}
    actions.accept_fact(resume, 0, ("language", "zh", "native"), hant, by=owner)
    actions.accept_fact(resume, 1, KEYS[1], STATED_MASTER, by=owner)
    assert [(one.tag, one.native) for one in resume.profile.languages] == [("zh-Hant", True)]
    assert [one.subject for one in resume.profile.degrees] == ["Law", "Music"]


def test_what_is_dismissed_is_not_asked_again_by_another_reading_and_documents_nothing(resume: Resume) -> None:
    profile = resume.profile
    actions.accept_fact(resume, 0, KEYS[0], STATED_GERMAN, by=profile.account)
    seen = mark_of(profile, resume)
    actions.dismiss_fact(resume, 0, KEYS[0], by=profile.account)
    assert mark_of(profile, resume) != seen, "whoever decides is told that something changed"
    resume.facts = [MASTER | PLACE, GERMAN | PLACE | {"quote": "Languages: German C1"}]
    assert standings(resume) == [Standing.OPEN, Standing.DISMISSED]
    profiles.qualify_profile(profile.id, seen="", note="", by=build.account(RoleName.ADMIN))
    assert {one.tag: one.provenance for one in profile.languages}["de"] is Provenance.DECLARED


def test_what_is_dismissed_can_be_opened_again(resume: Resume) -> None:
    owner = resume.profile.account
    actions.dismiss_fact(resume, 1, KEYS[1], by=owner)
    actions.dismiss_fact(resume, 1, KEYS[1], by=owner)
    assert standings(resume)[1] is Standing.DISMISSED
    actions.reopen_fact(resume, 1, KEYS[1], by=owner)
    actions.reopen_fact(resume, 1, KEYS[1], by=owner)
    assert standings(resume)[1] is Standing.OPEN


def test_a_fact_that_moved_meanwhile_is_not_answered_by_mistake(resume: Resume) -> None:
    with pytest.raises(Refused, match="read anew"):
        actions.dismiss_fact(resume, 0, KEYS[1], by=resume.profile.account)


def test_a_full_profile_says_so(resume: Resume) -> None:
    profile = resume.profile
    many = [{**STATED_MASTER, "subject": f"Subject {at}"} for at in range(MAX_ROWS)]
    profiles.save_profile(profile, whole_facts(profile) | {"degrees": many}, by=profile.account)
    with pytest.raises(Refused, match="take one out first"):
        actions.accept_fact(resume, 1, KEYS[1], STATED_MASTER, by=profile.account)


@pytest.mark.parametrize(
    ("fact", "offer"),
    [
        (GERMAN, {"tag": "de", "written": "C1", "spoken": "C1", "native": ""}),
        ({**GERMAN, "level": "native"}, {"tag": "de", "written": "C2", "spoken": "C2", "native": "1"}),
        (
            {**GERMAN, "level": "fluent"},
            {"tag": "de", "written": "", "spoken": "", "native": ""},
        ),  # whichever level that is
        ({**GERMAN, "level": ""}, {"tag": "de", "written": "", "spoken": "", "native": ""}),
        (MASTER, {"level": "7", "status": "held", "subject": "", "year": ""}),
    ],
)
def test_a_form_begins_with_what_was_read_where_that_is_plain(fact: dict[str, Any], offer: dict[str, Any]) -> None:
    assert offered(fact, {"languages": [], "degrees": []}) == offer


def test_a_variety_of_the_language_read_is_that_language_and_another_is_not() -> None:
    fact = {**GERMAN, "subject": "zh"}
    for tag, held in (("zh-Hant", Standing.HELD), ("zh", Standing.HELD), ("yue", Standing.OPEN)):
        assert standing(fact, {"languages": [{"tag": tag}], "degrees": []}, ()) is held


def page_of(resume: Resume, client_of: ClientOf) -> FlaskClient:
    return client_of(resume.profile.account)


def test_by_page_a_fact_is_corrected_where_it_stands(resume: Resume, client_of: ClientOf) -> None:
    client = page_of(resume, client_of)
    assert "Not in your profile" in client.get("/profile/resume").text
    url = f"/profile/resume/{resume.id}/facts/0"
    form = {"seen": "language/de/C1", "answer": "accepted", "fact0.tag": "German", "fact0.written": "B2"}
    wrong = client.post(url, data=form)
    assert wrong.status_code == 422
    assert 'id="f-fact0-spoken-error"' in wrong.text
    assert client.post(url, data=form | {"fact0.spoken": "B1"}).status_code == 303
    assert "In your profile" in client.get("/profile/resume").text
    assert client.post(url, data={"seen": "language/de/C1", "answer": "dismissed"}).status_code == 303
    assert "You said this is not right" in client.get("/profile/resume").text
    assert client.post(url, data={"seen": "language/de/C1", "answer": ""}).status_code == 303
    assert client.post(url, data={"seen": "language/fr/C1", "answer": ""}).status_code == 422
    assert client.post(f"/profile/resume/{resume.id}/facts/9", data=form).status_code == 404
    assert client.post(url, data={"seen": "language/de/C1", "answer": "accepted"}).status_code == 422


def test_whoever_decides_sees_what_the_owner_says_is_not_so(resume: Resume, client_of: ClientOf) -> None:
    actions.dismiss_fact(resume, 0, KEYS[0], by=resume.profile.account)
    db.session.commit()
    page = client_of(build.account(RoleName.ADMIN)).get(f"/admin/profiles/{resume.profile_id}")
    assert page.text.count("Its owner says: not so") == 1


def test_by_api_facts_are_listed_and_answered(resume: Resume, api_of: Any) -> None:
    api = api_of(resume.profile.account)
    base = f"/api/v1/profile/resumes/{resume.id}/facts"
    items = api.get(base).json["items"]
    assert [(one["number"], one["key"], one["standing"]) for one in items] == [
        (0, "language/de/C1", "open"),
        (1, "degree/7/held", "open"),
    ]
    german = {"tag": "de", "written": "B2", "spoken": "B1"}
    said = api.put(f"{base}/0", json={"key": "language/de/C1", "answer": "accepted", "language": german})
    assert (said.status_code, said.json["standing"]) == (200, "held")
    for wrong, field in (
        ({"key": "language/de/C1", "answer": "accepted"}, "language"),
        ({"key": "language/de/C1", "answer": "dismissed", "language": german}, "language"),
        ({"key": "language/de", "answer": None}, "key"),
    ):
        refused = api.put(f"{base}/0", json=wrong)
        assert refused.status_code == 422
        assert field in str(refused.json)
    assert api.put(f"{base}/1", json={"key": "language/de/C1", "answer": None}).status_code == 409
    assert api.put(f"{base}/7", json={"key": "language/de/C1", "answer": None}).status_code == 404


def test_the_resume_of_another_is_not_there(resume: Resume, client_of: ClientOf) -> None:
    other: AnnotatorProfile = build.profile()
    answer = client_of(other.account).post(f"/profile/resume/{resume.id}/facts/0", data={"seen": "language/de/C1"})
    assert answer.status_code == 404
