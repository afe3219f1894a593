"""The end of the demo month: somebody who was ranked and never worked has themself erased."""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.demo.people import PEOPLE
from marketplace.demo.stage import act
from marketplace.demo.story import Calendar, Tick, email_of
from marketplace.erasure import actions, queries
from marketplace.matches.models import Match
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.work.models import Engagement


def somebody_leaves(calendar: Calendar, tick: Tick) -> None:
    """Erase one person, unless that was done before; never one whose sign-in is printed at the start."""
    if db.session.scalar(sa.select(Account.id).where(Account.erased_at.is_not(None)).limit(1)) is None:
        ranked = sa.exists().where(Match.profile_id == AnnotatorProfile.id, Match.rank.is_not(None))
        working = sa.exists().where(Engagement.profile_id == AnnotatorProfile.id)
        printed = [email_of(person) for person in PEOPLE[:3]]
        statement = sa.select(Account).join(AnnotatorProfile, AnnotatorProfile.account_id == Account.id)
        statement = statement.where(AnnotatorProfile.state == ProfileState.QUALIFIED, ranked, ~working)
        for account in db.session.scalars(statement.where(Account.email.not_in(printed)).order_by(Account.id.desc())):
            if account.role_names == {RoleName.ANNOTATOR} and not queries.preview_of(account).blocks:
                act(calendar.now - timedelta(minutes=30), partial(actions.erase, account))
                break
    tick()
