"""The HTML door: the annotator's own profile and résumé, and the admins' queue."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from marketplace import money, storage, web
from marketplace.accounts.access import current_account, may_do
from marketplace.errors import Refused
from marketplace.profiles import actions, past, queries, rules
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.rules import REJECTION_WORDS, ProfileState, RejectionReason
from marketplace.profiles.schemas import DecisionShape, EmptyForm, PastedForm, ProfileForm
from marketplace.words import say
from matching.languages import language_name
from matching.resumes.types import FileKind
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel

blueprint = Blueprint("profiles", __name__)
blueprint.add_app_template_filter(language_name, "language_name")

MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.TXT: "text/plain",
}
CEFR_WORDS = {
    Cefr.A1: "A1 – beginner",
    Cefr.A2: "A2 – elementary",
    Cefr.B1: "B1 – intermediate",
    Cefr.B2: "B2 – upper intermediate",
    Cefr.C1: "C1 – advanced",
    Cefr.C2: "C2 – mastery",
}
ISCED_WORDS = {
    IscedLevel.SHORT_CYCLE: "Short-cycle tertiary (two years)",
    IscedLevel.BACHELOR: "Bachelor",
    IscedLevel.MASTER: "Master",
    IscedLevel.DOCTORATE: "Doctorate",
}
QUEUE_LENGTH = 200


@blueprint.app_template_filter("country_name")
def country_name(code: str | None) -> str:
    """Return the English name of a country, a dash for none."""
    return rules.countries().get(code or "", code or "–")


@blueprint.app_template_filter("degree_name")
def degree_name(level: int) -> str:
    """Return the English name of an ISCED 2011 level."""
    return ISCED_WORDS[IscedLevel(level)]


@blueprint.app_template_filter("cefr_name")
def cefr_name(level: int) -> str:
    """Return a CEFR level as people write it."""
    return Cefr(level).name


def own_profile() -> AnnotatorProfile:
    """Return the profile of whoever asks, begun at the first visit."""
    account = current_account()
    profile = queries.find_own_profile(account)
    if profile is None:
        actions.begin_profile(account)
        web.commit()
        profile = queries.own_profile(account)
    return profile


@blueprint.route("/profile", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Show the checklist and the profile, save it, and hand it in where that was asked for too."""
    profile = own_profile()
    with web.form(ProfileForm, written(profile)) as form:
        if form.submitted:
            actions.save_profile(profile, form.load(), by=current_account())
            if "_submit" in request.form:
                submit_if_whole(profile)
            else:
                flash(say("Saved."), "success")
            web.commit()
            return redirect(url_for("profiles.edit"), 303)
    resume = queries.current_resume(profile)
    return web.page(
        "profiles/edit.html",
        form=form,
        profile=profile,
        latest=queries.latest_resume(profile),
        history=past.steps_of(profile),
        wait=past.usual_wait() if profile.state is ProfileState.SUBMITTED else None,
        steps=steps(profile, resume),
        rejection=REJECTION_WORDS[RejectionReason(profile.rejection_reason)] if profile.rejection_reason else "",
        **choices(),
    ), form.status


def submit_if_whole(profile: AnnotatorProfile) -> None:
    """Submit, or say what is missing: what was typed is saved either way."""
    if missing := queries.missing_for_submission(profile, queries.current_resume(profile)):
        flash(say("Saved, but not submitted yet. %(missing)s", missing=missing), "warning")
    else:
        actions.submit_profile(profile, by=current_account())
        flash(say("Saved and submitted. You will get a mail when somebody has looked at it."), "success")


def steps(profile: AnnotatorProfile, resume: Resume | None) -> list[dict[str, str]]:
    """Return the checklist with the place where each step is done."""
    edit_url = url_for("profiles.edit")
    places = {
        "email": "" if profile.account.confirmed_at else url_for("security.send_confirmation"),
        "basics": f"{edit_url}#about-you",
        "resume": url_for("profiles.resume"),
        "facts": f"{edit_url}#f-languages",
        "submit": f"{edit_url}#submit",
    }
    return [
        {"label": step.label, "state": step.state, "hint": step.hint, "url": places.get(step.name, "")}
        for step in queries.onboarding(profile, resume)
    ]


