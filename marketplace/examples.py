"""Examples for the OpenAPI document: every shape gets one that is true to it, built from its own schema.

A property is told by its name where that says more than its type; all of it is fictional.
"""

from collections.abc import Mapping
from typing import Any

# What a property of this name looks like, where its own schema allows it.
BY_NAME: dict[str, Any] = {
    "about": "Five years of rating answers about tax law.",
    "address": "https://client.example/hooks/fairmatch",
    "amount_minor": 4550,
    "code": "123456",
    "country": "AT",
    "currency": "USD",
    "cursor": "WzQyXQ",
    "next_cursor": "WzQyXQ",
    "description": "Compare two answers to a question about tax law and say which is better, and why.",
    "email": "ada@mail.example",
    "end": "11:30",
    "ends_at": "2026-11-03T11:30:00+00:00",
    "holder": "Ada Example",
    "iban": "AT611904300234573201",
    "key": "earning:12",
    "language": "de",
    "minutes": 90,
    "name": "Ada Example",
    "note": "Rated batch 7.",
    "password": "kettles brown sing at dusk",
    "period": "2026-11",
    "quote": "Labelled sentiment in German texts for four years.",
    "rate_minor": 2300,
    "reason": "As agreed on the phone.",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "start": "10:00",
    "starts_at": "2026-11-03T10:00:00+00:00",
    "tag": "de",
    "text": "Which guideline holds for sarcasm?",
    "time_zone": "Europe/Vienna",
    "title": "Rate answers about tax law",
    "token": "fm_4c6f2a2e0b1f4a4e9f7d1d2c3b4a5f60",
    "url": "https://client.example/hooks/fairmatch",
    "week": "2026-11-02",
    "spoken": "C1",
    "written": "C1",
    "words": "Speaks German at C1 or better.",
}
BY_FORMAT: dict[str, Any] = {
    "date": "2026-11-03",
    "date-time": "2026-11-03T10:00:00+00:00",
    "time": "10:00:00",
    "email": "ada@mail.example",
    "url": "https://client.example/hooks/fairmatch",
    "uri": "https://client.example/hooks/fairmatch",
    "uuid": "4c6f2a2e-0b1f-4a4e-9f7d-1d2c3b4a5f60",
    "binary": "(the bytes of the file)",
}
# How deep shapes may lie in each other; what is deeper is left empty where that is allowed.
DEEPEST = 6
REFERENCE = "#/components/schemas/"


def add_examples(schemas: dict[str, Any]) -> None:
    """Give every one of *schemas*, the shapes of an OpenAPI document by name, an example of itself."""
    for schema in schemas.values():
        schema.setdefault("examples", [example_of(schema, schemas)])


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """Return a value that *schema* allows, for a property of *name*; *schemas* are those that it may refer to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas, name, depth)
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return next((one for one in schema["enum"] if one not in {None, ""}), schema["enum"][0])
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            return _of_parts(schema[key], schemas, name, depth, whole=key == "allOf")
    return _of_type(_type(schema), schema, schemas, name, depth)


def _of_parts(parts: list[Any], schemas: Mapping[str, Any], name: str, depth: int, *, whole: bool) -> Any:
    found = [example_of(part, schemas, name, depth) for part in parts if part.get("type") != "null"]
    if whole and all(isinstance(one, dict) for one in found):
        return {key: value for one in found for key, value in one.items()}
    return found[0] if found else None


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of *schema* that says most: of several not null, "any" where it does not say."""
    told = schema.get("type", "object" if "properties" in schema else "any")
    if isinstance(told, list):
        return str(next((one for one in told if one != "null"), "null"))
    return str(told)


def _of_type(kind: str, schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        if depth > DEEPEST and not schema.get("minItems"):
            return []
        one = example_of(schema.get("items", {}), schemas, _singular(name), depth + 1)
        return [one] * max(1, int(schema.get("minItems", 1)))
    if kind == "string":
        return _string(schema, name)
    if kind in {"integer", "number"}:
        return _number(schema, name)
    return {"boolean": True, "null": None}.get(kind, BY_NAME.get(name, "any value"))


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    wanted = schema.get("properties", {})
    if depth > DEEPEST:
        wanted = {key: wanted[key] for key in schema.get("required", ())}
    found = {key: example_of(part, schemas, key, depth + 1) for key, part in wanted.items()}
    more = schema.get("additionalProperties")
    if not wanted and isinstance(more, dict):
        found["key"] = example_of(more, schemas, "", depth + 1)
    return found


def _string(schema: Mapping[str, Any], name: str) -> str:
    text = BY_FORMAT.get(schema.get("format", ""), BY_NAME.get(name, "text"))
    if not isinstance(text, str):
        text = "text"
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10**6))
    while len(text) < least:
        text = f"{text} {text}"
    return text[:most] if least <= len(text[:most]) else text


def _number(schema: Mapping[str, Any], name: str) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    wished = BY_NAME.get(name)
    value = wished if isinstance(wished, int) else 1
    if low is not None:
        value = max(value, low + ("exclusiveMinimum" in schema))
    if high is not None:
        value = min(value, high - ("exclusiveMaximum" in schema))
    return int(value) if _type(schema) == "integer" else float(value)


def _singular(name: str) -> str:
    return name.removesuffix("s")
