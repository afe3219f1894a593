"""Every word of a template can be said in another language, and readers get theirs where there is a catalogue."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from jinja2 import nodes

from marketplace.errors import Refused
from marketplace.locales import translated
from marketplace.timesheets.rules import local_span
from marketplace.words import say_of
from tools import translations

TEMPLATES = sorted(path for path in (translations.ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})
READ_ALOUD = {"aria-label", "title", "placeholder", "alt", "data-confirm"}
# What is the same in every language.
NAMES = re.compile(r"Fairmatch|SHA-256|[A-Z]{2,4}\b|&\w+;|\bh\b")
# Parts of a tag or an address that a macro writes: an id, an attribute, a query.
MARKUP = re.compile(r"^f-$|^ ?[a-z-]+=\"|^\?next=$")
TOLD = {"Refused", "Missing", "NotAllowed", "ValidationError", "flash"}
SAYS = {"gettext", "ngettext", "_"}


class Words(HTMLParser):
    """Collects words that a template writes by itself: texts, and attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ_ALOUD and value and _wordy(value)]

    def handle_data(self, data: str) -> None:
        if _wordy(data):
            self.found.append(data.strip())


def _wordy(text: str) -> bool:
    return re.search(r"[^\W\d_]", NAMES.sub("", text)) is not None


def own_words(template: nodes.Template) -> Iterator[str]:
    """Give what *template* writes outside a message, its expressions left out."""
    parser = Words()
    classes = {
        id(one)
        for block in template.find_all(nodes.Block)
        if block.name == "main_class"
        for one in block.find_all(nodes.TemplateData)
    }
    for output in template.find_all(nodes.TemplateData):
        if id(output) not in classes and not MARKUP.search(output.data):
            parser.feed(output.data)
    parser.close()
    yield from parser.found


def spoken_to_macros(node: nodes.Node, *, said: bool = False) -> Iterator[str]:
    """Give the sentences of expressions that no message holds: what has a space between words, and begins large."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in SAYS:
        said = True
    if isinstance(node, nodes.Const) and not said and re.match(r"[A-Z][a-z]+(’s)? [a-z]+ ", str(node.value)):
        yield str(node.value)
    for child in node.iter_child_nodes():
        yield from spoken_to_macros(child, said=said)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(translations.ROOT / "templates")))
def test_no_template_writes_words_outside_a_message(app: Flask, path: Path) -> None:
    template = app.jinja_env.parse(path.read_text())
    assert [*own_words(template), *spoken_to_macros(template)] == []


def told_at_once(tree: ast.AST) -> Iterator[ast.expr]:
    """Give what is told to whoever asked: the text of refusals and of notes on the next page."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TOLD and call.args:
            yield call.args[0]


