"""Who may do what, written down once more by hand, apart from the policy table, so that a slip there is found."""

ANYONE = """
    static security.static security.login security.register security.forgot_password security.reset_password
    security.send_confirmation security.confirm_email security.change_email_confirm security.two_factor_setup
    security.two_factor_token_validation security.tf_select security.mf_recovery security.wan_signin
    security.wan_signin_response security.logout documents.page api-docs.openapi_json operations.health
    operations.ready applications.open_projects applications.open_project api_applications.OpenProjects
    api_applications.OneOpenProject home.landing
    api_accounts.Accounts api_accounts.Confirmations POST:api_accounts.Tokens portfolios.show
    api_portfolios.Portfolios notifications.unsubscribe
"""
SIGNED_IN = """
    security.change_password security.change_email security.mf_recovery_codes security.wan_register
    security.wan_register_response security.wan_delete accounts.own own_data.show own_data.take api_own_data.OwnData
    erasure.show api_erasure.Erasure
    accounts.tokens accounts.end_token
    accounts.end_session GET:api_accounts.Tokens api_accounts.OneToken api_accounts.WhoAmI organisations.join
    api_organisations.Memberships home.dashboard notifications.index notifications.preferences notifications.read_all
    api_notifications.Notifications api_notifications.Readings api_notifications.Preferences
    notifications.open_one api_notifications.OneReading
"""
WITHOUT_SECOND_FACTOR = """
    security.verify security.two_factor_setup_validate security.wan_verify security.wan_verify_response
"""
NOBODY = "security.two_factor_rescue"
ANNOTATOR = """
    profiles.edit profiles.resume profiles.resume_state profiles.resume_file profiles.submit profiles.withdraw
    profiles.pause profiles.unpause readings.answer api_readings.FoundFacts
    api_readings.OneFoundFact api_profiles.OwnProfile api_profiles.ProfileHistory
    api_profiles.Submission api_profiles.Pause
    api_profiles.OwnResumes api_profiles.OwnResume invitations.inbox invitations.show invitations.decline
    invitations.reopen api_invitations.Reopenings
    api_invitations.Declines work.accept work.mine work.leave api_work.Acceptances timesheets.week
    timesheets.edit_entry timesheets.delete_entry timesheets.start_timer timesheets.stop_timer timesheets.drop_timer
    timesheets.hand_in api_timesheets.TimeEntries api_timesheets.OneTimeEntry api_timesheets.RunningTimer
    POST:api_timesheets.Timesheets payouts.earnings payouts.own_payout api_payouts.Earnings api_payouts.Payouts
    ledger.own_proof api_ledger.OwnProof
    applications.apply applications.mine applications.show applications.withdraw applications.why_no_project
    api_applications.OwnStanding api_applications.ProjectApplications api_applications.Withdrawals
    api_applications.WhyNoProject
    statements.made_of
    statements.index statements.show statements.csv_file statements.pdf_file statements.entry
    api_statements.Statements api_statements.OneStatement
    portfolios.own portfolios.replace_link portfolios.take_down api_portfolios.OwnPortfolio
    api_portfolios.PortfolioLinks
    payees.own payees.end api_payees.PayoutMethods api_payees.PayoutMethodEnds
"""
MANAGER = """
    projects.index projects.new projects.show projects.edit projects.move api_projects.Projects
    api_projects.OneProject api_projects.ProjectMoves projects.duplicate api_projects.Copies
    searches.search api_searches.Searches
    shortlists.index shortlists.mark shortlists.note api_shortlists.Marks api_shortlists.OneMark api_shortlists.Notes
    matches.compare matches.runs matches.run matches.similar
    api_matches.PeopleReached
    waves.index waves.show waves.stop api_waves.WavePlans api_waves.OneWavePlan api_waves.WavePlanStops api_waves.Waves
    budgets.show api_budgets.Budgets
    forecasts.show api_forecasts.Forecasts invitations.invite_top api_invitations.TopInvitations
    invitations.matches invitations.invite invitations.of_project invitations.withdraw api_invitations.Matches
    api_invitations.ProjectInvitations api_invitations.Withdrawals work.team work.member work.pause work.resume
    messages.team api_messages.TeamMessages guidelines.write POST:api_guidelines.Guidelines
    work.end work.change_rate payouts.approve payouts.project_time api_payouts.Decisions organisations.index
    api_organisations.Organisations webhooks.index webhooks.show webhooks.replace_secret webhooks.test
    webhooks.delete webhooks.send_again api_webhooks.Webhooks api_webhooks.OneWebhook api_webhooks.Secrets
    api_webhooks.Tests api_webhooks.Deliveries api_webhooks.Replays organisations.programs organisations.end_program
    api_organisations.ServiceTokens api_organisations.OneServiceToken applications.preview
    applications.to_answer applications.of_project
    applications.one_of_project applications.accept applications.decline api_applications.Acceptances
    api_applications.Declines
"""
BOTH = """
    api_invitations.Invitations api_invitations.OneInvitation api_work.Engagements api_work.OneEngagement
    GET:api_timesheets.Timesheets api_applications.Applications api_applications.OneApplication
    messages.index messages.thread api_messages.Messages guidelines.newest guidelines.version
    GET:api_guidelines.Guidelines api_guidelines.OneGuideline
"""
WHOEVER_DISPUTES = "disputes.index disputes.line api_disputes.Disputes api_disputes.LineInQuestion"
MANAGER_AND_ADMIN = """
    organisations.show organisations.invite_again organisations.withdraw organisations.set_owner organisations.remove
    organisations.set_review_days
    api_organisations.OneOrganisation api_organisations.Members api_organisations.OneMember
    api_organisations.MemberInvitations api_organisations.OneMemberInvitation
    payees.terms api_payees.OrganisationTerms
"""
FINANCE = "payouts.create_run payouts.approve_run payouts.cancel_run payouts.outcome POST:api_payouts.PayoutRuns"
FINANCE += " api_payouts.Approvals api_payouts.Outcomes bankfiles.file bankfiles.write bankfiles.give bankfiles.apply"
FINANCE += " bankfiles.resolve POST:api_bankfiles.RunFile api_bankfiles.RunFileContent POST:api_bankfiles.Answers"
FINANCE += " POST:api_bankfiles.OneAnswer api_bankfiles.Notes"
FINANCE_AND_AUDITOR = """
    payouts.finance payouts.run payouts.run_file payouts.payout GET:api_payouts.PayoutRuns
    payouts.preview payouts.owed GET:api_payouts.Preview
    bankfiles.answers bankfiles.answer GET:api_bankfiles.RunFile GET:api_bankfiles.Answers
    GET:api_bankfiles.OneAnswer
    statements.person_index statements.person_show statements.person_csv_file statements.person_pdf_file
    statements.person_entry api_statements.StatementsOfPerson api_statements.OneStatementOfPerson
    ledger.index ledger.accounts ledger.entry ledger.export ledger.export_csv api_ledger.Entries api_ledger.OneEntry
    api_ledger.TrialBalance api_ledger.Head
"""
ADMIN = """
    accounts.change_role accounts.change_active accounts.reset_second_factor POST:accounts.organisations
    accounts.add_member operations.rerun operations.outbox operations.send_again POST:profiles.review
    api_profiles.Decision
"""
ADMIN_AND_AUDITOR = """
    accounts.people GET:accounts.organisations operations.show_metrics operations.system profiles.queue
    GET:profiles.review api_profiles.Profiles api_profiles.SubmittedProfile decisions.trail
"""
# What only owners of the organisation do, of its members.
OWNERS = """
    POST:organisations.show organisations.invite_again organisations.withdraw organisations.set_owner
    organisations.set_review_days PATCH:api_organisations.OneOrganisation
    organisations.remove api_organisations.OneMember POST:api_organisations.MemberInvitations
    api_organisations.OneMemberInvitation POST:webhooks.index POST:webhooks.show webhooks.replace_secret webhooks.test
    webhooks.delete webhooks.send_again POST:api_webhooks.Webhooks PATCH:api_webhooks.OneWebhook
    POST:organisations.programs organisations.end_program POST:api_organisations.ServiceTokens
    api_organisations.OneServiceToken DELETE:api_webhooks.OneWebhook api_webhooks.Secrets api_webhooks.Tests
    api_webhooks.Replays POST:payees.terms PUT:api_payees.OrganisationTerms
"""
# What is open to everybody with the role, whoever runs it.
PUBLIC = "applications.apply api_applications.ProjectApplications api_applications.OwnStanding"
TABLE: dict[str, frozenset[str]] = {}
for _rows, _roles in (
    (ANYONE, "anyone"),
    (SIGNED_IN, "annotator manager reviewer finance admin auditor"),
    (WITHOUT_SECOND_FACTOR, "annotator manager reviewer finance admin auditor half"),
    (NOBODY, ""),
    (ANNOTATOR, "annotator"),
    (MANAGER, "manager"),
    (BOTH, "annotator manager"),
    (MANAGER_AND_ADMIN, "manager admin"),
    (WHOEVER_DISPUTES, "annotator manager finance"),
    (FINANCE, "finance"),
    (FINANCE_AND_AUDITOR, "finance auditor"),
    (ADMIN, "admin"),
    (ADMIN_AND_AUDITOR, "admin auditor"),
):
    for _row in _rows.split():
        assert _row not in TABLE, _row
        TABLE[_row] = frozenset(_roles.split())


def who_may(endpoint: str, method: str) -> frozenset[str] | None:
    """Return the roles that may, ``anyone`` among them for everybody, or None where the table has no row."""
    return TABLE.get(f"{method}:{endpoint}", TABLE.get(endpoint))


def owners_only(endpoint: str, method: str) -> bool:
    """Return whether of the members of an organisation only its owners may."""
    rows = OWNERS.split()
    return endpoint in rows or f"{method}:{endpoint}" in rows


def is_public(endpoint: str) -> bool:
    """Return whether the things asked for are nobody's own."""
    return endpoint in PUBLIC.split()
