"""The end of the demo month: managers write to teams, mark and note people, look for words; somebody publishes."""

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.demo.inviting import find_project, manager_of
from marketplace.demo.people import PEOPLE
from marketplace.demo.projects import SCRIPTS
from marketplace.demo.stage import act
from marketplace.demo.story import Calendar, Tick, email_of
from marketplace.guidelines import actions as guidelines
from marketplace.guidelines.queries import find_newest
from marketplace.invitations.models import Invitation
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.messages import actions as messages
from marketplace.messages.models import Message
from marketplace.portfolios import actions as portfolios
from marketplace.portfolios.rules import Part
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.searches import actions as searches
from marketplace.shortlists import actions as shortlists
from marketplace.shortlists.models import CandidateMark
from marketplace.shortlists.rules import Mark, NotChosenReason
from marketplace.work.models import Engagement
from marketplace.work.rules import SEATED

GUIDELINES = """\
# How to work

1. Read the question, then the whole answer.
2. Decide before you look at what others say.
3. Give a **reason** in a full sentence: what is right, what is wrong, where.

| Mark | When |
|---|---|
| Good | Nothing has to be changed |
| Fair | One thing is wrong, and the rest can be used |
| Poor | It misleads whoever relies on it |
"""
ADDED = """
## Sources

- A source that is no longer there: write its address into the reason, and mark the answer by what can be checked.
"""
TO_ALL = "The second half of the answers is longer than the first. Take the time they need, and log it."
BACK = "Thank you. Two of mine quote sources that are no longer there: I have noted which."
NOTE = "Asked good questions about the guidelines on the last project."


def people_talk(calendar: Calendar, tick: Tick) -> None:
    """Let it all happen once on each active project, unless it did."""
    for number, script in enumerate(SCRIPTS):
        tick()
        project = find_project(script)
        if project is not None and project.state is ProjectState.ACTIVE:
            when = calendar.now - timedelta(days=2, hours=number)
            _guide(project, manager_of(script), when - timedelta(days=9))
            _write(project, manager_of(script), when)
            _mark(project, manager_of(script), when + timedelta(minutes=20))
    _publish(calendar.now - timedelta(days=1))


def _guide(project: Project, manager: Account, when: datetime) -> None:
    if find_newest(project.id) is None:
        first = partial(guidelines.write_version, project, GUIDELINES, "", 0, by=manager)
        act(when, first)
        longer, change = f"{GUIDELINES}{ADDED}", "What to do with sources that are no longer there."
        act(when + timedelta(days=6), partial(guidelines.write_version, project, longer, change, 1, by=manager))


def _write(project: Project, manager: Account, when: datetime) -> None:
    seated = sa.select(Engagement).where(Engagement.project_id == project.id, Engagement.state.in_(SEATED))
    team = db.session.scalars(seated.order_by(Engagement.id)).all()
    written = db.session.scalar(
        sa.select(Message.id).join(Message.engagement).where(Engagement.project_id == project.id)
    )
    if team and written is None:
        act(when, partial(messages.write_to_team, project, TO_ALL, by=manager))
        act(when + timedelta(hours=2), partial(messages.write, team[0], BACK, by=team[0].profile.account))


def _mark(project: Project, manager: Account, when: datetime) -> None:
    if db.session.scalar(sa.select(CandidateMark.id).where(CandidateMark.project_id == project.id)) is not None:
        return
    run = act(when, partial(make_match_run, project, manager))
    invited = sa.select(Invitation.profile_id).where(Invitation.project_id == project.id)
    rows = sa.select(Match).where(Match.run_id == run.id, Match.rank.is_not(None), Match.profile_id.not_in(invited))
    left = db.session.scalars(rows.order_by(Match.rank)).all()
    for match in left[:2]:
        act(when, partial(shortlists.mark_candidate, project, match.id, Mark.SHORTLISTED, None, "", by=manager))
        act(when, partial(shortlists.add_note, project, match.id, NOTE, by=manager))
    for match in left[3:4]:
        why = NotChosenReason.EXPERIENCE
        act(when, partial(shortlists.mark_candidate, project, match.id, Mark.NOT_CHOSEN, why, "", by=manager))
    act(when, partial(searches.start_search, project, "Checked sources of news and claims", by=manager))


def _publish(when: datetime) -> None:
    own = sa.select(AnnotatorProfile).join(AnnotatorProfile.account).where(Account.email == email_of(PEOPLE[0]))
    profile = db.session.scalars(own).one()
    if profile.state is ProfileState.QUALIFIED:
        act(when, partial(portfolios.publish, profile, "Rates and compares answers in Chinese and English", list(Part)))
