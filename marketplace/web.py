"""What every door shares: commit once, read a form or a list request, show a page."""

import enum
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import flash, g, has_request_context, render_template, request
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.routing import IntegerConverter, Map

from marketplace.db import db
from marketplace.errors import Refused
from marketplace.words import say

PAGE_SIZE = 50
DEEPEST_NAME = 8
ROW_NUMBER = re.compile(r"[0-9]{1,6}")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

page = render_template


def commit() -> None:
    """Make the request's one promise: everything it did is on disk, or nothing is."""
    if g.get("commit_later"):
        db.session.flush()
        db.session.expire_all()
        g.commit_wanted = True
    else:
        # A page that only notes that it was seen need not read everything again.
        db.session().expire_on_commit = not (has_request_context() and request.method == "GET")
        db.session.commit()


def commit_later() -> None:
    """Let :func:`commit` only note that it was asked for: whoever says so commits when the answer is made."""
    g.commit_later = True


class RowId(IntegerConverter):
    """A row's number in an address; what is beyond a bigint is not there."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": 2**63 - 1, **options})


def words_only(text: str) -> None:
    """Refuse NUL and halves of surrogate pairs, which JSON can carry and PostgreSQL cannot store."""
    if UNSTORABLE.search(text):
        raise ValidationError(say("This holds a character that cannot be stored."))


class Text(fields.String):
    """A text of *at_least* to *at_most* characters, trimmed, of characters that can be stored."""

    def __init__(self, at_most: int, at_least: int = 0, **options: Any) -> None:
        super().__init__(validate=[validate.Length(at_least, at_most), words_only], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return text.strip() if isinstance(text, str) else text


class Shape(Schema):
    """The parent of every request shape: what it does not know, it refuses."""

    class Meta:
        unknown = RAISE


class Newest(enum.StrEnum):
    """The order of a list: by id, which grows with time."""

    FIRST, LAST = "-id", "id"


class ListQuery(Shape):
    """How a list is asked for: *limit* rows after *cursor* (the ``next_cursor`` of the page before), newest first."""

    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(1, 200))
    cursor = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 2**62))
    sort = fields.Enum(Newest, by_value=fields.String, load_default=Newest.FIRST)


def list_query() -> dict[str, Any]:
    """Return how a page asks for its list; what else stands in its address is not the list's business."""
    query: dict[str, Any] = ListQuery(unknown=EXCLUDE).load(request.args)
    return query


def in_state(states: type[enum.StrEnum], parent: type[ListQuery] = ListQuery) -> type[ListQuery]:
    """Return the query of a list of which only what is in one of *states* may be asked for."""
    state = fields.Enum(states, by_value=fields.String, load_default=None)
    return type(f"{states.__name__}Query", (parent,), {"state": state, "__doc__": "A list, of one state where asked."})


@cache
def listing(item: type[Schema]) -> type[Schema]:
    """Return the shape of one page of a list: ``items`` and the ``next_cursor``, null on the last page."""
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next_cursor": fields.Integer(allow_none=True)},
        name=item.__name__.removesuffix("Shape") + "List",
    )


