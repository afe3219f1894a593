"""Things to test with, made the short way; each function adds and flushes, none commits."""

import json
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask import current_app
from flask_security import hash_password
from numpy.typing import NDArray

from marketplace import clock
from marketplace.accounts import actions as account_actions
from marketplace.accounts.models import Account, Membership, Organisation, Role
from marketplace.accounts.rules import STAFF, RoleName, Scope
from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import InvitationState
from marketplace.matches.models import Match, MatchRun
from marketplace.profiles import counting, spaces
from marketplace.profiles.models import (
    AnnotatorProfile,
    Degree,
    Experience,
    LanguageSkill,
    Resume,
    ResumePassage,
    ResumeVectors,
    VectorSpace,
)
from marketplace.profiles.rules import ProfileState, ResumeState, SpaceState
from marketplace.projects import jobs as project_jobs
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project, RequirementVersion, TextVector, Wish
from marketplace.projects.rules import ProjectState
from marketplace.work.models import Engagement, EngagementRate
from matching.briefs import texts_of
from matching.documents import index_text, titles_in
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel
from tests.fakes import FakeEmbedder

RESUME_TEXT = (
    "Annotation specialist.\nLabelled sentiment and medical spans in Chinese and English texts for four years.\n"
    "Rated the factual correctness of answers written by language models."
)
# As it stands in a résumé that was read.
FOUND: dict[str, Any] = {
    "kind": "language",
    "subject": "en",
    "level": "C1",
    "label": "English, C1",
    "quote": "English (C1)",
}
FOUND |= {"label": "English, C1", "start": 0, "end": 12, "page": 1}
DEFAULT_LANGUAGES = (("en", Cefr.C1, Cefr.C1, False),)


def account(*roles: RoleName, name: str = "", confirmed: bool = True, second_factor: bool = True) -> Account:
    """Add an account holding *roles*, with a password that nobody knows; staff with a second factor."""
    key = secrets.token_hex(4)
    has_one = second_factor and bool(STAFF & set(roles))
    one = Account(
        email=f"person-{key}@example.test",
        name=name or f"Person {key}",
        password=hash_password(secrets.token_hex(8)),
        fs_uniquifier=secrets.token_hex(16),
        confirmed_at=clock.now() if confirmed else None,
        roles=list(db.session.scalars(sa.select(Role).where(Role.name.in_(roles)))),
        tf_primary_method="authenticator" if has_one else None,
        tf_totp_secret=totp_secret() if has_one else None,
    )
    db.session.add(one)
    db.session.flush()
    return one


@cache
def totp_secret() -> str:
    """Return the one secret of everybody's authenticator app, as it is stored."""
    secret: str = current_app.extensions["fairmatch_security"].totp_factory.generate_totp_secret()
    return secret


def code() -> str:
    """Return what everybody's authenticator app shows now."""
    shown: str = current_app.extensions["fairmatch_security"].totp_factory.generate_totp_password(totp_secret())
    return shown


def token(owner: Account, *scopes: Scope) -> str:
    """Add an API token (default: every scope) and return it."""
    return account_actions.make_token(owner, "test", scopes or list(Scope))


def organisation(*members: Account, currency: str = "USD") -> Organisation:
    """Add an organisation with *members*."""
    one = Organisation(name=f"Client {secrets.token_hex(3)}", currency=currency)
    db.session.add(one)
    db.session.flush()
    db.session.add_all(Membership(organisation_id=one.id, account_id=member.id) for member in members)
    db.session.flush()
    return one


def manager(client: Organisation | None = None) -> Account:
    """Add a manager, of *client* where given."""
    one = account(RoleName.MANAGER)
    if client:
        db.session.add(Membership(organisation_id=client.id, account_id=one.id))
        db.session.flush()
    return one


def profile(
    *,
    state: ProfileState = ProfileState.QUALIFIED,
    resume_text: str = RESUME_TEXT,
    languages: tuple[tuple[str, Cefr, Cefr, bool], ...] = DEFAULT_LANGUAGES,
    name: str = "",
    **options: Any,
) -> AnnotatorProfile:
    """Add an annotator with a profile and (unless *resume_text* is empty) a résumé that was read."""
    one = AnnotatorProfile(
        **{
            "account": account(RoleName.ANNOTATOR, name=name),
            "state": state,
            "country": "TW",
            "time_zone": "Asia/Taipei",
            "weekly_minutes": 20 * 60,
            "min_rate_minor": 1500,
            **options,
        }
    )
    one.languages = [
        LanguageSkill(position=at, tag=tag, written=written, spoken=spoken, native=native)
        for at, (tag, written, spoken, native) in enumerate(languages)
    ]
    one.degrees = [Degree(level=IscedLevel.MASTER, status=DegreeStatus.HELD, subject="Linguistics")]
    one.experiences = [Experience(kind=ExperienceKind.ANNOTATION, years=4, description="Sentiment")]
    db.session.add(one)
    db.session.flush()
    if resume_text:
        resume(one, resume_text)
    return one


def space() -> VectorSpace:
    """Return the space of the fake embedder, added where it is not there yet."""
    given = FakeEmbedder.space
    found = db.session.scalar(sa.select(VectorSpace).where(VectorSpace.model == given.model))
    if found is None:
        found = VectorSpace(model=given.model, sha256=given.sha256, dimension=given.dimension, state=SpaceState.ACTIVE)
        db.session.add(found)
        db.session.flush()
    return found


