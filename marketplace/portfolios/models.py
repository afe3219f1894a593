"""The public pages of annotators who want one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Moment, foreign
from marketplace.portfolios.rules import Part
from marketplace.profiles.models import AnnotatorProfile


class Portfolio(Base):
    """A page that whoever has its link may see; *key*: the end of that link.  Without a row there is no page."""

    __tablename__ = "portfolio"
    __table_args__ = (
        sa.CheckConstraint(
            f"parts <@ ARRAY[{', '.join(repr(str(part)) for part in Part)}]::varchar[]", name="known_parts"
        ),
        sa.CheckConstraint("length(key) >= 22", name="long_key"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", unique=True, index=False)
    key: Mapped[str] = mapped_column(unique=True)
    headline: Mapped[str] = mapped_column(default="")
    parts: Mapped[list[str]] = mapped_column(ARRAY(sa.String))
    published_at: Mapped[Moment]

    profile: Mapped[AnnotatorProfile] = relationship()
