"""Pages of the bank file of a run, and of what the bank answered."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account, may_do
from marketplace.bankfiles import actions, queries
from marketplace.bankfiles.models import BankAnswer
from marketplace.bankfiles.reading import COLUMNS
from marketplace.bankfiles.rules import FINDING_WORDS, Finding
from marketplace.bankfiles.schemas import BankStep, ResolveForm
from marketplace.errors import Refused
from marketplace.payouts.queries import names_of
from marketplace.words import say

blueprint = Blueprint("bankfiles", __name__)

ROWS_SHOWN = 200


@blueprint.get("/finance/runs/<int:run_id>/bank-file")
def file(run_id: int) -> ResponseReturnValue:
    """Give the file of a run as it was written."""
    written, content = actions.take_file(run_id, by=current_account())
    headers = {"Content-Disposition": f'attachment; filename="{written.message_id}.xml"'}
    web.commit()
    return Response(content, mimetype="application/xml", headers=headers)


@blueprint.post("/finance/runs/<int:run_id>/bank-file")
def write(run_id: int) -> ResponseReturnValue:
    """Write the file of a run."""
    with web.form(BankStep) as form:
        actions.write_file(run_id, by=current_account())
        web.commit()
        flash(say("The file is written. Take it and give it to the bank."), "success")
    web.flash_errors(form)
    return redirect(url_for(".answers", run_id=run_id))


@blueprint.get("/finance/runs/<int:run_id>/bank")
def answers(run_id: int) -> ResponseReturnValue:
    """Show the file of a run and what the bank answered."""
    return _answers(run_id, None)


@blueprint.post("/finance/runs/<int:run_id>/bank")
def give(run_id: int) -> ResponseReturnValue:
    """Take a bank's file and show how it compares; nothing is applied."""
    with web.form(BankStep, {}) as form:
        given = request.files.get("file")
        if given is None or not given.filename:
            raise Refused(say("Choose the bank's file."), field="file")
        sha256 = actions.keep_answer(run_id, given.read(), by=current_account())
        web.commit()
        return redirect(url_for(".answer", run_id=run_id, sha256=sha256))
    return _answers(run_id, form), form.status


@blueprint.get("/finance/runs/<int:run_id>/bank/<sha256>")
def answer(run_id: int, sha256: str) -> ResponseReturnValue:
    """Show how a bank's file compares with the run, or what came of it once it is applied."""
    run = queries.get_run(run_id)
    applied = queries.find_answer(run_id, sha256)
    if applied is not None:
        rows = queries.mismatches(applied.id)
        names = names_of([applied.made_by, *(row.note.made_by for row in rows if row.note)])
        counts = queries.counts([applied.id])[applied.id]
        shown: dict[str, Any] = {"applied": applied, "rows": rows, "counts": counts, "names": names}
    else:
        read, found = queries.compare(run_id, sha256)
        shown = {"applied": None, "read": read, "found": found, "rows": found.mismatches}
        shown["counts"] = queries.Counts(
            len(found.of(Finding.MATCHED)),
            len(found.of(Finding.UNDER_WAY)),
            len(found.mismatches),
            len(found.mismatches),
        )
    may_write = may_do("POST bankfiles.apply")
    return web.page(
        "bankfiles/answer.html",
        run=run,
        sha256=sha256,
        words=FINDING_WORDS,
        most=ROWS_SHOWN,
        may_write=may_write,
        **shown,
    )


@blueprint.post("/finance/runs/<int:run_id>/bank/<sha256>")
def apply(run_id: int, sha256: str) -> ResponseReturnValue:
    """Apply the rows that match."""
    with web.form(BankStep) as form:
        actions.apply_answer(run_id, sha256, by=current_account())
        web.commit()
        flash(say("What matches is noted, and the annotators are told. What does not is listed here."), "success")
    web.flash_errors(form)
    return redirect(url_for(".answer", run_id=run_id, sha256=sha256))


@blueprint.post("/finance/bank-rows/<int:row_id>/note")
def resolve(row_id: int) -> ResponseReturnValue:
    """Say how a mismatch was resolved."""
    found = queries.get_row(row_id).answer
    run_id, sha256 = found.run_id, found.sha256
    with web.form(ResolveForm) as form:
        actions.resolve(row_id, form.load()["text"], by=current_account())
        web.commit()
        flash(say("Noted."), "success")
    web.flash_errors(form)
    return redirect(url_for(".answer", run_id=run_id, sha256=sha256))


def _answers(run_id: int, form: web.Form | None) -> str:
    run = queries.get_run(run_id)
    written = queries.find_file(run_id)
    applied = web.listed(queries.answers(run_id), BankAnswer.id, web.list_query())
    return web.page(
        "bankfiles/answers.html",
        run=run,
        file=written,
        left_out=queries.left_out(written) if written else [],
        answers=applied,
        counts=queries.counts([one.id for one in applied["items"]]),
        names=names_of([written.made_by if written else None, *(one.made_by for one in applied["items"])]),
        columns=COLUMNS,
        form=form,
        may_write=may_do("POST bankfiles.give"),
    )