def resume(owner: AnnotatorProfile, text: str) -> Resume:
    """Add a current résumé that was read: a passage for each line, titles and words, with vectors."""
    key = secrets.token_hex(8)
    one = Resume(
        profile_id=owner.id,
        state=ResumeState.READY,
        storage_key=f"resumes/{owner.id}/{key}",
        filename="resume.txt",
        kind="txt",
        size=len(text.encode()),
        sha256=key,
        read_at=clock.now(),
        text=text,
        page_count=1,
        language="en",
    )
    at = 0
    for number, line in enumerate(text.split("\n")):
        one.passages.append(ResumePassage(number=number, page=1, starts_at=at, ends_at=at + len(line)))
        at += len(line) + 1
    counting.keep(one, titles_in(text), index_text(text))
    db.session.add(one)
    db.session.flush()
    texts = [text[part.starts_at : part.ends_at] for part in counting.pieces_of(one)]
    spaces.keep(one, FakeEmbedder().embed(texts), space().id)
    return one


def vectors_of(resume_id: int, space_id: int) -> dict[int, NDArray[np.float64]]:
    """Return the vectors of a résumé in one space, by the number of the piece."""
    single = sa.func.unnest(ResumeVectors.numbers, ResumeVectors.embeddings).table_valued("number", "vector")
    single = single.render_derived()
    vector = sa.cast(single.c.vector, sa.Text)
    rows = sa.select(single.c.number, vector).select_from(ResumeVectors).join(single, sa.true())
    rows = rows.where(ResumeVectors.resume_id == resume_id, ResumeVectors.space_id == space_id)
    return {number: np.array(json.loads(values)) for number, values in db.session.execute(rows)}


def project(
    client: Organisation | None = None,
    *,
    gates: list[dict[str, Any]] | None = None,
    wishes: tuple[str, ...] = ("Experience with sentiment annotation",),
    state: ProjectState = ProjectState.ACTIVE,
    by: Account | None = None,
    **options: Any,
) -> Project:
    """Add a project with one version of requirements whose wishes are embedded."""
    by = by or account(RoleName.MANAGER)
    client = client or organisation(by)
    one = Project(
        **{
            "organisation_id": client.id,
            "title": "Rate answers in Chinese",
            "description": "Rate the answers of a language model.",
            "state": state,
            "seats": 3,
            "currency": client.currency,
            "rate_floor_minor": 1400,
            "rate_top_minor": 2300,
            "weekly_limit_minutes": 20 * 60,
            "created_by": by.id,
            "activated_at": clock.now() - timedelta(days=30) if state is ProjectState.ACTIVE else None,
            **options,
        }
    )
    version = RequirementVersion(number=1, made_by=by.id, gates=gates or [])
    version.wishes = [Wish(position=at, text=text) for at, text in enumerate(wishes)]
    one.versions = [version]
    db.session.add(one)
    db.session.flush()
    embed_brief(one)
    return one


def embed_brief(one: Project) -> None:
    """Give every text of a project's brief its vector."""
    texts = [piece.text for piece in texts_of(project_queries.brief_of(one))]
    missing = project_queries.texts_without_vector(texts, space().id)
    for text, vector in zip(missing, FakeEmbedder().embed(missing), strict=True):
        key = project_queries.digest(text)
        db.session.add(TextVector(space_id=space().id, sha256=key, embedding=vector.tolist()))
    db.session.flush()
    digests = [project_queries.digest(text) for text in texts]
    db.session.execute(sa.text(project_jobs.PLACE), {"project_id": one.id, "digests": digests})


def invitation(worker: AnnotatorProfile, on: Project, **options: Any) -> Invitation:
    """Add an invitation that waits for an answer, with the match that it came of."""
    run = MatchRun(
        project_id=on.id,
        version_id=on.versions[-1].id,
        space_id=space().id,
        requested_by=on.created_by,
        code_version="test",
        considered=1,
        eligible=1,
    )
    db.session.add(run)
    db.session.flush()
    match = Match(run_id=run.id, profile_id=worker.id, rank=1, score=1.0, gates=[], parts=[])
    db.session.add(match)
    db.session.flush()
    one = Invitation(
        **{
            "project_id": on.id,
            "profile_id": worker.id,
            "match_id": match.id,
            "state": InvitationState.OPENED,
            "offered_rate_minor": 2000,
            "currency": on.currency,
            "rate_breakdown": [],
            "confirmed_by": on.created_by,
            "expires_at": clock.now() + timedelta(days=3),
            **options,
        }
    )
    db.session.add(one)
    db.session.flush()
    return one


def engagement(
    worker: AnnotatorProfile | None = None,
    on: Project | None = None,
    *,
    rate_minor: int = 2000,
    started_at: datetime | None = None,
    **options: Any,
) -> Engagement:
    """Add an engagement, begun 60 days ago, with the match and the accepted invitation that it came of."""
    worker, on = worker or profile(), on or project()
    began = started_at or clock.now() - timedelta(days=60)
    accepted = invitation(
        worker,
        on,
        state=InvitationState.ACCEPTED,
        offered_rate_minor=rate_minor,
        expires_at=began + timedelta(days=3),
        answered_at=began,
    )
    one = Engagement(
        **{
            "project": on,
            "profile": worker,
            "invitation": accepted,
            "weekly_limit_minutes": 20 * 60,
            "started_at": began,
            **options,
        }
    )
    one.rates = [EngagementRate(rate_minor=rate_minor, currency=on.currency, valid_from=began, made_by=on.created_by)]
    db.session.add(one)
    db.session.flush()
    return one
