"""The API as a whole: every feature's api.py under /api/v1, its OpenAPI 3.1 document and the page that shows it."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import flask_smorest
from flask import Blueprint, Flask
from werkzeug.exceptions import HTTPException

from marketplace.described import describe
from marketplace.problems import Problem, answer_http

docs = Blueprint("documents", __name__)
# What a query does not know its shape refuses, like a body does: a filter with a slip of the pen is not the whole list.
PARSER = flask_smorest.Blueprint.ARGUMENTS_PARSER
PARSER.DEFAULT_UNKNOWN_BY_LOCATION = PARSER.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest whose errors are problem documents (RFC 9457), in the answers and in the document."""

    ERROR_SCHEMA = Problem

    def handle_http_exception(self, error: HTTPException) -> Any:
        """Answer like the rest of the product does."""
        return answer_http(error)

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE, kept = "application/problem+json", self.DEFAULT_RESPONSE_CONTENT_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = kept


@docs.get("/api/docs")
def page() -> str:
    """Show the document with Swagger UI, from local files."""
    from flask import render_template

    return render_template("home/api_docs.html")


def register_api(app: Flask, features: Iterable[str]) -> list[flask_smorest.Blueprint]:
    """Register the API blueprints of *features* that have one and return them."""
    app.config.update(
        API_TITLE="Fairmatch",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.register_blueprint(docs)
    api = Api(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    found = []
    for name in features:
        try:
            module = import_module(f"marketplace.{name}.api")
        except ModuleNotFoundError as error:
            if error.name != f"marketplace.{name}.api":
                raise
            continue
        api.register_blueprint(module.api)
        found.append(module.api)
    describe(app, api)
    return found
