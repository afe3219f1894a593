"""The HTML door: answering facts that were read in one's résumé, on the page of the résumé."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.profiles import pages as profiles
from marketplace.profiles.queries import earlier_resumes, get_own_resume
from marketplace.profiles.rules import FactSaid
from marketplace.profiles.schemas import PastedForm
from marketplace.readings import actions, queries
from marketplace.readings.rules import STANDING_WORDS, key_of
from marketplace.readings.schemas import answer_form

blueprint = Blueprint("readings", __name__)
blueprint.add_app_template_global(queries.found_in, "found_in")
blueprint.add_app_template_global(profiles.choices, "profile_choices")
blueprint.add_app_template_filter(lambda fact: "/".join(key_of(fact)), "fact_key")
blueprint.add_app_template_filter(lambda standing: STANDING_WORDS[standing], "standing_words")


@blueprint.post("/profile/resume/<int:resume_id>/facts/<int:number>")
def answer(resume_id: int, number: int) -> ResponseReturnValue:
    """Take what the owner says of one fact: put into the profile, dismissed, or to be asked again."""
    account = current_account()
    resume = get_own_resume(resume_id, account)
    label = queries.get_fact(resume, number)["label"]
    with web.form(answer_form(queries.get_fact(resume, number)["kind"], number)) as form:
        told = form.load()
        if told["answer"] is FactSaid.ACCEPTED:
            actions.accept_fact(resume, number, told["seen"], told["told"], by=account)
            said = f"{label}: now in your profile."
        elif told["answer"] is FactSaid.DISMISSED:
            actions.dismiss_fact(resume, number, told["seen"], by=account)
            said = f"{label}: left out."
        else:
            actions.reopen_fact(resume, number, told["seen"], by=account)
            said = f"{label}: open again."
        web.commit()
        flash(said, "success")
        return redirect(url_for("profiles.resume") + f"#fact-{number}", 303)
    profile = profiles.own_profile()
    with web.form(PastedForm) as upload:
        return web.page(
            "profiles/resume.html",
            form=upload,
            answered=form,
            answering=number,
            earlier=earlier_resumes(profile),
            **profiles.told(profile, get_own_resume(resume_id, account)),
        ), form.status
