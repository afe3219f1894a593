"""Every shape of the API's document has an example that is true to it, and that the API itself would read."""

import json
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(client.get("/api/v1/openapi.json").data)
    return whole


def bodies(document: dict[str, Any], *, sent: bool) -> list[tuple[str, dict[str, Any]]]:
    """Return every body that is sent, or every one that is answered with a success, with where it stands."""
    found = []
    for path, known in document["paths"].items():
        for method, operation in known.items():
            if method == "parameters":
                continue
            answers = {code: body for code, body in operation["responses"].items() if code.startswith("2")}
            for part in [operation.get("requestBody", {})] if sent else answers.values():
                found += [(f"{method} {path}", shown) for shown in part.get("content", {}).values()]
    return found


def faults(document: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    whole = {"$schema": DIALECT, **schema, "components": document["components"]}
    told = jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(example)
    return [f"{list(one.instance_path)}: {one.message}" for one in told]


def test_the_example_of_every_shape_is_true_to_it(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    assert len(shapes) > 150
    for name, schema in shapes.items():
        [example] = schema["examples"]
        assert not faults(document, {"$ref": f"#/components/schemas/{name}"}, example), name


@pytest.mark.parametrize("sent", [True, False])
def test_everything_sent_and_answered_has_one(document: dict[str, Any], sent: bool) -> None:
    found = bodies(document, sent=sent)
    assert len(found) > 40
    for place, shown in found:
        schema = shown["schema"]
        assert "$ref" in schema or not faults(document, schema, shown["example"]), place


def test_every_refusal_has_one_with_its_own_code(document: dict[str, Any]) -> None:
    for name, response in document["components"]["responses"].items():
        for shown in response.get("content", {}).values():
            assert not faults(document, shown["schema"], shown["example"]), name
            assert shown["example"]["title"].upper().replace(" ", "_").replace("-", "_") == name.upper()


def test_what_is_sent_as_in_an_example_is_read(app: Flask, document: dict[str, Any]) -> None:
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    classes = {name: key[0] for key, name in api.ma_plugin.converter.refs.items()}
    names = {
        shown["schema"]["$ref"].rsplit("/", 1)[1]
        for _, shown in bodies(document, sent=True)
        if "$ref" in shown["schema"]
    }
    assert len(names) > 25
    for name in sorted(names):
        example = document["components"]["schemas"][name]["examples"][0]
        files = {
            key
            for key, part in document["components"]["schemas"][name]["properties"].items()
            if part.get("format") == "binary"
        }
        errors = classes[name]().validate(
            {key: value for key, value in example.items() if key not in files}, partial=bool(files)
        )
        assert not errors, (name, errors)
