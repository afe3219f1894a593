"""Who may do what: one table that the doors, the guard test and the navigation all read.

A row is named by its endpoint, or by method and endpoint where the methods differ.  What a role may do is said here;
*whose* things it may do it to is decided by each feature's queries, which give only what is the person's own.
"""

from dataclasses import dataclass

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName, Scope
from marketplace.words import say

ANNOTATOR, MANAGER, REVIEWER = RoleName.ANNOTATOR, RoleName.MANAGER, RoleName.REVIEWER
FINANCE, ADMIN, AUDITOR = RoleName.FINANCE, RoleName.ADMIN, RoleName.AUDITOR


@dataclass(frozen=True, slots=True)
class Permit:
    """Who may: anybody, whoever is signed in, or holders of one of *roles*; by token only with *scope*.

    *half*: staff may who have yet to set up their second factor.
    """

    anyone: bool = False
    roles: frozenset[RoleName] = frozenset(RoleName)
    scope: Scope | None = None
    half: bool = False


ANYONE = Permit(anyone=True)
SIGNED_IN = Permit()
HALF = Permit(half=True)
NOBODY = Permit(roles=frozenset())


def only(*roles: RoleName, scope: Scope | None = None) -> Permit:
    """Return a permit for the holders of one of *roles*."""
    return Permit(roles=frozenset(roles), scope=scope)


