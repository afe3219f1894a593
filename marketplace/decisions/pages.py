"""The audit trail, for admins and auditors."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.audit import AuditEvent
from marketplace.decisions import queries

blueprint = Blueprint("decisions", __name__)


@blueprint.get("/admin/audit")
def trail() -> ResponseReturnValue:
    """List what was done, newest first."""
    kind = request.args.get("kind", "")[:60].replace("\x00", "")
    number = _whole("id")
    found = web.listed(queries.trail(kind, number), AuditEvent.id, {"limit": web.PAGE_SIZE, "cursor": _whole("cursor")})
    return web.page(
        "decisions/trail.html",
        events=found,
        actors=queries.actors(found["items"]),
        kinds=queries.kinds(),
        kind=kind,
        number=number,
    )


def _whole(name: str) -> int | None:
    value = request.args.get(name, type=int)
    return value if value and 0 < value < 2**62 else None
