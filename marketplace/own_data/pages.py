"""The HTML door: what is held about whoever asks, to look at and to take along."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from marketplace import audit, clock, web
from marketplace.accounts.access import current_account
from marketplace.accounts.models import Account
from marketplace.own_data import queries, rules
from marketplace.own_data.packing import packed

blueprint = Blueprint("own_data", __name__)


@blueprint.get("/account/data")
def show() -> ResponseReturnValue:
    """Show how many records of each kind are held."""
    return web.page("own_data/show.html", counts=queries.counts_of(current_account()), held=rules.HELD)


@blueprint.get("/account/data.zip")
def take() -> Response:
    """Give everything as one ZIP."""
    return archive_of(current_account())


def archive_of(account: Account) -> Response:
    """Return the answer that holds everything about *account*, and note that it was asked for."""
    tables = queries.everything_of(account)
    files = list(queries.resume_files(account))
    now = clock.now()
    audit.record("account.data_taken", "account", account.id, actor_id=account.id, files=len(files))
    web.commit()
    about = rules.about(f"{now:%Y-%m-%d %H:%M}", {name: len(rows) for name, rows in tables.items()})
    response = Response(packed(about, tables, files), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="fairmatch-my-data-{now:%Y-%m-%d}.zip"'
    return response
