"""The database handle, the base of every table, and the column types that features share."""

import datetime as dt
import enum
from collections.abc import Iterable
from typing import Annotated, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

from marketplace import clock

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)]
Moment = Annotated[dt.datetime, mapped_column(sa.DateTime(timezone=True), default=clock.now)]


class Base(DeclarativeBase):
    """The parent of every table."""

    # A type map on the class itself makes Flask-SQLAlchemy 3.1 raise; on the registry it works.
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={
            dt.datetime: sa.DateTime(timezone=True),
            str: sa.Text,
            int: sa.BigInteger,
        },
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def words(enumeration: type[enum.Enum], name: str) -> sa.Enum:
    """Return a text column type that holds only the values of *enumeration*; *name* names its check."""
    return sa.Enum(
        enumeration,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name,
        values_callable=lambda kind: [str(member.value) for member in kind],
    )


def among(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that *column*, a bigint, is one of *ids*, however many there are.

    They go to the database as one array; ``in_`` sends a parameter each, of which a statement holds at most 65,535.
    """
    found: sa.ColumnElement[bool] = column == sa.any_(sa.literal(list(ids), ARRAY(sa.BigInteger)))
    return found


def foreign(target: str, **options: Any) -> Any:
    """Return an indexed bigint column that points at *target*, such as ``"project.id"``."""
    ondelete = options.pop("ondelete", None)
    options.setdefault("index", True)
    return mapped_column(sa.BigInteger, sa.ForeignKey(target, ondelete=ondelete), **options)
