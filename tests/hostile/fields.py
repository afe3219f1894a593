"""Finds every field that takes words: in the forms of pages, and in the shapes of the API's document."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

# Controls that a person types into, and those that carry what a button says.
TYPED = frozenset(
    {"", "text", "search", "email", "url", "tel", "password", "number", "date", "time", "month", "hidden"}
)
# Scripts of the product, and those that come with Flask-Security.
OWN = re.compile(r"/[a-z-]*static/[a-z0-9/._-]+\.js$")
REFERENCE = "#/components/schemas/"
DEEPEST = 3


@dataclass
class Form:
    """A form of a page: where it is sent, how, what it holds, and which of it takes words."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def with_words(self, name: str, text: str) -> list[tuple[str, str]]:
        """Return what is sent when *text* stands in the field *name*."""
        return [(key, text if key == name else value) for key, value in self.values]


class Forms(HTMLParser):
    """Collects the forms of a page, and what no template makes: scripts of elsewhere, handlers, odd links."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place, self.forms, self.strange = place, list[Form](), list[str]()
        self._form: Form | None = None
        self._text: tuple[str, str] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._look(tag, told)
        if tag == "form":
            action = urldefrag(urljoin(self.place, told.get("action") or self.place)).url
            self._form = Form(action, told.get("method", "get").lower())
            self.forms.append(self._form)
        name = told.get("name", "")
        if self._form is None or not name or "disabled" in told:
            return
        if tag == "input":
            self._input(told.get("type", "").lower(), name, told)
        elif tag == "textarea":
            self._text = (name, "")
        elif tag == "select":
            self._select = name
        elif tag == "button" and told.get("value") and not any(key == name for key, _ in self._form.values):
            self._form.values.append((name, told["value"]))

    def _input(self, kind: str, name: str, told: dict[str, str]) -> None:
        assert self._form is not None
        if kind in TYPED:
            self._form.values.append((name, told.get("value", "")))
            self._form.words.append(name)
        elif kind == "radio" and ("checked" in told or all(key != name for key, _ in self._form.values)):
            self._form.values = [pair for pair in self._form.values if pair[0] != name]
            self._form.values.append((name, told.get("value", "on")))
        elif kind == "checkbox" and "checked" in told:
            self._form.values.append((name, told.get("value", "on")))

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text = (self._text[0], self._text[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if self._form is None:
            return
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._text:
            self._form.values.append(self._text)
            self._form.words.append(self._text[0])
            self._text = None
        elif tag == "select" and self._select:
            self._form.words.append(self._select)
            if all(key != self._select for key, _ in self._form.values):
                self._form.values.append((self._select, ""))
            self._select = ""

    def _look(self, tag: str, told: dict[str, str]) -> None:
        if tag in {"script", "iframe", "object", "embed", "base", "style"} and not OWN.match(told.get("src", "")):
            self.strange.append(f"<{tag}>")
        for name, value in told.items():
            leads = name in {"href", "src", "action", "formaction"}
            if name.startswith("on") or name in {"style", "srcdoc"} or (leads and _runs(value)):
                self.strange.append(f"<{tag} {name}={value[:60]!r}>")


def _runs(address: str) -> bool:
    return address.strip("\x00\t\n\r ").lower().startswith(("javascript:", "data:", "vbscript:"))


def read(place: str, page: str) -> Forms:
    """Return the forms of *page*, which stands at *place*, and what is strange about it."""
    found = Forms(place)
    found.feed(page)
    found.close()
    return found


@dataclass(frozen=True)
class ApiField:
    """A place for words in what an operation takes: a path into its body, or the name of a query parameter."""

    method: str
    path: str
    roles: tuple[str, ...]
    body: Any
    at: tuple[str | int, ...]
    query: str = ""

    @property
    def name(self) -> str:
        """What to call it in a list of faults."""
        return f"{self.method.upper()} {self.path} {self.query or '.'.join(map(str, self.at))}"

    def body_with(self, text: str) -> Any:
        """Return the body of the example with *text* at this place."""
        whole = copy.deepcopy(self.body)
        part = whole
        for step in self.at[:-1]:
            part = part[step]
        part[self.at[-1]] = text
        return whole


def api_fields(document: dict[str, Any]) -> Iterator[ApiField]:
    """Give every place for words of every operation of an OpenAPI *document*, its examples being the rest of a body."""
    shapes = document["components"]["schemas"]
    for path, known in document["paths"].items():
        for method, operation in known.items():
            if method == "parameters":
                continue
            roles = tuple(operation.get("x-roles", ()))
            for one in operation.get("parameters", ()):
                if one.get("in") == "query":
                    yield ApiField(method, path, roles, None, (), one["name"])
            shown = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if shown:
                example = shapes[shown["schema"]["$ref"].removeprefix(REFERENCE)]["examples"][0]
                yield from (ApiField(method, path, roles, example, at) for at in _places(example))


def _places(example: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the way to every value of *example* that is no container: whatever it takes, words may be sent for it."""
    if len(at) > DEEPEST:
        return
    parts = enumerate(example[:1]) if isinstance(example, list) else example.items()
    for key, value in parts:
        if isinstance(value, dict | list) and value:
            yield from _places(value, (*at, key))
        else:
            yield (*at, key)
