"""The reads of messages: a thread, the newest of each of my threads, and whom an answer goes to."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from marketplace.accounts.models import Account, Membership
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.messages.models import Message
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.words import say
from marketplace.work.models import Engagement
from marketplace.work.queries import team_of
from marketplace.work.rules import SEATED


def thread_of(engagement: Engagement) -> sa.Select[Any]:
    """Return the messages of one engagement, with who wrote them."""
    return sa.select(Message).where(Message.engagement_id == engagement.id).options(joinedload(Message.sender))


def newest_by_thread(account: Account) -> sa.Select[Any]:
    """Return the newest message of each thread that *account* takes part in or manages."""
    one = aliased(Message)
    newest = sa.select(sa.func.max(one.id)).where(one.engagement_id == Engagement.id).scalar_subquery()
    # From the engagements to their newest message: never through everybody's messages.
    found = sa.select(Message).select_from(Engagement).join(Engagement.profile).join(Engagement.project)
    found = found.join(Message, Message.id == newest)
    own = sa.select(Engagement.id).join(Engagement.profile).where(AnnotatorProfile.account_id == account.id)
    managed = sa.select(Engagement.id).join(Engagement.project).where(managed_by(account))
    found = found.where(Engagement.id.in_(own.union(managed)))
    whole = contains_eager(Message.engagement)
    person = whole.contains_eager(Engagement.profile)
    return found.options(
        whole.contains_eager(Engagement.project),
        person.joinedload(AnnotatorProfile.account),
        joinedload(Message.sender),
    )


def newest_messages(account: Account, limit: int = 3) -> list[Message]:
    """Return the newest message of each of the newest threads."""
    return list(db.session.scalars(newest_by_thread(account).order_by(Message.id.desc()).limit(limit)))


def is_begun(engagement: Engagement) -> bool:
    """Return whether anybody has written: a manager is always the first."""
    return db.session.scalar(sa.select(Message.id).where(Message.engagement_id == engagement.id).limit(1)) is not None


def seated_of(project: Project, engagement_ids: list[int] | None) -> list[Engagement]:
    """Return those under engagement on *project*, all of them or those of *engagement_ids*.

    Raises Refused where one of those is none, or nobody is left.
    """
    statement = team_of(project).where(Engagement.state.in_(SEATED)).order_by(Engagement.id)
    team: list[Engagement] = list(db.session.scalars(statement))
    if engagement_ids is not None:
        chosen = [one for one in team if one.id in engagement_ids]
        if len(chosen) != len(set(engagement_ids)):
            raise Refused(
                say("Somebody you chose is not on this project any more. Choose again."), field="engagement_ids"
            )
        team = chosen
    if not team:
        raise Refused(say("Nobody is on this project to write to."))
    return team


def readers_of_answer(engagement: Engagement) -> list[Account]:
    """Return whom an answer is told to: the managers who wrote in the thread and still manage the project."""
    members = sa.select(Account).join(Membership, Membership.account_id == Account.id)
    members = members.where(
        Membership.organisation_id == engagement.project.organisation_id,
        Account.active,
        Account.service_of.is_(None),
    )
    wrote = sa.select(Message.sender_id).where(Message.engagement_id == engagement.id)
    writers = list(db.session.scalars(members.where(Account.id.in_(wrote)).order_by(Account.id)))
    return writers or list(db.session.scalars(members.order_by(Account.id)))