def listed(statement: sa.Select[Any], key: InstrumentedAttribute[int], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of *statement*, newest first by *key* or the other way round, as :func:`listing` shows it."""
    if query.get("state") is not None:
        statement = statement.where(key.class_.state == query["state"])
    oldest_first = query.get("sort") is Newest.LAST
    if query["cursor"] is not None:
        statement = statement.where(key > query["cursor"] if oldest_first else key < query["cursor"])
    rows = list(db.session.scalars(statement.order_by(key if oldest_first else key.desc()).limit(query["limit"] + 1)))
    more = len(rows) > query["limit"]
    rows = rows[: query["limit"]]
    return {"items": rows, "next_cursor": getattr(rows[-1], key.key) if more else None}


class Form:
    """A submitted or fresh HTML form: its values, its errors, and the answer's status.

    Names may be dotted: ``languages.0.tag`` is the tag of the first row of *languages*.
    A button named ``_add`` (value: the list's name) asks for one more row, ``_remove`` (``languages.2``) for one less,
    ``_count`` for what is counted beside the form; none of them submits it.
    """

    def __init__(self, schema: type[Schema], initial: Mapping[str, Any]) -> None:
        self._schema = schema
        self._posted = request.method == "POST"
        self.adding = request.form.get("_add", "") if self._posted else ""
        removing = request.form.get("_remove", "") if self._posted else ""
        self.counting = self._posted and "_count" in request.form
        self.submitted = self._posted and not self.adding and not removing and not self.counting
        self._values: Mapping[str, Any] = _nested(request.form, removing) if self._posted else initial
        self.errors: list[tuple[str, str]] = []

    @property
    def status(self) -> int:
        """422 when the form was handed in with mistakes, else 200."""
        return 422 if self.errors else 200

    def load(self) -> Any:
        """Return what the schema makes of the form; raises ValidationError."""
        return self._schema().load(dict(self._values))

    def value(self, name: str) -> Any:
        """Return what stands in the field *name*, or an empty text."""
        found: Any = self._values
        for part in name.split("."):
            if isinstance(found, list):
                found = found[int(part)] if int(part) < len(found) else ""
            elif isinstance(found, Mapping):
                found = found.get(part, "")
            else:
                return ""
        return "" if found is None else found

    def rows(self, name: str, at_least: int = 1) -> range:
        """Return the row numbers to show of the list *name*, one more when that was asked for."""
        rows = self.value(name)
        count = len(rows) if isinstance(rows, list) else 0
        return range(max(at_least, count + (self.adding == name)))

    def errors_for(self, name: str) -> list[str]:
        """Return the messages that stand beside the field *name*."""
        return [message for field, message in self.errors if field == name]


@contextmanager
def form(schema: type[Schema], initial: Mapping[str, Any] | None = None) -> Iterator[Form]:
    """Give the form of this request; a refusal inside the block becomes its errors and undoes the rows."""
    given = Form(schema, initial or {})
    try:
        yield given
    except ValidationError as error:
        db.session.rollback()
        given.errors = list(flat_errors(error.normalized_messages()))
    except Refused as error:
        db.session.rollback()
        given.errors = [(error.field or "", error.message)]


def flash_errors(form: Form) -> None:
    """Say on the next page what was wrong with *form*, where the form itself is not shown again."""
    for _, message in form.errors:
        flash(message, "error")


def flat_errors(messages: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give (dotted field, message) for every message of a marshmallow error."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            own = "" if key == "_schema" else str(key)
            yield from flat_errors(value, ".".join(part for part in (prefix, own) if part))
    elif isinstance(messages, list):
        for value in messages:
            yield from flat_errors(value, prefix)
    else:
        yield prefix, str(messages)


def _nested(posted: Mapping[str, Any], removing: str) -> dict[str, Any]:
    """Return dotted form names as nested dicts and lists; empty fields and empty rows are left out."""
    tree: dict[str, Any] = {}
    for name in posted:
        values = posted.getlist(name) if hasattr(posted, "getlist") else [posted[name]]
        text = values[-1].strip() if isinstance(values[-1], str) else values[-1]
        if name.startswith("_") or name == "csrf_token" or text == "":
            continue
        if removing and name.startswith(removing + "."):
            continue
        node = tree
        *path, last = name.removesuffix("[]").split(".")[:DEEPEST_NAME]
        for part in path:
            node = node.setdefault(part, {}) if isinstance(node.get(part, {}), dict) else {}
        node[last] = [value.strip() for value in values if value.strip()] if name.endswith("[]") else text
    return {key: _as_rows(value) for key, value in tree.items()}


def _as_rows(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(ROW_NUMBER.fullmatch(key) for key in node):
        return [_as_rows(node[key]) for key in sorted(node, key=int)]
    return {key: _as_rows(value) for key, value in node.items()}
