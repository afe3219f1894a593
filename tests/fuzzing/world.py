"""A world in which every role has something to ask for: work, hours, money, an open invitation, people to decide."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions as applications
from marketplace.bankfiles import actions as bankfiles
from marketplace.db import db
from marketplace.guidelines import actions as guidelines
from marketplace.invitations import actions as invitations
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.messages import actions as messages
from marketplace.payees import actions as payees
from marketplace.payees.rules import Schedule, ScheduleKind, Terms
from marketplace.payouts import actions as payouts
from marketplace.payouts.rules import PayoutState
from marketplace.portfolios import actions as portfolios
from marketplace.portfolios.rules import Part
from marketplace.profiles.models import Resume
from marketplace.profiles.rules import ProfileState, ResumeState
from marketplace.searches import actions as searches
from marketplace.shortlists import actions as shortlists
from marketplace.shortlists.rules import Mark
from marketplace.timesheets import actions as hours
from marketplace.waves import actions as waves
from tests import build
from tests.bankfiles.banks import UNKNOWN_PAYMENT, csv_of
from tests.payouts.books import TUESDAY, appealed, approved, approved_run, boss_of, seat


def make() -> dict[RoleName, Account]:
    """Make the world, commit, and give one person of each role."""
    on = seat()
    approved(on, 60, 30)
    run = approved_run()
    bankfiles.write_file(run.id, by=boss_of(on))
    payouts.record_outcome(
        run.payouts[0].id, PayoutState.FAILED, reason="Account closed", by=build.account(RoleName.FINANCE)
    )
    said = bankfiles.keep_answer(run.id, csv_of([UNKNOWN_PAYMENT]), by=boss_of(on))
    answer = bankfiles.apply_answer(run.id, said, by=boss_of(on))
    bankfiles.resolve(answer.rows[0].id, "A payment of ours to somebody else.", by=boss_of(on))
    later = TUESDAY.replace(day=17)
    hours.log_time(on.profile, on.id, later, later.replace(hour=2))
    hours.start_timer(on.profile, on.id)
    manager = boss_of(on)
    appealed(on, 1, by=boss_of(on))
    project = build.project(on.project.organisation, by=manager)
    matches = make_match_run(project, manager)
    best = db.session.scalars(sa.select(Match.id).where(Match.run_id == matches.id)).first()
    for number, text in enumerate(("# Rate\n\nRead the whole answer.", "# Rate\n\nRead the whole answer, twice.")):
        guidelines.write_version(on.project, text, "Twice.", number, by=manager)
        guidelines.write_version(project, text, "Twice.", number, by=manager)
    messages.write(on, "Please look at the new guidelines.", by=manager)
    messages.write(on, "I did.", by=on.profile.account)
    searches.start_search(project, "radiology reports", by=manager)
    shortlists.mark_candidate(project, best or 0, Mark.SHORTLISTED, None, "Asks well.", by=manager)
    shortlists.add_note(project, best or 0, "Knows the subject.", by=manager)
    invitations.invite(project, [best or 0], by=manager)
    build.project(gates=[{"gate": "degree", "level": 8, "in_progress_is_enough": False}])  # to apply to
    for _ in range(2):
        applications.apply(build.project(on.project.organisation, by=manager).id, "Gladly.", on.profile.account)
    waves.look(waves.start_plan(project, _rule(), by=manager).id)
    portfolios.publish(on.profile, "Rates answers.", list(Part))
    payees.pay_to_account(on.profile, "Person One", "DE89 3704 0044 0532 0130 00")
    payees.pay_to_account(on.profile, "Person One", "GB82 WEST 1234 5698 7654 32")
    payees.set_terms(on.project.organisation, Terms(5000, "USD", Schedule(ScheduleKind.WEEKLY, 5)), by=manager)
    build.profile(state=ProfileState.SUBMITTED, submitted_at=clock.now())
    db.session.scalars(sa.select(Resume).filter_by(profile_id=on.profile.id)).one().facts = [build.FOUND]
    _refused_resume(on.profile.id)
    others = {role: build.account(role) for role in set(RoleName) - {RoleName.ANNOTATOR, RoleName.MANAGER}}
    db.session.commit()
    return {RoleName.ANNOTATOR: on.profile.account, RoleName.MANAGER: manager, **others}


def _rule() -> dict[str, Any]:
    deadline = clock.now() + timedelta(days=3)
    return {
        "seats": 2,
        "deadline": deadline,
        "bound_percent": 5,
        "invitation_hours": 24,
        "most_rank": 9,
        "most_open": 3,
    }


def _refused_resume(profile_id: int) -> None:
    db.session.add(
        Resume(
            profile_id=profile_id,
            is_current=False,
            state=ResumeState.REFUSED,
            refusal_code="no_text",
            filename="scan.pdf",
            kind="pdf",
            size=1000,
            sha256="0" * 64,
            storage_key="none",
            uploaded_at=clock.now(),
        )
    )
