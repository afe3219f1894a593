"""The JSON door: everything held about whoever asks, as one archive."""

import flask_smorest
from flask import Response
from flask.views import MethodView

from marketplace.accounts.access import current_account
from marketplace.own_data.pages import archive_of

api = flask_smorest.Blueprint(
    "api_own_data", __name__, url_prefix="/api/v1", description="Everything that is held about you"
)


@api.route("/account/data")
class OwnData(MethodView):
    """Everything about whoever asks."""

    @api.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
    def get(self) -> Response:
        """Take everything along: one ZIP of JSON files, one for each kind of record, and the résumés as uploaded."""
        return archive_of(current_account())
