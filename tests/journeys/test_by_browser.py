"""From résumé to payout, by five people in a real browser, with a real PDF and the real model."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Cast, Person
from tests.journeys.resume import PROOF, resume_pdf
from tests.journeys.world import World, words_of

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

CLIENT, PROJECT = "Savanna Imaging", "Chest X-ray reports, second reading"
WISH = "Has labelled chest X-ray reports together with radiologists"
ZONE = ZoneInfo("Africa/Nairobi")
# 21.50 an hour for one minute, rounded half up.
RATE, EARNED = "$21.50", "$0.36"


def test_a_resume_becomes_a_payout_in_the_hands_of_five_people(world: World, cast: Cast) -> None:
    amara, ines = cast.enter("Amara Okafor"), cast.enter("Ines Duarte")
    marek, fatima, felix = cast.enter("Marek Novak"), cast.enter("Fatima Rahman"), cast.enter("Felix Brandt")
    amara.look_at("landing", "/")
    for person in (amara, marek, fatima, felix):
        person.sign_up()
        person.sign_in()
    fill_profile(amara)
    upload_resume(amara)
    submit_profile(amara)

    become_admin(ines)
    give_role(ines, fatima, "finance")
    give_role(ines, felix, "finance")
    add_client(ines, marek)
    for person in (marek, fatima, felix):
        person.page.goto("/dashboard")
        person.set_up_second_factor()
    keep_recovery_codes(marek)
    qualify(ines, amara)

    begin_project(marek)
    invite_best_match(marek)
    accept_invitation(amara)
    joined_at = datetime.now(UTC)
    look_around(amara, ines, marek, fatima)
    log_a_minute(amara, joined_at)

    approve_hours(marek)
    say_how_to_be_paid(amara)
    draft_run(fatima)
    approve_run(felix)
    mark_as_paid(fatima)
    see_the_money(amara)
    assert cast.faults == []
    assert world.errors() == []


def fill_profile(amara: Person) -> None:
    amara.look("dashboard-of-a-newcomer")
    amara.go("Profile")
    amara.look("profile-empty")
    amara.fill("Country you live in", "Kenya")
    amara.choose("Time zone", "Nairobi")
    amara.fill("Hours you have", "25")
    amara.fill("Lowest rate an hour", "20.00")
    for number, (language, level) in enumerate((("English", "C2"), ("Swahili", "C2"))):
        group = amara.page.get_by_role("group", name="Languages", exact=True)
        row = amara.add_row("Add a language", "Languages") if number else group.locator("fieldset.row").first
        amara.fill("Language", language, row)
        for side in ("Written", "Spoken"):
            amara.choose(side, level, row)
    degree = amara.add_row("Add a degree", "Degrees")
    amara.choose("Level", "Bachelor", degree)
    amara.choose("Held or in progress", "Held", degree)
    amara.fill("Subject", "Biology", degree)
    experience = amara.add_row("Add experience", "Experience")
    amara.choose("Kind", "Annotation", experience)
    amara.fill("Years", "4", experience)
    amara.press("Save")
    amara.sees("Saved.")
    amara.look("profile-filled")


def upload_resume(amara: Person) -> None:
    amara.follow("Upload your résumé")
    amara.look("resume-empty")
    amara.page.get_by_label("File", exact=True).set_input_files(
        {"name": "Amara Okafor.pdf", "mimeType": "application/pdf", "buffer": resume_pdf(amara.name)}
    )
    amara.press("Upload and read it")
    amara.page.evaluate("document.body.dataset.untouched = 'yes'")
    amara.sees("Facts found", "Bachelor's degree", "English", "Swahili")
    assert amara.page.evaluate("document.body.dataset.untouched") == "yes", "the page was reloaded"
    amara.page.get_by_text("The whole text as it was read").click()
    amara.sees(PROOF)
    amara.look("resume-read")


def submit_profile(amara: Person) -> None:
    amara.press("Submit for review")
    amara.sees("Submitted")
    amara.look("profile-submitted")


def become_admin(ines: Person) -> None:
    ines.page.goto(ines.world.command("create-admin", ines.email))
    ines.look("new-password")
    ines.fill("New password", PASSWORD)
    ines.fill("New password again", PASSWORD)
    ines.press("Save the password")
    ines.sign_in()
    ines.set_up_second_factor()
    ines.look("dashboard-of-admin")


def give_role(ines: Person, person: Person, role: str) -> None:
    ines.go("People")
    row = ines.page.get_by_role("row").filter(has_text=person.email)
    row.get_by_text(f"Roles of {person.name}").click()
    ines.press(f"Give {role}", row)
    ines.sees(f"{person.name} is now {role}.")


def add_client(ines: Person, marek: Person) -> None:
    ines.go("Organisations")
    ines.fill("Name", CLIENT)
    ines.fill("Currency it pays in", "USD")
    ines.press("Add the organisation")
    ines.sees(f"{CLIENT} is added.")
    ines.fill(f"Add a member by e-mail to {CLIENT}", marek.email)
    ines.press("Add", ines.page.locator("form").filter(has_text=f"Add a member by e-mail to {CLIENT}"))
    ines.sees(f"{marek.email} is now a manager there.")
    ines.look("organisations")


def keep_recovery_codes(marek: Person) -> None:
    marek.look("recovery-codes-none")
    marek.press("Make new codes")
    marek.look("recovery-codes")
    assert marek.page.locator("main code").count() == 8
    marek.sign_out()
    marek.sign_in()
    marek.look_at("account-of-staff", "/account")


def qualify(ines: Person, amara: Person) -> None:
    ines.go("Profiles to decide")
    ines.look("profiles-to-decide")
    ines.follow(amara.name)
    ines.sees("What the person states", "What the résumé says", "Bachelor's degree")
    ines.look("profile-review")
    ines.press("Qualify")
    ines.sees("Decided; the person gets a mail.")


def begin_project(marek: Person) -> None:
    marek.page.goto("/dashboard")
    marek.go("Projects")
    marek.look("projects-empty")
    marek.follow("New project")
    marek.fill("Title", PROJECT)
    marek.fill(
        "Description", "Read reports that a model has labelled, and mend the labels.\nA radiologist answers doubts."
    )
    for label, text in (("Seats", "2"), ("At most a week for each person", "20"), ("Rate from", "18.00")):
        marek.fill(label, text)
    marek.fill("Rate up to", "32.00")
    for tag, side in (("English", "Written"), ("Swahili", "Spoken")):
        language = marek.add_row("Add a language", "Languages")
        marek.fill("Language", tag, language)
        marek.choose(f"{side} at least", "C1", language)
    marek.fill("Offers at least", "10", marek.page.locator("#more-gates"))
    marek.fill("Wish", WISH)
    marek.fill("Wish", "Has explained mistakes to colleagues in writing", marek.add_row("Add a wish", "Wishes"))
    fill_rate_card(marek)
    marek.look("project-form")
    marek.press("Save the draft")
    marek.sees("The draft is saved.")
    marek.look("project-draft")
    marek.press("Activate")
    marek.sees("The project is active now.")
    marek.look("project-active")


def fill_rate_card(marek: Person) -> None:
    for button, group, amount, label in (
        ("Add a line for a language", "For a language", "2.50", "Speaks Swahili"),
        ("Add a line for a degree", "For a degree", "6.00", "Has a doctorate"),
        ("Add a line for experience", "For experience", "1.00", "Has annotated for years"),
    ):
        row = marek.add_row(button, group)
        marek.fill("More an hour", amount, row)
        marek.fill("Name of the line", label, row)
    row = marek.page.get_by_role("group", name="For a language", exact=True)
    marek.fill("Language", "Swahili", row)
    marek.choose("Spoken at least", "C1", row)
    marek.choose("Degree at least", "Doctorate", marek.page.get_by_role("group", name="For a degree", exact=True))
    row = marek.page.get_by_role("group", name="For experience", exact=True)
    marek.choose("Kind", "Annotation", row)
    marek.fill("Years at least", "3", row)


def invite_best_match(marek: Person) -> None:
    marek.follow("See the matches")
    marek.sees("Invite those chosen", WISH, PROOF, "English", RATE)
    expect(marek.page.get_by_role("main")).not_to_contain_text("Okafor")
    for summary in ("Every part", "Why this rate"):
        marek.page.get_by_text(summary).first.click()
    marek.sees("Base rate", "Speaks Swahili", "$2.50", "Not counted", "Has a doctorate")
    marek.look("matches")
    marek.page.get_by_role("checkbox", name=re.compile("Invite Annotator")).first.check()
    marek.press("Invite those chosen")
    marek.sees("1 person is invited.")
    marek.look("matches-invited")


def accept_invitation(amara: Person) -> None:
    mail = amara.world.mail(amara.email, PROJECT)
    for text in (CLIENT, RATE, "$18.00", "$2.50", "Speaks Swahili"):
        assert text in words_of(mail)
    amara.go("Invitations")
    amara.sees(PROJECT, RATE)
    amara.look("invitations")
    amara.page.goto(amara.world.link(amara.email, PROJECT, "/invitations/"))
    amara.sees("The rate offered", "Base rate", "$18.00", "Speaks Swahili", "$2.50", "Has annotated for years", "$1.00")
    amara.sees("Offered rate", RATE, "Why you", PROOF)
    amara.look("invitation")
    amara.press("Accept")
    amara.sees("You have joined the project.")
    amara.look("engagements")


def look_around(amara: Person, ines: Person, marek: Person, fatima: Person) -> None:
    """Look at what the chain does not pass, while the first minute is being worked."""
    for person, labels in (
        (ines, ("People", "Audit trail", "Outbox", "System")),
        (marek, ("Projects", "Hours to approve")),
        (fatima, ("Dashboard", "Ledger", "Open projects")),
    ):
        person.page.goto("/dashboard")
        for label in labels:
            person.go(label)
            person.look(f"{label.lower().replace(' ', '-')}-of-{person.name.split()[0].lower()}")
    amara.look_at("account", "/account")
    amara.look_at("tokens", "/tokens")
    amara.page.goto("/api/docs")
    amara.page.get_by_role("heading", name="api_profiles").click()
    amara.sees("/api/v1/profile")
    amara.look("api-docs", but=["#api-docs"])
    marek.go("Projects")
    marek.follow(PROJECT)
    for label in ("Invitations", "Team"):
        marek.page.get_by_role("navigation", name="Project").get_by_role("link", name=label).click()
        marek.sees(PROJECT)
        marek.look(f"project-{label.lower()}")
        marek.page.go_back()


def log_a_minute(amara: Person, joined_at: datetime) -> None:
    """Log the first whole minute that was worked: hours before joining, or to come, are refused."""
    start = joined_at.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=1)
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds() + 0.5))
    amara.page.goto("/dashboard")
    amara.go("Time")
    amara.look("week-empty")
    amara.fill("Day", f"{start.astimezone(ZONE):%Y-%m-%d}")
    amara.fill("From", f"{start.astimezone(ZONE):%H:%M}")
    amara.fill("To", f"{end.astimezone(ZONE):%H:%M}")
    amara.fill("What was done", "Read the guideline")
    amara.press("Add")
    amara.sees("Logged 0:01 hours.")
    amara.look("week")
    amara.press("Submit the week")
    amara.sees("The week is handed in.")
    amara.look("week-submitted")


def approve_hours(marek: Person) -> None:
    marek.page.goto("/dashboard")
    marek.look("dashboard-of-manager")
    marek.go("Hours to approve")
    marek.sees("Amara Okafor", "Read the guideline", EARNED)
    marek.look("hours-to-approve")
    marek.page.get_by_role("checkbox", name="All lines").check()
    marek.press("Approve the chosen lines")
    marek.sees("Decided on 1 line.")


def say_how_to_be_paid(amara: Person) -> None:
    amara.go("Earnings")
    amara.follow("How you are paid")
    amara.fill("Name of the account holder", "Amara Okafor")
    amara.fill("IBAN", "DE89 3704 0044 0532 0130 00")
    amara.fill("Password", PASSWORD)
    amara.press("Save")
    amara.sees("DE•• •••• 3000")
    amara.look("how-to-be-paid")


def draft_run(fatima: Person) -> None:
    fatima.page.goto("/dashboard")
    fatima.go("Payouts")
    fatima.sees("Amara Okafor", EARNED)
    fatima.look("payouts-ready")
    fatima.follow("Preview a run")
    fatima.sees("Amara Okafor", EARNED, "DE•• •••• 3000")
    fatima.look("run-preview")
    fatima.press("Draft this run")
    fatima.sees("The draft is made.", "somebody else has to approve it")
    fatima.look("run-draft")


def approve_run(felix: Person) -> None:
    felix.page.goto("/dashboard")
    felix.go("Payouts")
    felix.follow("Run")
    felix.look("run-to-approve")
    felix.confirm("Approve")
    felix.sees("The run is approved")
    felix.look("run-approved")


def mark_as_paid(fatima: Person) -> None:
    fatima.page.reload()
    fatima.press("Note the outcome")
    fatima.choose("What happened", "Paid")
    fatima.fill("Reference of the bank", "BANK-2211")
    fatima.press("Save")
    fatima.sees("Noted.", "Settled", "BANK-2211")
    fatima.look("run-settled")
    fatima.go("Ledger")
    fatima.sees("balances")
    fatima.look("ledger")


def see_the_money(amara: Person) -> None:
    assert EARNED in str(amara.world.mail(amara.email, "is on your account")["Subject"])
    amara.go("Time")
    amara.sees("Paid")
    amara.go("Earnings")
    amara.sees(PROJECT, "0:01", EARNED, "BANK-2211", "by Marek Novak")
    amara.look("earnings")
    amara.follow("No.")
    amara.sees("Payout no.", "Read the guideline", EARNED)
    amara.look("payout")
    amara.page.goto("/dashboard")
    amara.look("dashboard-of-annotator")
