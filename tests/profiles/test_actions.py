"""Profiles and résumés on a real database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, storage
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.profiles import actions, queries, rules
from marketplace.profiles.models import AnnotatorProfile, LanguageSkill, Resume
from marketplace.profiles.rules import ProfileState, Reading, RejectionReason, ResumeState
from marketplace.tasks.models import Task
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, Provenance
from tests import build

FACTS: dict[str, Any] = {
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "weekly_minutes": 1200,
    "min_rate_minor": 1850,
    "about": "Careful.",
    "languages": [
        {"tag": "en", "written": 5, "spoken": 5, "native": False},
        {"tag": "de", "written": 6, "spoken": 6, "native": True},
    ],
    "degrees": [{"level": 7, "status": DegreeStatus.HELD, "subject": "Linguistics", "year": 2019}],
    "experiences": [{"kind": ExperienceKind.ANNOTATION, "years": 3, "description": "Medical spans"}],
}


def audited() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_profile_is_begun_once_however_many_begin_it(app: Flask) -> None:
    account = build.account(RoleName.ANNOTATOR)
    db.session.commit()
    account_id = account.id

    def begin(_: int) -> int:
        with app.app_context():
            profile = actions.begin_profile(db.session.get_one(type(account), account_id))
            db.session.commit()
            return profile.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(8)))) == 1


def test_saving_twice_changes_and_audits_once(app: Flask) -> None:
    profile = actions.begin_profile(build.account(RoleName.ANNOTATOR))
    for _ in range(2):
        actions.save_profile(profile, FACTS, by=profile.account)
        db.session.flush()
    assert [one.tag for one in profile.languages] == ["en", "de"]
    assert audited() == ["profile.changed"]


def test_rows_can_change_places_without_tripping_over_each_other(app: Flask) -> None:
    profile = actions.begin_profile(build.account(RoleName.ANNOTATOR))
    actions.save_profile(profile, FACTS, by=profile.account)
    db.session.commit()
    turned = FACTS | {"languages": FACTS["languages"][::-1], "degrees": [], "experiences": []}
    actions.save_profile(profile, turned, by=profile.account)
    db.session.commit()
    assert [one.tag for one in profile.languages] == ["de", "en"]
    assert not profile.degrees
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LanguageSkill)) == 2


def test_a_changed_fact_is_merely_declared_again_and_the_others_stay_verified(app: Flask) -> None:
    profile = actions.begin_profile(build.account(RoleName.ANNOTATOR))
    actions.save_profile(profile, FACTS, by=profile.account)
    for language in profile.languages:
        language.provenance = Provenance.VERIFIED
    profile.degrees[0].provenance = Provenance.VERIFIED
    better = FACTS | {"languages": [FACTS["languages"][0] | {"written": 6}, FACTS["languages"][1]]}
    actions.save_profile(profile, better, by=profile.account)
    assert [one.provenance for one in profile.languages] == [Provenance.DECLARED, Provenance.VERIFIED]
    assert profile.degrees[0].provenance is Provenance.VERIFIED


def upload(profile: AnnotatorProfile, text: str = build.RESUME_TEXT, name: str = "cv.txt") -> Resume:
    return actions.upload_resume(profile, name, text.encode(), by=profile.account)


def test_an_upload_keeps_the_file_and_promises_to_read_it(app: Flask) -> None:
    profile = build.profile(resume_text="")
    resume = upload(profile)
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.kind, task.payload, task.queue) == ("resume.uploaded", {"id": resume.id}, "model")
    assert storage.fetch(resume.storage_key) == build.RESUME_TEXT.encode()
    assert queries.reading_of(resume) is Reading.WAITING


def test_the_same_file_twice_is_one_upload_and_another_one_takes_its_place(app: Flask) -> None:
    profile = build.profile(resume_text="")
    first = upload(profile)
    assert upload(profile) is first
    second = upload(profile, "Another text.")
    db.session.commit()
    assert queries.current_resume(profile) is second
    assert queries.earlier_resumes(profile) == [first]


def test_a_refused_file_may_be_uploaded_again(app: Flask) -> None:
    profile = build.profile(resume_text="")
    first = upload(profile)
    first.state, first.refusal_code = ResumeState.REFUSED, "unreadable"
    db.session.flush()
    assert upload(profile) is not first


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("cv.exe", b"MZ\x90\x00", "a program"),
        ("cv.pdf", b"plain text", "no PDF"),
        ("cv.txt", b"", "empty"),
        ("cv.txt", b"x" * (5 * 1024 * 1024 + 1), "5 MiB"),
        ("cv.docx", b"PK\x03\x04 rubbish", "damaged"),
    ],
)
def test_a_wrong_file_is_refused_at_once_and_nothing_is_kept(app: Flask, name: str, content: bytes, word: str) -> None:
    profile = build.profile(resume_text="")
    with pytest.raises(Refused, match=word) as refused:
        actions.upload_resume(profile, name, content, by=profile.account)
    assert refused.value.field == "file"
    assert queries.current_resume(profile) is None


def test_a_file_name_loses_its_folders_and_control_signs(app: Flask) -> None:
    profile = build.profile(resume_text="")
    assert upload(profile, name="C:\\secret\\..\\my\r\ncv\x00\u202e.txt").filename == "mycv.txt"
    assert len(upload(profile, "Another.", "n" * 500 + ".txt").filename) < 200


def test_uploads_in_a_day_are_limited(app: Flask) -> None:
    profile = build.profile(resume_text="")
    for number in range(rules.MAX_UPLOADS_A_DAY):
        upload(profile, f"Text {number}")
    with pytest.raises(Refused, match="tomorrow"):
        upload(profile, "One more")


def test_a_task_that_gave_up_is_told_to_the_owner(app: Flask) -> None:
    resume = upload(build.profile(resume_text=""))
    db.session.execute(sa.update(Task).values(state="dead"))
    assert queries.reading_of(resume) is Reading.STUCK


def test_the_page_knows_that_a_worker_is_at_it(app: Flask) -> None:
    resume = upload(build.profile(resume_text=""))
    lease = {"lease_token": "5a1f7a5e-6a53-4c5b-8f0e-111111111111", "lease_until": clock.now()}
    db.session.execute(sa.update(Task).values(**lease))
    assert queries.reading_of(resume) is Reading.READING


def test_a_submitted_profile_is_qualified_and_the_person_gets_a_mail(app: Flask, outbox: Any) -> None:
    profile, admin = build.profile(state=ProfileState.DRAFT), build.account(RoleName.ADMIN)
    actions.submit_profile(profile, by=profile.account)
    seen = queries.mark_of(profile, queries.current_resume(profile))
    actions.qualify_profile(profile.id, seen=seen, note="Welcome", by=admin)
    assert (profile.state, profile.decided_by) == (ProfileState.QUALIFIED, admin.id)
    (mail,) = outbox()
    assert (mail.recipient, mail.template) == (profile.account.email, "profile_qualified")
    assert "Welcome" in mail.body
    assert audited() == ["profile.submitted", "profile.qualified"]


def test_qualifying_documents_what_the_resume_says_too_and_nothing_else(app: Flask) -> None:
    stated = (("en", Cefr.C1, Cefr.C1, False), ("es", Cefr.C2, Cefr.C2, False), ("yue", Cefr.B1, Cefr.B1, True))
    profile = build.profile(state=ProfileState.SUBMITTED, languages=stated)
    resume = queries.current_resume(profile)
    assert resume is not None
    resume.facts = [
        {"kind": "language", "subject": "en", "level": "native"},
        {"kind": "language", "subject": "es", "level": "C1"},  # less than what is stated
        {"kind": "language", "subject": "yue", "level": "C1"},  # does not say native
        {"kind": "degree", "subject": "7", "level": "held"},
    ]
    actions.qualify_profile(profile.id, seen="", note="", by=build.account(RoleName.ADMIN))
    assert [one.provenance for one in profile.languages] == ["documented", "declared", "declared"]
    assert [one.provenance for one in profile.degrees] == ["documented"]


def test_a_rejected_profile_names_the_reason_and_may_be_submitted_again(app: Flask, outbox: Any) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED), build.account(RoleName.ADMIN)
    actions.reject_profile(profile.id, RejectionReason.FACTS_NOT_SUPPORTED, seen="", note="", by=admin)
    db.session.commit()
    assert str(profile.rejection_reason) == "facts_not_supported"
    assert "need better evidence" in outbox()[0].body
    actions.submit_profile(profile, by=profile.account)
    db.session.commit()
    assert profile.state is ProfileState.SUBMITTED
    assert not profile.rejection_reason


def test_nobody_decides_on_facts_that_changed_meanwhile(app: Flask) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED), build.account(RoleName.ADMIN)
    seen = queries.mark_of(profile, queries.current_resume(profile))
    actions.save_profile(profile, FACTS, by=profile.account)
    with pytest.raises(Refused, match="changed after you opened it"):
        actions.qualify_profile(profile.id, seen=seen, note="", by=admin)


def test_nobody_is_qualified_before_the_current_resume_is_read(app: Flask) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED, resume_text=""), build.account(RoleName.ADMIN)
    upload(profile)
    with pytest.raises(Refused, match="has not been read yet"):
        actions.qualify_profile(profile.id, seen="", note="", by=admin)


def test_nobody_decides_about_themselves_or_twice_or_about_drafts(app: Flask) -> None:
    profile, admin = build.profile(state=ProfileState.SUBMITTED), build.account(RoleName.ADMIN)
    with pytest.raises(Refused, match="their own"):
        actions.qualify_profile(profile.id, seen="", note="", by=profile.account)
    actions.qualify_profile(profile.id, seen="", note="", by=admin)
    with pytest.raises(Refused, match="nothing to decide"):
        actions.qualify_profile(profile.id, seen="", note="", by=admin)
    with pytest.raises(Missing):
        actions.qualify_profile(build.profile(state=ProfileState.DRAFT).id, seen="", note="", by=admin)


def test_a_pause_is_audited_once(app: Flask) -> None:
    profile = build.profile()
    for _ in range(2):
        actions.pause_profile(profile, True, by=profile.account)
    assert profile.paused
    assert audited() == ["profile.paused"]
