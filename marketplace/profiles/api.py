"""The JSON door: the annotator's own profile and résumés, and the admins' decisions, under ``/api/v1``."""

from collections.abc import Mapping
from typing import Any

import flask_smorest
from flask import url_for
from flask.views import MethodView
from flask_smorest.fields import Upload
from marshmallow import fields
from werkzeug.datastructures import FileStorage

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.etags import refuse_stale
from marketplace.profiles import actions, past, queries, rules
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.schemas import (
    DecisionShape,
    ProfileHistoryShown,
    ProfileShape,
    ReadResumeShape,
    ResumeShape,
    ReviewShape,
)

api = flask_smorest.Blueprint(
    "api_profiles", __name__, url_prefix="/api/v1", description="Annotator profiles and their résumés"
)


class ResumeUpload(web.Shape):
    """A résumé as multipart form data."""

    file = Upload(
        required=True,
        error_messages={"required": "Choose a file, and send it with its name (in UTF-8) as multipart form data."},
        metadata={"description": "PDF, DOCX, ODT or TXT, up to 5 MiB, in English"},
    )


class ProfilesQuery(web.ListQuery):
    """Which profiles are listed."""

    state = fields.Enum(rules.ProfileState, by_value=fields.String, load_default=None)


def own_profile() -> AnnotatorProfile:
    """Return the profile of whoever asks, begun at the first request."""
    account = current_account()
    profile = queries.find_own_profile(account)
    if profile is None:
        actions.begin_profile(account)
        web.commit()
        profile = queries.own_profile(account)
    return profile


@api.route("/profile")
class OwnProfile(MethodView):
    """The profile of whoever asks."""

    @api.response(200, ProfileShape)
    def get(self) -> AnnotatorProfile:
        """Show my profile."""
        return own_profile()

    @api.arguments(ProfileShape)
    @api.response(200, ProfileShape)
    def put(self, stated: Mapping[str, Any]) -> AnnotatorProfile:
        """Replace what my profile states."""
        profile = own_profile()
        refuse_stale(profile, ProfileShape)
        actions.save_profile(profile, stated, by=current_account())
        web.commit()
        return profile


@api.route("/profile/submission")
class Submission(MethodView):
    """Whether the profile is handed in."""

    @api.response(200, ProfileShape)
    def post(self) -> AnnotatorProfile:
        """Hand in my profile for a decision."""
        profile = own_profile()
        actions.submit_profile(profile, by=current_account())
        web.commit()
        return profile

    @api.response(200, ProfileShape)
    def delete(self) -> AnnotatorProfile:
        """Withdraw my profile."""
        profile = own_profile()
        actions.withdraw_profile(profile, by=current_account())
        web.commit()
        return profile


@api.route("/profile/history")
class ProfileHistory(MethodView):
    """What became of the profile."""

    @api.response(200, ProfileHistoryShown)
    def get(self) -> dict[str, Any]:
        """Show what was decided of my profile and why, and how long decisions take."""
        return {"steps": past.steps_of(own_profile()), "usual_wait": past.usual_wait()}


@api.route("/profile/pause")
class Pause(MethodView):
    """Whether the profile's owner wants to be invited for now."""

    @api.response(200, ProfileShape)
    def put(self) -> AnnotatorProfile:
        """Stop being invited for now."""
        return self._set(True)

    @api.response(200, ProfileShape)
    def delete(self) -> AnnotatorProfile:
        """Be invited again."""
        return self._set(False)

    def _set(self, paused: bool) -> AnnotatorProfile:
        profile = own_profile()
        actions.pause_profile(profile, paused, by=current_account())
        web.commit()
        return profile


@api.route("/profile/resumes")
class OwnResumes(MethodView):
    """The résumés of whoever asks."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(ResumeShape))
    def get(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """List my résumés, older ones too; one is current."""
        return web.listed(queries.resumes_of(own_profile()), Resume.id, query)

    @api.arguments(ResumeUpload, location="files")
    @api.response(201, ResumeShape)
    def post(self, files: Mapping[str, FileStorage]) -> tuple[Resume, int, dict[str, str]]:
        """Upload a résumé, which becomes the current one and is read within seconds."""
        file = files["file"]
        resume = actions.upload_resume(own_profile(), file.filename or "", file.read(), by=current_account())
        web.commit()
        location = url_for("api_profiles.OwnResume", resume_id=resume.id)
        return resume, 201, {"Location": location}


@api.route("/profile/resumes/<int:resume_id>")
class OwnResume(MethodView):
    """One résumé of whoever asks."""

    @api.response(200, ReadResumeShape)
    def get(self, resume_id: int) -> Resume:
        """Show how far the reading is and, once it is done, text, passages and facts."""
        return queries.get_own_resume(resume_id, current_account())


@api.route("/profiles")
class Profiles(MethodView):
    """The profiles of others, for those who decide about them."""

    @api.arguments(ProfilesQuery, location="query")
    @api.response(200, web.listing(ProfileShape))
    def get(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """List profiles that were handed in, by state."""
        return web.listed(queries.profiles_in(query["state"]), AnnotatorProfile.id, query)


@api.route("/profiles/<int:profile_id>")
class SubmittedProfile(MethodView):
    """One profile, for those who decide about it."""

    @api.response(200, ReviewShape)
    def get(self, profile_id: int) -> dict[str, Any]:
        """Show a profile beside what was read in its résumé."""
        profile = queries.get_profile_for_admin(profile_id)
        resume = queries.current_resume(profile)
        mark = queries.mark_of(profile, resume)
        return {"mark": mark, "name": profile.account.name, "profile": profile, "resume": resume}


@api.route("/profiles/<int:profile_id>/decision")
class Decision(MethodView):
    """What is decided of a profile."""

    @api.arguments(DecisionShape)
    @api.response(200, ProfileShape)
    def post(self, decision: Mapping[str, Any], profile_id: int) -> AnnotatorProfile:
        """Qualify or reject a submitted profile."""
        actions.decide(profile_id, decision, by=current_account())
        web.commit()
        return queries.get_profile_for_admin(profile_id)