POLICY: dict[str, Permit] = {
    # accounts
    "static": ANYONE,
    "security.login": ANYONE,
    "security.logout": ANYONE,
    "security.register": ANYONE,
    "security.forgot_password": ANYONE,
    "security.reset_password": ANYONE,
    "security.send_confirmation": ANYONE,
    "security.confirm_email": ANYONE,
    "security.change_password": SIGNED_IN,
    "security.change_email": SIGNED_IN,
    "security.change_email_confirm": ANYONE,
    "security.verify": HALF,
    "security.two_factor_setup": ANYONE,
    "security.two_factor_setup_validate": HALF,
    "security.two_factor_token_validation": ANYONE,
    "security.two_factor_rescue": NOBODY,
    "security.tf_select": ANYONE,
    "security.mf_recovery": ANYONE,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.wan_signin": ANYONE,
    "security.wan_signin_response": ANYONE,
    "security.wan_register": SIGNED_IN,
    "security.wan_register_response": SIGNED_IN,
    "security.wan_delete": SIGNED_IN,
    "security.wan_verify": HALF,
    "security.wan_verify_response": HALF,
    "security.static": ANYONE,
    "accounts.own": SIGNED_IN,
    "accounts.tokens": SIGNED_IN,
    "own_data.show": SIGNED_IN,
    "own_data.take": SIGNED_IN,
    "api_own_data.OwnData": Permit(scope=Scope.PROFILE_READ),
    "erasure.show": SIGNED_IN,
    "GET api_erasure.Erasure": Permit(scope=Scope.PROFILE_READ),
    "POST api_erasure.Erasure": Permit(scope=Scope.PROFILE_WRITE),
    "accounts.end_token": SIGNED_IN,
    "accounts.end_session": SIGNED_IN,
    "accounts.people": only(ADMIN, AUDITOR),
    "accounts.change_role": only(ADMIN),
    "accounts.reset_second_factor": only(ADMIN),
    "accounts.change_active": only(ADMIN),
    "GET accounts.organisations": only(ADMIN, AUDITOR),
    "POST accounts.organisations": only(ADMIN),
    "accounts.add_member": only(ADMIN),
    "api_accounts.Accounts": ANYONE,
    "api_accounts.Confirmations": ANYONE,
    "POST api_accounts.Tokens": ANYONE,
    "GET api_accounts.Tokens": SIGNED_IN,
    "api_accounts.OneToken": SIGNED_IN,
    "api_accounts.WhoAmI": SIGNED_IN,
    "documents.page": ANYONE,
    "api-docs.openapi_json": ANYONE,
    # organisations
    "organisations.index": only(MANAGER),
    "organisations.show": only(MANAGER, ADMIN),
    "organisations.invite_again": only(MANAGER, ADMIN),
    "organisations.withdraw": only(MANAGER, ADMIN),
    "organisations.set_owner": only(MANAGER, ADMIN),
    "organisations.set_review_days": only(MANAGER, ADMIN),
    "organisations.remove": only(MANAGER, ADMIN),
    "organisations.programs": only(MANAGER),
    "organisations.end_program": only(MANAGER),
    "organisations.join": SIGNED_IN,
    "api_organisations.Organisations": only(MANAGER, scope=Scope.ORGANISATION_READ),
    "GET api_organisations.OneOrganisation": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_READ),
    "PATCH api_organisations.OneOrganisation": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_WRITE),
    "api_organisations.Members": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_READ),
    "api_organisations.OneMember": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_WRITE),
    "GET api_organisations.MemberInvitations": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_READ),
    "api_organisations.MemberInvitations": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_WRITE),
    "api_organisations.OneMemberInvitation": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_WRITE),
    "GET api_organisations.ServiceTokens": only(MANAGER, scope=Scope.ORGANISATION_READ),
    "api_organisations.ServiceTokens": only(MANAGER, scope=Scope.ORGANISATION_WRITE),
    "api_organisations.OneServiceToken": only(MANAGER, scope=Scope.ORGANISATION_WRITE),
    "api_organisations.Memberships": Permit(scope=Scope.ORGANISATION_WRITE),
    # webhooks
    "webhooks.index": only(MANAGER),
    "webhooks.show": only(MANAGER),
    "webhooks.replace_secret": only(MANAGER),
    "webhooks.test": only(MANAGER),
    "webhooks.delete": only(MANAGER),
    "webhooks.send_again": only(MANAGER),
    "GET api_webhooks.Webhooks": only(MANAGER, scope=Scope.WEBHOOKS_READ),
    "api_webhooks.Webhooks": only(MANAGER, scope=Scope.WEBHOOKS_WRITE),
    "GET api_webhooks.OneWebhook": only(MANAGER, scope=Scope.WEBHOOKS_READ),
    "api_webhooks.OneWebhook": only(MANAGER, scope=Scope.WEBHOOKS_WRITE),
    "api_webhooks.Secrets": only(MANAGER, scope=Scope.WEBHOOKS_WRITE),
    "api_webhooks.Tests": only(MANAGER, scope=Scope.WEBHOOKS_WRITE),
    "api_webhooks.Deliveries": only(MANAGER, scope=Scope.WEBHOOKS_READ),
    "api_webhooks.Replays": only(MANAGER, scope=Scope.WEBHOOKS_WRITE),
    # notifications
    "notifications.index": SIGNED_IN,
    "notifications.preferences": SIGNED_IN,
    "notifications.open_one": SIGNED_IN,
    "notifications.read_all": SIGNED_IN,
    "notifications.unsubscribe": ANYONE,
    "api_notifications.Notifications": Permit(scope=Scope.NOTIFICATIONS_READ),
    "api_notifications.Readings": Permit(scope=Scope.NOTIFICATIONS_WRITE),
    "api_notifications.OneReading": Permit(scope=Scope.NOTIFICATIONS_WRITE),
    "api_notifications.Preferences": Permit(scope=Scope.NOTIFICATIONS_READ),
    "PUT api_notifications.Preferences": Permit(scope=Scope.NOTIFICATIONS_WRITE),
    # operations
    "operations.health": ANYONE,
    "operations.ready": ANYONE,
    "operations.show_metrics": only(ADMIN, AUDITOR),
    "operations.system": only(ADMIN, AUDITOR),
    "operations.rerun": only(ADMIN),
    "operations.outbox": only(ADMIN),
    "operations.send_again": only(ADMIN),
    # profiles
    "profiles.edit": only(ANNOTATOR),
    "profiles.resume": only(ANNOTATOR),
    "profiles.resume_state": only(ANNOTATOR),
    "profiles.resume_file": only(ANNOTATOR),
    "profiles.submit": only(ANNOTATOR),
    "profiles.withdraw": only(ANNOTATOR),
    "profiles.pause": only(ANNOTATOR),
    "profiles.unpause": only(ANNOTATOR),
    "profiles.queue": only(ADMIN, AUDITOR),
    "profiles.review": only(ADMIN, AUDITOR),
    "POST profiles.review": only(ADMIN),
    "api_profiles.OwnProfile": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "PUT api_profiles.OwnProfile": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_profiles.ProfileHistory": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "api_profiles.Submission": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_profiles.Pause": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_profiles.OwnResumes": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "POST api_profiles.OwnResumes": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_profiles.OwnResume": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "readings.answer": only(ANNOTATOR),
    "api_readings.FoundFacts": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "api_readings.OneFoundFact": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_profiles.Profiles": only(ADMIN, AUDITOR, scope=Scope.PROFILE_READ),
    "api_profiles.SubmittedProfile": only(ADMIN, AUDITOR, scope=Scope.PROFILE_READ),
    "api_profiles.Decision": only(ADMIN, scope=Scope.PROFILE_WRITE),
    # projects
    "projects.index": only(MANAGER),
    "projects.new": only(MANAGER),
    "projects.show": only(MANAGER),
    "projects.edit": only(MANAGER),
    "projects.move": only(MANAGER),
    "GET api_projects.Projects": only(MANAGER, scope=Scope.PROJECTS_READ),
    "POST api_projects.Projects": only(MANAGER, scope=Scope.PROJECTS_WRITE),
    "GET api_projects.OneProject": only(MANAGER, scope=Scope.PROJECTS_READ),
    "PATCH api_projects.OneProject": only(MANAGER, scope=Scope.PROJECTS_WRITE),
    "api_projects.ProjectMoves": only(MANAGER, scope=Scope.PROJECTS_WRITE),
    "projects.duplicate": only(MANAGER),
    "api_projects.Copies": only(MANAGER, scope=Scope.PROJECTS_WRITE),
    # invitations
    "matches.compare": only(MANAGER),
    "api_matches.PeopleReached": only(MANAGER, scope=Scope.PROJECTS_READ),
    "matches.runs": only(MANAGER),
    "matches.run": only(MANAGER),
    "matches.similar": only(MANAGER),
    "portfolios.show": ANYONE,
    "api_portfolios.Portfolios": ANYONE,
    "portfolios.own": only(ANNOTATOR),
    "portfolios.replace_link": only(ANNOTATOR),
    "portfolios.take_down": only(ANNOTATOR),
    "GET api_portfolios.OwnPortfolio": only(ANNOTATOR, scope=Scope.PROFILE_READ),
    "api_portfolios.OwnPortfolio": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "api_portfolios.PortfolioLinks": only(ANNOTATOR, scope=Scope.PROFILE_WRITE),
    "searches.search": only(MANAGER),
    "api_searches.Searches": only(MANAGER, scope=Scope.PROJECTS_READ),
    "shortlists.index": only(MANAGER),
    "shortlists.mark": only(MANAGER),
    "shortlists.note": only(MANAGER),
    "api_shortlists.Marks": only(MANAGER, scope=Scope.PROJECTS_READ),
    "api_shortlists.OneMark": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "GET api_shortlists.Notes": only(MANAGER, scope=Scope.PROJECTS_READ),
    "POST api_shortlists.Notes": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "invitations.matches": only(MANAGER),
    "invitations.invite": only(MANAGER),
    "invitations.invite_top": only(MANAGER),
    "invitations.of_project": only(MANAGER),
    "invitations.withdraw": only(MANAGER),
    "invitations.inbox": only(ANNOTATOR),
    "invitations.show": only(ANNOTATOR),
    "invitations.decline": only(ANNOTATOR),
    "invitations.reopen": only(ANNOTATOR),
    "api_invitations.Matches": only(MANAGER, scope=Scope.PROJECTS_READ),
    "api_invitations.ProjectInvitations": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "api_invitations.TopInvitations": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "api_invitations.Invitations": only(ANNOTATOR, MANAGER, scope=Scope.INVITATIONS_READ),
    "api_invitations.OneInvitation": only(ANNOTATOR, MANAGER, scope=Scope.INVITATIONS_READ),
    "api_invitations.Declines": only(ANNOTATOR, scope=Scope.INVITATIONS_WRITE),
    "api_invitations.Reopenings": only(ANNOTATOR, scope=Scope.INVITATIONS_WRITE),
    "api_invitations.Withdrawals": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    # work
    "work.accept": only(ANNOTATOR),
    "work.mine": only(ANNOTATOR),
    "work.leave": only(ANNOTATOR),
    "work.team": only(MANAGER),
    "work.member": only(MANAGER),
    "work.pause": only(MANAGER),
    "work.resume": only(MANAGER),
    "work.end": only(MANAGER),
    "work.change_rate": only(MANAGER),
    "api_work.Acceptances": only(ANNOTATOR, scope=Scope.INVITATIONS_WRITE),
    "api_work.Engagements": only(ANNOTATOR, MANAGER, scope=Scope.INVITATIONS_READ),
    "api_work.OneEngagement": only(ANNOTATOR, MANAGER, scope=Scope.INVITATIONS_READ),
    # applications
    "applications.open_projects": ANYONE,
    "applications.open_project": ANYONE,
    "applications.apply": only(ANNOTATOR),
    "applications.mine": only(ANNOTATOR),
    "applications.show": only(ANNOTATOR),
    "applications.withdraw": only(ANNOTATOR),
    "applications.why_no_project": only(ANNOTATOR),
    "applications.preview": only(MANAGER),
    "applications.to_answer": only(MANAGER),
    "applications.of_project": only(MANAGER),
    "applications.one_of_project": only(MANAGER),
    "applications.accept": only(MANAGER),
    "applications.decline": only(MANAGER),
    "api_applications.OpenProjects": ANYONE,
    "api_applications.OneOpenProject": ANYONE,
    "api_applications.OwnStanding": only(ANNOTATOR, scope=Scope.APPLICATIONS_READ),
    "api_applications.ProjectApplications": only(ANNOTATOR, scope=Scope.APPLICATIONS_WRITE),
    "api_applications.Applications": only(ANNOTATOR, MANAGER, scope=Scope.APPLICATIONS_READ),
    "api_applications.OneApplication": only(ANNOTATOR, MANAGER, scope=Scope.APPLICATIONS_READ),
    "api_applications.Withdrawals": only(ANNOTATOR, scope=Scope.APPLICATIONS_WRITE),
    "api_applications.Acceptances": only(MANAGER, scope=Scope.APPLICATIONS_WRITE),
    "api_applications.Declines": only(MANAGER, scope=Scope.APPLICATIONS_WRITE),
    "api_applications.WhyNoProject": only(ANNOTATOR, scope=Scope.APPLICATIONS_READ),
    # waves
    "waves.index": only(MANAGER),
    "waves.show": only(MANAGER),
    "waves.stop": only(MANAGER),
    "GET api_waves.WavePlans": only(MANAGER, scope=Scope.INVITATIONS_READ),
    "api_waves.WavePlans": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "api_waves.OneWavePlan": only(MANAGER, scope=Scope.INVITATIONS_READ),
    "api_waves.WavePlanStops": only(MANAGER, scope=Scope.INVITATIONS_WRITE),
    "api_waves.Waves": only(MANAGER, scope=Scope.INVITATIONS_READ),
    "forecasts.show": only(MANAGER),
    "api_forecasts.Forecasts": only(MANAGER, scope=Scope.INVITATIONS_READ),
    # guidelines
    "guidelines.newest": only(ANNOTATOR, MANAGER),
    "guidelines.version": only(ANNOTATOR, MANAGER),
    "guidelines.write": only(MANAGER),
    "GET api_guidelines.Guidelines": only(ANNOTATOR, MANAGER, scope=Scope.PROJECTS_READ),
    "POST api_guidelines.Guidelines": only(MANAGER, scope=Scope.PROJECTS_WRITE),
    "api_guidelines.OneGuideline": only(ANNOTATOR, MANAGER, scope=Scope.PROJECTS_READ),
    # messages
    "messages.index": only(ANNOTATOR, MANAGER),
    "messages.thread": only(ANNOTATOR, MANAGER),
    "messages.team": only(MANAGER),
    "GET api_messages.Messages": only(ANNOTATOR, MANAGER, scope=Scope.MESSAGES_READ),
    "POST api_messages.Messages": only(ANNOTATOR, MANAGER, scope=Scope.MESSAGES_WRITE),
    "api_messages.TeamMessages": only(MANAGER, scope=Scope.MESSAGES_WRITE),
    # timesheets
    "timesheets.week": only(ANNOTATOR),
    "timesheets.edit_entry": only(ANNOTATOR),
    "timesheets.delete_entry": only(ANNOTATOR),
    "timesheets.start_timer": only(ANNOTATOR),
    "timesheets.stop_timer": only(ANNOTATOR),
    "timesheets.drop_timer": only(ANNOTATOR),
    "timesheets.hand_in": only(ANNOTATOR),
    "GET api_timesheets.TimeEntries": only(ANNOTATOR, scope=Scope.TIME_READ),
    "POST api_timesheets.TimeEntries": only(ANNOTATOR, scope=Scope.TIME_WRITE),
    "GET api_timesheets.OneTimeEntry": only(ANNOTATOR, scope=Scope.TIME_READ),
    "api_timesheets.OneTimeEntry": only(ANNOTATOR, scope=Scope.TIME_WRITE),
    "GET api_timesheets.RunningTimer": only(ANNOTATOR, scope=Scope.TIME_READ),
    "api_timesheets.RunningTimer": only(ANNOTATOR, scope=Scope.TIME_WRITE),
    "GET api_timesheets.Timesheets": only(ANNOTATOR, MANAGER, scope=Scope.TIME_READ),
    "POST api_timesheets.Timesheets": only(ANNOTATOR, scope=Scope.TIME_WRITE),
    # payees
    "payees.own": only(ANNOTATOR),
    "payees.end": only(ANNOTATOR),
    "payees.terms": only(MANAGER, ADMIN),
    "GET api_payees.PayoutMethods": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    "api_payees.PayoutMethods": only(ANNOTATOR, scope=Scope.PAYOUTS_WRITE),
    "api_payees.PayoutMethodEnds": only(ANNOTATOR, scope=Scope.PAYOUTS_WRITE),
    "GET api_payees.OrganisationTerms": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_READ),
    "api_payees.OrganisationTerms": only(MANAGER, ADMIN, scope=Scope.ORGANISATION_WRITE),
    # disputes
    "disputes.index": only(ANNOTATOR, MANAGER, FINANCE),
    "disputes.line": only(ANNOTATOR, MANAGER, FINANCE),
    "api_disputes.Disputes": only(ANNOTATOR, MANAGER, FINANCE, scope=Scope.TIME_READ),
    "GET api_disputes.LineInQuestion": only(ANNOTATOR, MANAGER, FINANCE, scope=Scope.TIME_READ),
    "POST api_disputes.LineInQuestion": only(ANNOTATOR, MANAGER, FINANCE, scope=Scope.TIME_WRITE),
    # budgets
    "budgets.show": only(MANAGER),
    "api_budgets.Budgets": only(MANAGER, scope=Scope.PROJECTS_READ),
    # payouts
    "payouts.approve": only(MANAGER),
    "payouts.project_time": only(MANAGER),
    "payouts.earnings": only(ANNOTATOR),
    "payouts.own_payout": only(ANNOTATOR),
    "payouts.finance": only(FINANCE, AUDITOR),
    "payouts.preview": only(FINANCE, AUDITOR),
    "payouts.owed": only(FINANCE, AUDITOR),
    "GET api_payouts.Preview": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "payouts.run": only(FINANCE, AUDITOR),
    "payouts.run_file": only(FINANCE, AUDITOR),
    "payouts.payout": only(FINANCE, AUDITOR),
    "payouts.create_run": only(FINANCE),
    "payouts.approve_run": only(FINANCE),
    "payouts.cancel_run": only(FINANCE),
    "payouts.outcome": only(FINANCE),
    "api_payouts.Decisions": only(MANAGER, scope=Scope.TIME_WRITE),
    "api_payouts.Earnings": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    "api_payouts.Payouts": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    "GET api_payouts.PayoutRuns": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "POST api_payouts.PayoutRuns": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "api_payouts.Approvals": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "api_payouts.Outcomes": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    # statements
    "statements.made_of": only(ANNOTATOR),
    "statements.index": only(ANNOTATOR),
    "statements.show": only(ANNOTATOR),
    "statements.csv_file": only(ANNOTATOR),
    "statements.pdf_file": only(ANNOTATOR),
    "statements.entry": only(ANNOTATOR),
    "statements.person_index": only(FINANCE, AUDITOR),
    "statements.person_show": only(FINANCE, AUDITOR),
    "statements.person_csv_file": only(FINANCE, AUDITOR),
    "statements.person_pdf_file": only(FINANCE, AUDITOR),
    "statements.person_entry": only(FINANCE, AUDITOR),
    "api_statements.Statements": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    "api_statements.OneStatement": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    "api_statements.StatementsOfPerson": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "api_statements.OneStatementOfPerson": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    # bankfiles
    "bankfiles.file": only(FINANCE),
    "bankfiles.write": only(FINANCE),
    "bankfiles.answers": only(FINANCE, AUDITOR),
    "bankfiles.give": only(FINANCE),
    "bankfiles.answer": only(FINANCE, AUDITOR),
    "bankfiles.apply": only(FINANCE),
    "bankfiles.resolve": only(FINANCE),
    "GET api_bankfiles.RunFile": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "POST api_bankfiles.RunFile": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "api_bankfiles.RunFileContent": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "GET api_bankfiles.Answers": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "POST api_bankfiles.Answers": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "GET api_bankfiles.OneAnswer": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "POST api_bankfiles.OneAnswer": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    "api_bankfiles.Notes": only(FINANCE, scope=Scope.PAYOUTS_WRITE),
    # ledger
    "ledger.index": only(FINANCE, AUDITOR),
    "ledger.accounts": only(FINANCE, AUDITOR),
    "ledger.entry": only(FINANCE, AUDITOR),
    "ledger.export": only(FINANCE, AUDITOR),
    "ledger.export_csv": only(FINANCE, AUDITOR),
    "ledger.own_proof": only(ANNOTATOR),
    "api_ledger.Entries": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "api_ledger.OneEntry": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "api_ledger.TrialBalance": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "api_ledger.Head": only(FINANCE, AUDITOR, scope=Scope.PAYOUTS_READ),
    "api_ledger.OwnProof": only(ANNOTATOR, scope=Scope.PAYOUTS_READ),
    # decisions
    "decisions.trail": only(ADMIN, AUDITOR),
    # home
    "home.landing": ANYONE,
    "home.dashboard": SIGNED_IN,
}