def test_no_refusal_is_a_bare_sentence() -> None:
    files = sorted(
        path for path in (translations.ROOT / "marketplace").rglob("*.py") if not {"demo", "cli"} & set(path.parts)
    )
    bare = [
        f"{path.name}:{text.lineno}"
        for path in files
        for text in told_at_once(ast.parse(path.read_text()))
        if isinstance(text, ast.Constant | ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and _wordy(str(part.value)) for part in ast.walk(text))
    ]
    assert not bare, bare


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one language, in which every message stands between brackets."""
    folder = tmp_path_factory.mktemp("translations")
    catalog = Catalog("eo")
    for message in translations.words():
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            catalog.add(message.id, tuple(f"⟦{one}⟧" for one in ids) if len(ids) > 1 else f"⟦{ids[0]}⟧")
    place = folder / "eo" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    return folder


@pytest.fixture
def bracketed(app_with: Callable[..., Flask], catalogues: Path) -> Flask:
    return app_with(translations_dir=str(catalogues))


def test_whoever_wishes_for_a_language_that_there_is_reads_it(bracketed: Flask) -> None:
    client = bracketed.test_client()
    page = client.get("/sign-in", headers={"Accept-Language": "qqq, eo;q=0.9, en;q=0.5"})
    text = page.get_data(as_text=True)
    assert '<html lang="eo" dir="ltr">' in text
    assert "⟦Sign in⟧" in text
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize("wish", ["", "en", "en-GB, eo;q=0.5", "de, en", "*", "eo;q=0"])
def test_everybody_else_reads_english(bracketed: Flask, wish: str) -> None:
    text = bracketed.test_client().get("/sign-in", headers={"Accept-Language": wish}).get_data(as_text=True)
    assert '<html lang="en" dir="ltr">' in text
    assert "⟦" not in text


def test_without_a_catalogue_a_page_does_not_depend_on_the_wish(app: Flask) -> None:
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "eo"})
    assert "Accept-Language" not in page.headers.get("Vary", "")


def test_states_are_said_in_it_too(bracketed: Flask) -> None:
    with bracketed.test_request_context(headers={"Accept-Language": "eo"}):
        shown = render_template_string('{% from "macros/ui.html" import state %}{{ state("in_transit") }}')
    assert ">⟦In transit⟧<" in shown


def test_a_refusal_is_said_in_it_too_and_english_to_programs(bracketed: Flask) -> None:
    def refusal(path: str) -> str:
        with bracketed.test_request_context(path, headers={"Accept-Language": "eo"}), pytest.raises(Refused) as refused:
            local_span(date(2026, 11, 3), time(9), time(9), "UTC", start_second=None, end_second=None)
        return refused.value.message

    assert refusal("/time").startswith("⟦")
    assert refusal("/api/v1/time-entries") == refusal("/time").strip("⟦⟧")


def test_a_sentence_is_said_by_number_in_it_too(bracketed: Flask) -> None:
    single, plural = "%(n)s person is invited.", "%(n)s people are invited."
    assert (single, plural) in {message.id for message in translations.words()}
    with bracketed.test_request_context("/time", headers={"Accept-Language": "eo"}):
        assert [say_of(n, single, plural) for n in (1, 2)] == ["⟦1 person is invited.⟧", "⟦2 people are invited.⟧"]
    assert [say_of(n, single, plural) for n in (0, 1)] == ["0 people are invited.", "1 person is invited."]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        *(("de", "de"), ("de-AT", "de_AT"), ("de-Latn-CH", "de_CH"), ("DE-de", "de_DE"), ("de-XX", "de")),
        *(("fr", None), ("en-GB", None), ("", None), ("*", None), ("../de", None), ("deutsch", None)),
    ],
)
def test_a_tag_gives_the_language_of_a_catalogue(tag: str, name: str | None) -> None:
    assert translated(tag, frozenset({"en", "de"})) == name


def test_a_catalogue_is_begun_kept_and_completed(tmp_path: Path) -> None:
    translations.complete("de", tmp_path)
    place = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    catalog = read_po(BytesIO(place.read_bytes()), "de")
    assert {"Sign in", "In transit"} <= {message.id for message in catalog}
    place.write_text(place.read_text().replace('msgid "Sign in"\nmsgstr ""', 'msgid "Sign in"\nmsgstr "Anmelden"'))
    again = translations.complete("de", tmp_path)
    assert again["Sign in"].string == "Anmelden"
    assert place.with_suffix(".mo").stat().st_size > 0


def test_a_translation_without_its_placeholders_is_refused_by_name(tmp_path: Path) -> None:
    translations.complete("de", tmp_path)
    place = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    wrong = place.read_text().replace('msgid "Run %(id)s"\nmsgstr ""', 'msgid "Run %(id)s"\nmsgstr "Lauf %(nr)s"')
    assert wrong != place.read_text()
    place.write_text(wrong)
    with pytest.raises(ValueError, match=r"Run %\(id\)s: "):
        translations.complete("de", tmp_path)


def test_what_is_no_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected only letters"):
        translations.complete("../x", tmp_path)
