"""The JSON door: what erasing me would do, and the erasing."""

from collections.abc import Mapping
from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.erasure import actions, queries
from marketplace.erasure.schemas import Erased, ErasurePreview, ErasureRequest

api = flask_smorest.Blueprint("api_erasure", __name__, url_prefix="/api/v1", description="Being erased")

DONE = (
    "You are erased: no word of yours is left in any row, and this token is no longer good. "
    "Files and mails are deleted within minutes."
)


@api.route("/account/erasure")
class Erasure(MethodView):
    """Erasing whoever asks."""

    @api.response(200, ErasurePreview)
    def get(self) -> dict[str, Any]:
        """Tell what erasing me would do now: what goes, stays and why, what ends, and what stands in the way."""
        found = queries.preview_of(current_account())
        ends = {
            "invitation_ids": [one.id for one in found.invitations],
            "application_ids": [one.id for one in found.applications],
            "engagement_ids": [one.id for one in found.engagements],
        }
        return {"records": found.kinds, "ends": ends, "blocks": [block.words for block in found.blocks]}

    @api.arguments(ErasureRequest)
    @api.response(201, Erased)
    def post(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Erase me for good, with password, code and the words that confirm it; it cannot be undone."""
        account = current_account()
        actions.prove(account, **given)
        actions.erase(account)
        web.commit()
        return {"detail": DONE}
