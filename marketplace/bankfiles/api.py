"""Bank files and banks' answers by API."""

from collections.abc import Mapping
from typing import Any

import flask_smorest
from flask import Response
from flask.views import MethodView
from werkzeug.datastructures import FileStorage

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.bankfiles import actions, queries
from marketplace.bankfiles.models import BankAnswer, BankFile
from marketplace.bankfiles.rules import Finding
from marketplace.bankfiles.schemas import (
    AnswerRowShown,
    AnswerShown,
    AnswerUpload,
    BankFileShown,
    ComparisonShown,
    ResolveForm,
)
from marketplace.problems import Problem

api = flask_smorest.Blueprint(
    "api_bankfiles", __name__, url_prefix="/api/v1", description="Bank files and reconciliation"
)


@api.route("/payout-runs/<int:run_id>/bank-file")
class RunFile(MethodView):
    """The payment file of a run."""

    @api.response(200, BankFileShown)
    @api.alt_response(404, schema=Problem)
    def get(self, run_id: int) -> BankFile:
        """Show which file was written for a run, without what is in it."""
        return queries.get_file(run_id)

    @api.response(201, BankFileShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, run_id: int) -> BankFile:
        """Write the pain.001.001.09 file of an approved run; the same file again changes nothing."""
        file = actions.write_file(run_id, by=current_account())
        web.commit()
        return file


@api.route("/payout-runs/<int:run_id>/bank-file/content")
class RunFileContent(MethodView):
    """The file itself."""

    @api.response(200, {"type": "string", "format": "binary"}, content_type="application/xml")
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def get(self, run_id: int) -> Response:
        """Take the file for the bank; who took it is noted, for it holds account numbers in the open."""
        file, content = actions.take_file(run_id, by=current_account())
        headers = {"Content-Disposition": f'attachment; filename="{file.message_id}.xml"'}
        web.commit()
        return Response(content, mimetype="application/xml", headers=headers)


@api.route("/payout-runs/<int:run_id>/bank-answers")
class Answers(MethodView):
    """What the bank answered."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(AnswerShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], run_id: int) -> dict[str, Any]:
        """List the answers that were applied, newest first, with their mismatches."""
        queries.get_run(run_id)
        listed = web.listed(queries.answers(run_id), BankAnswer.id, query)
        return listed | {"items": [_shown(one) for one in listed["items"]]}

    @api.arguments(AnswerUpload, location="files")
    @api.response(201, ComparisonShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, files: Mapping[str, FileStorage], run_id: int) -> dict[str, Any]:
        """Compare a bank's file with the run; nothing is applied yet."""
        sha256 = actions.keep_answer(run_id, files["file"].read(), by=current_account())
        web.commit()
        return _comparison(run_id, sha256)


@api.route("/payout-runs/<int:run_id>/bank-answers/<sha256>")
class OneAnswer(MethodView):
    """One file of a bank, by its SHA-256."""

    @api.response(200, ComparisonShown)
    @api.alt_response(404, schema=Problem)
    def get(self, run_id: int, sha256: str) -> dict[str, Any]:
        """Show how the file compares with the run as it stands now."""
        return _comparison(run_id, sha256)

    @api.response(201, AnswerShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, run_id: int, sha256: str) -> dict[str, Any]:
        """Apply every row that matches and list the others; the same file again changes nothing."""
        answer = actions.apply_answer(run_id, sha256, by=current_account())
        web.commit()
        return _shown(answer)


@api.route("/bank-answer-rows/<int:row_id>/note")
class Notes(MethodView):
    """How a mismatch was resolved."""

    @api.arguments(ResolveForm)
    @api.response(201, AnswerRowShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], row_id: int) -> Any:
        """Say how a mismatch was resolved."""
        row = actions.resolve(row_id, wish["text"], by=current_account())
        web.commit()
        return row


def _comparison(run_id: int, sha256: str) -> dict[str, Any]:
    read, found = queries.compare(run_id, sha256)
    applied = queries.find_answer(run_id, sha256)
    return {
        "run_id": run_id,
        "sha256": sha256,
        "kind": read.kind,
        "counts": {finding.value: len(found.of(finding)) for finding in Finding},
        "mismatches": found.mismatches,
        "applied_at": applied.made_at if applied else None,
    }


def _shown(answer: BankAnswer) -> dict[str, Any]:
    names = ("id", "run_id", "kind", "sha256", "made_by", "made_at")
    return {name: getattr(answer, name) for name in names} | {"mismatches": queries.mismatches(answer.id)}