def written(profile: AnnotatorProfile) -> dict[str, Any]:
    """Return the profile as the form's fields show it."""
    return {
        "country": rules.country_label(profile.country) if profile.country else "",
        "time_zone": profile.time_zone,
        "weekly_hours": f"{profile.weekly_minutes / 60:.4g}" if profile.weekly_minutes else "",
        "min_rate": money.plain(profile.min_rate_minor, profile.currency) if profile.min_rate_minor else "",
        "about": profile.about,
        "languages": [
            {
                "tag": rules.language_label(one.tag),
                "written": Cefr(one.written).name,
                "spoken": Cefr(one.spoken).name,
                "native": "1" if one.native else "",
            }
            for one in profile.languages
        ],
        "degrees": [
            {"level": one.level, "status": one.status, "subject": one.subject, "year": one.year}
            for one in profile.degrees
        ],
        "experiences": [
            {"kind": one.kind, "years": one.years, "description": one.description} for one in profile.experiences
        ],
    }


def choices() -> dict[str, Any]:
    """Return what the pickers of the form offer."""
    return {
        "countries": rules.country_options(),
        "time_zones": [
            (region, [(zone, zone.split("/", 1)[-1].replace("_", " ")) for zone in zones])
            for region, zones in rules.time_zones().items()
        ],
        "language_options": rules.language_options(),
        "cefr_levels": [(level.name, words) for level, words in CEFR_WORDS.items()],
        "degree_levels": [(int(level), words) for level, words in ISCED_WORDS.items()],
        "degree_states": [(DegreeStatus.HELD, "Held"), (DegreeStatus.IN_PROGRESS, "In progress")],
        "experience_kinds": [(kind, kind.replace("_", " ").capitalize()) for kind in ExperienceKind],
        "most_rows": rules.MAX_ROWS,
    }


@blueprint.route("/profile/resume", methods=["GET", "POST"])
def resume() -> ResponseReturnValue:
    """Take a résumé, as a file or as pasted text, and show what was read in the current one."""
    profile = own_profile()
    with web.form(PastedForm) as form:
        if form.submitted:
            actions.upload_resume(profile, *handed_in(form.load()["text"]), by=current_account())
            web.commit()
            flash(say("Your résumé has arrived."), "success")
            return redirect(url_for("profiles.resume"), 303)
    return web.page(
        "profiles/resume.html",
        form=form,
        earlier=queries.earlier_resumes(profile),
        **told(profile, queries.latest_resume(profile)),
    ), form.status


