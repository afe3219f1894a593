"""What erasing somebody would do: records by fate, what is ended, what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import money
from marketplace.accounts.models import Account
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.db import db
from marketplace.erasure.rules import TREATED, Block, Fate, Money, blocks_of
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN
from marketplace.own_data.queries import counts_of, find_profile_id
from marketplace.own_data.rules import HELD
from marketplace.payouts.models import LedgerAccount, Payout, PayoutRun
from marketplace.payouts.rules import LedgerKind, PayoutState, RunState
from marketplace.timesheets.models import TimeEntry, Timer
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState


@dataclass(frozen=True, slots=True)
class Kind:
    """The records of one table: what they are, how many there are, and what becomes of them."""

    name: str
    held: str
    count: int
    fate: Fate
    words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What erasing would do now; *blocks* has to be empty for it to be done."""

    kinds: list[Kind]
    invitations: Sequence[Invitation]
    applications: Sequence[Application]
    engagements: Sequence[Engagement]
    blocks: list[Block]

    def of(self, *fates: str) -> list[Kind]:
        """Return the kinds of records with one of *fates* that there are any of."""
        return [kind for kind in self.kinds if kind.fate in fates and kind.count]


def preview_of(account: Account) -> Preview:
    """Return what erasing *account* would do now."""
    profile_id = find_profile_id(account)
    counts = counts_of(account, profile_id)
    kinds = [Kind(name, HELD[name], counts[name], one.fate, one.words) for name, one in TREATED.items()]
    return Preview(
        kinds,
        open_invitations(profile_id),
        waiting_applications(profile_id),
        live_engagements(profile_id),
        blocks(account, profile_id),
    )


def blocks(account: Account, profile_id: int) -> list[Block]:
    """Return what stands in the way of erasing *account*."""
    return blocks_of(account.role_names, unsettled(profile_id))


def project_ids(profile_id: int) -> sa.CompoundSelect[tuple[int]]:
    """Return the projects that somebody is invited to, has applied to, or works on."""
    invited = sa.select(Invitation.project_id).where(Invitation.profile_id == profile_id, Invitation.state.in_(OPEN))
    working = sa.select(Engagement.project_id).where(
        Engagement.profile_id == profile_id, Engagement.state != EngagementState.ENDED
    )
    applied = sa.select(Application.project_id).where(
        Application.profile_id == profile_id, Application.state == ApplicationState.SUBMITTED
    )
    return sa.union(invited, applied, working)


def open_invitations(profile_id: int) -> Sequence[Invitation]:
    """Return the invitations that wait for an answer or a seat."""
    own = sa.select(Invitation).where(Invitation.profile_id == profile_id, Invitation.state.in_(OPEN))
    return db.session.scalars(own.options(joinedload(Invitation.project)).order_by(Invitation.id)).all()


def waiting_applications(profile_id: int) -> Sequence[Application]:
    """Return the applications that nobody has answered."""
    own = sa.select(Application).where(
        Application.profile_id == profile_id, Application.state == ApplicationState.SUBMITTED
    )
    return db.session.scalars(own.options(joinedload(Application.project)).order_by(Application.id)).all()


def live_engagements(profile_id: int) -> Sequence[Engagement]:
    """Return the engagements that have not ended."""
    own = sa.select(Engagement).where(Engagement.profile_id == profile_id, Engagement.state != EngagementState.ENDED)
    return db.session.scalars(own.options(joinedload(Engagement.project)).order_by(Engagement.id)).all()


def unsettled(profile_id: int) -> Money:
    """Return what of somebody's work is not settled yet."""
    entries = sa.select(TimeEntry.state, sa.func.count()).where(TimeEntry.profile_id == profile_id)
    lines = dict(iter(db.session.execute(entries.group_by(TimeEntry.state))))
    payable = sa.select(LedgerAccount.balance_minor, LedgerAccount.currency).where(
        LedgerAccount.kind == LedgerKind.PAYABLE, LedgerAccount.owner_id == profile_id, LedgerAccount.balance_minor != 0
    )
    # Payouts of a run that was cancelled stay pending for ever.
    going = sa.or_(Payout.state == PayoutState.IN_TRANSIT, PayoutRun.state == RunState.DRAFT)
    own = sa.select(sa.func.count(Payout.id)).join(Payout.run).where(Payout.profile_id == profile_id)
    return Money(
        timer_running=db.session.scalar(sa.select(Timer.id).where(Timer.profile_id == profile_id)) is not None,
        recorded=lines.get(EntryState.RECORDED, 0),
        submitted=lines.get(EntryState.SUBMITTED, 0) + lines.get(EntryState.DISPUTED, 0),
        owed=tuple(money.written(-balance, currency) for balance, currency in db.session.execute(payable)),
        under_way=db.session.scalar(own.where(going)) or 0,
    )
