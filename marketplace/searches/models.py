"""What managers search for among the people who pass the gates of a project."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from marketplace.db import Base, Id, Moment, foreign


class PeopleSearch(Base):
    """A text that somebody looked for among the people for one project; asked again, it is the same row."""

    __tablename__ = "people_search"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "text"),
        sa.CheckConstraint("text <> ''", name="said"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False)
    text: Mapped[str]
    asked_by: Mapped[int] = foreign("account.id", index=False)
    asked_at: Mapped[Moment]