def handed_in(text: str) -> tuple[str, bytes]:
    """Return name and content of the file of this request, or of the text that was pasted instead."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.filename, file.read()
    if not text:
        raise Refused(say("Choose a file, or paste the text of your résumé."), field="file")
    return "pasted.txt", text.encode(errors="replace")


def read_facts(resume: Resume | None) -> dict[str, Any]:
    """Return what there is to tell of the reading of *resume*."""
    if resume is None:
        return {"resume": None, "reading": None}
    spans = [(fact["start"], fact["end"], fact["label"]) for fact in queries.standing_facts(resume)]
    return {
        "resume": resume,
        "reading": queries.reading_of(resume),
        "passages": queries.count_passages(resume),
        "pieces": list(rules.marked(resume.text, spans)),
    }


def told(profile: AnnotatorProfile, latest: Resume | None) -> dict[str, Any]:
    """Return what the owner is told of the last upload, and which résumé counts meanwhile."""
    current = queries.current_resume(profile)
    return {
        "profile": profile,
        "current": current,
        "missing": queries.missing_for_submission(profile, current),
        **read_facts(latest),
    }


@blueprint.get("/profile/resume/<int:resume_id>/state")
def resume_state(resume_id: int) -> ResponseReturnValue:
    """Show how far the reading is: a piece of the résumé page, asked for again until it is done."""
    resume = queries.get_own_resume(resume_id, current_account())
    if not request.headers.get("HX-Request"):
        return redirect(url_for("profiles.resume"))
    return web.page("profiles/_reading.html", **told(own_profile(), resume))


@blueprint.get("/profile/resume/<int:resume_id>/file")
def resume_file(resume_id: int) -> Response:
    """Give one's own file back as it was uploaded."""
    resume = queries.get_own_resume(resume_id, current_account())
    content = storage.fetch(resume.storage_key)
    response = send_file(
        BytesIO(content),
        mimetype=media_type(FileKind(resume.kind), content),
        as_attachment=True,
        download_name=resume.filename,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def media_type(kind: FileKind, content: bytes) -> str:
    """Return what to call a file: a text that is not in UTF-8, as every text is said to be, is mere bytes."""
    if kind is FileKind.TXT:
        try:
            content.decode()
        except UnicodeDecodeError:
            return "application/octet-stream"
    return MEDIA_TYPES[kind]


@blueprint.post("/profile/submit")
def submit() -> ResponseReturnValue:
    """Hand in the profile as it is saved."""
    return pressed(lambda profile: actions.submit_profile(profile, by=current_account()), "Submitted.")


@blueprint.post("/profile/withdraw")
def withdraw() -> ResponseReturnValue:
    """Take the profile back."""
    return pressed(lambda profile: actions.withdraw_profile(profile, by=current_account()), "Withdrawn.")


@blueprint.post("/profile/pause")
def pause() -> ResponseReturnValue:
    """Stop being invited for now."""
    return pressed(lambda profile: actions.pause_profile(profile, True, by=current_account()), "Paused.")


@blueprint.post("/profile/unpause")
def unpause() -> ResponseReturnValue:
    """Be invited again."""
    return pressed(lambda profile: actions.pause_profile(profile, False, by=current_account()), say("Back again."))


def pressed(do: Callable[[AnnotatorProfile], None], said: str) -> ResponseReturnValue:
    """Do what a single button asks for and go back to the profile, with a word on how it went."""
    profile = own_profile()
    with web.form(EmptyForm) as form:
        do(profile)
        web.commit()
        flash(said, "success")
    web.flash_errors(form)
    return redirect(url_for("profiles.edit"), 303)


@blueprint.get("/admin/profiles")
def queue() -> ResponseReturnValue:
    """Show the profiles that wait for a decision, or those in another state."""
    asked = request.args.get("state", "")
    states = [one for one in ProfileState if one is not ProfileState.DRAFT]
    state = ProfileState(asked) if asked in states else ProfileState.SUBMITTED
    return web.page(
        "profiles/queue.html",
        profiles=queries.waiting_profiles(state, QUEUE_LENGTH),
        chosen=state,
        counts=queries.count_by_state(),
        states=states,
    )


@blueprint.route("/admin/profiles/<int:profile_id>", methods=["GET", "POST"])
def review(profile_id: int) -> ResponseReturnValue:
    """Show what a person states beside what their résumé says, and decide."""
    with web.form(DecisionShape) as form:
        if form.submitted:
            actions.decide(profile_id, form.load(), by=current_account())
            web.commit()
            flash(say("Decided; the person gets a mail."), "success")
            return redirect(url_for("profiles.queue"), 303)
    profile = queries.get_profile_for_admin(profile_id)
    resume = queries.current_resume(profile)
    return web.page(
        "profiles/review.html",
        form=form,
        profile=profile,
        mark=queries.mark_of(profile, resume),
        reasons=list(REJECTION_WORDS.items()),
        may_decide=may_do("POST profiles.review"),
        **read_facts(resume),
    ), form.status
