"""The worker's door: a résumé is read, cut and embedded in one transaction, so that trying again doubles nothing."""

import sqlalchemy as sa

from marketplace import clock, storage
from marketplace.db import db
from marketplace.notices import Kind, notify
from marketplace.profiles import actions, counting, queries, rules, spaces
from marketplace.profiles.models import AnnotatorProfile, Resume, ResumePassage
from marketplace.profiles.rules import ResumeState
from matching.resumes.privacy import seen
from matching.resumes.reading import read_file
from matching.resumes.types import LanguageNote, ReadResume, UnreadableResume

NOT_ENGLISH = "not_english"
TOO_SHORT = "too_short"


def read_resume(resume_id: int) -> None:
    """Turn an uploaded file into text, passages, facts and vectors, or into a refusal that says what to do."""
    resume = db.session.get(Resume, resume_id)
    if resume is None or resume.state in rules.READ:
        return
    names = [queries.owner_name(resume)]
    try:
        read = read_file(f"resume.{resume.kind}", storage.fetch(resume.storage_key), names)
    except UnreadableResume as refusal:
        _refuse(resume_id, refusal.reason_code, refusal.message)
        return
    if not read.language.accepted:
        code = TOO_SHORT if read.language.note is LanguageNote.TOO_SHORT else NOT_ENGLISH
        refused = _refuse(resume_id, code, read.language.refusal)
        if refused is not None:
            refused.page_count, refused.language = len(read.pages), read.language.language
        return
    spans = [*((passage.start, passage.end) for passage in read.passages), *read.titles]
    texts = seen(read.text, names).texts(spans)
    vectors = spaces.embed(texts)
    spaces.hold()
    vectors = spaces.embed(texts, vectors)
    resume = _locked(resume_id)
    if resume is None:
        return
    _keep_reading(resume, read)
    actions.put_in_force(resume)
    look = "Look at what the machine read, and correct it."
    _tell(resume, "resume.read", "Your résumé was read", look, by_mail=False)
    for space_id in vectors:
        spaces.keep(resume, vectors[space_id], space_id)


def _refuse(resume_id: int, code: str, message: str) -> Resume | None:
    resume = _locked(resume_id)
    if resume is None:
        return None
    resume.state, resume.refusal_code, resume.refusal = ResumeState.REFUSED, code, message
    resume.read_at = clock.now()
    _tell(resume, "resume.refused", f"“{resume.filename}” could not be read", message, by_mail=True)
    return resume


def _tell(resume: Resume, news: str, title: str, why: str, *, by_mail: bool) -> None:
    """Tell whoever uploaded it what came of it; most wait beside it, and only a refusal is mailed."""
    thing = f"resume:{resume.id}"
    notify(resume.profile.account, Kind.PROFILE, news, thing, title, "/profile/resume", why=why, by_mail=by_mail)


def _locked(resume_id: int) -> Resume | None:
    """Return the row, held only now: the seconds of reading must not keep its owner from uploading another file.

    None when its owner was erased while it was being read: nothing of it may be written down again.  The profile is
    locked first, as an upload does, so that the two never wait for each other.
    """
    owner = sa.select(Resume.profile_id).where(Resume.id == resume_id).scalar_subquery()
    db.session.execute(sa.select(AnnotatorProfile.id).where(AnnotatorProfile.id == owner).with_for_update())
    return db.session.get(Resume, resume_id, with_for_update=True, populate_existing=True)


def _keep_reading(resume: Resume, read: ReadResume) -> None:
    resume.state, resume.read_at = ResumeState.READY, clock.now()
    resume.text, resume.page_count, resume.hidden_characters = read.text, len(read.pages), read.hidden_characters
    resume.language, resume.language_note = read.language.language, str(read.language.note)
    pages = {page.number: page for page in read.pages}
    resume.facts = [
        {
            "kind": str(fact.kind),
            "subject": fact.subject,
            "level": fact.level,
            "label": fact.label,
            "start": fact.start,
            "end": fact.end,
            "page": next((n for n, page in pages.items() if page.start <= fact.start < page.end), 1),
            "quote": read.text[fact.start : fact.end],
        }
        for fact in read.facts
    ]
    resume.flags = [
        {"kind": str(flag.kind), "start": flag.start, "end": flag.end, "words": flag.words} for flag in read.flags
    ]
    resume.passages = [
        ResumePassage(number=p.number, page=p.page, starts_at=p.start, ends_at=p.end, flag=p.flag)
        for p in read.passages
    ]
    counting.keep(resume, read.titles, read.index)
    db.session.flush()