def current_account() -> Account:
    """Return the account of whoever asks; the policy has made sure that there is one."""
    account: Account = current_user._get_current_object()
    return account


def may_do(row: str) -> bool:
    """Return whether whoever asks may do *row*, a method and an endpoint such as ``"POST payouts.create_run"``."""
    method, endpoint = row.split()
    return may(current_account(), permit_of(endpoint, method))


def permit_of(endpoint: str, method: str) -> Permit | None:
    """Return the row for *endpoint* asked by *method*, or None when the table has none."""
    method = "GET" if method == "HEAD" else method
    return POLICY.get(f"{method} {endpoint}") or POLICY.get(endpoint)


def may(account: Account | None, permit: Permit | None) -> bool:
    """Return whether *account* (None: nobody signed in) holds *permit*."""
    if permit is None:
        return False
    return permit.anyone or (account is not None and account.active and bool(permit.roles & account.role_names))


def guard() -> ResponseReturnValue | None:
    """Stop a request that the table does not allow; an endpoint without a row is closed to everybody."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    permit = permit_of(request.endpoint, request.method)
    account = current_account() if current_user.is_authenticated else None
    scopes: frozenset[str] | None = g.get("token_scopes")
    if may(account, permit):
        if refusal := _second_factor_first(account, permit):
            return refusal
        wanted = permit.scope if permit else None
        if scopes is not None and wanted is not None and wanted not in scopes:
            abort(403, description=say("This token lacks the scope %(wanted)s.", wanted=wanted))
        return None
    if account is not None:
        abort(403, description=say("Your role does not allow this."))
    if request.path.startswith("/api/"):
        abort(401, description=say("Send a bearer token: Authorization: Bearer …"))
    g.refused = True
    return redirect(url_for("security.login", next=request.full_path.rstrip("?")))


def _second_factor_first(account: Account | None, permit: Permit | None) -> ResponseReturnValue | None:
    """Send staff without a second factor to where it is set up; whoever became staff is signed in without one."""
    if account is None or not account.is_staff or account.has_second_factor or not permit or permit.half:
        return None
    if permit.anyone:
        return None
    if request.path.startswith("/api/"):
        abort(403, description=say("Your role needs a second factor. Sign in on the website once to set it up."))
    g.refused = True
    flash(say("Your role needs a second factor. Set it up to go on."), "info")
    return redirect(url_for("security.two_factor_setup"))
