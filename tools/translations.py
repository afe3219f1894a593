"""Catalogues of the words of pages: ``python -m tools.translations de`` writes or completes that of German.

A catalogue is ``marketplace/translations/LANGUAGE/LC_MESSAGES/messages.po``, in the format of gettext.  It is compiled
beside itself when all that is translated keeps its placeholders.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "marketplace" / "translations"


def of_rules(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, Any, Any, Any]]:
    """Give the messages of a Python *file*, and the values of each StrEnum as pages write them: "In transit".

    An extractor of Babel: (line, function, message, comments).
    """
    yield from extract_python(file, keywords, comment_tags, options)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.ClassDef) or not any("StrEnum" in ast.unparse(base) for base in node.bases):
            continue
        for line in node.body:
            if (
                isinstance(line, ast.Assign)
                and isinstance(line.value, ast.Constant)
                and isinstance(line.value.value, str)
            ):
                yield line.lineno, None, line.value.value.replace("_", " ").capitalize(), [node.name]


OPTIONS = {"templates/**": {"newstyle_gettext": "yes"}}
KEYWORDS = DEFAULT_KEYWORDS | {"say": None, "say_of": (2, 3)}
METHODS: list[tuple[str, Any]] = [
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("marketplace/**/rules.py", of_rules),
    ("marketplace/**.py", "python"),
]


def words() -> Catalog:
    """Return every message of templates and program, none translated."""
    catalog = Catalog(project="Fairmatch", charset="utf-8")
    found = extract_from_dir(ROOT, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    for name, line, message, comments, context in found:
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def faults(catalog: Catalog) -> list[str]:
    """Return what is wrong with the translations of *catalog*, each with its message; an empty one is not wrong."""
    told = [message for message in catalog if message.id and any(_strings(message))]
    return [f"{message.id}: {fault}" for message in told for fault in message.check(catalog)]


def _strings(message: Message) -> list[str]:
    """Return the forms of a translation, one or several by number; empty ones where there is none."""
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string or ""]


def complete(language: str, folder: Path = FOLDER) -> Catalog:
    """Write or complete the catalogue of *language* in *folder*, and compile it.

    Returns it.  Raises UnknownLocaleError or ValueError for what is no language, and ValueError with every fault of a
    translation; the ``.po`` is written even so, the ``.mo`` is not.
    """
    locale = Locale.parse(language)
    place = folder / str(locale) / "LC_MESSAGES" / "messages.po"
    place.parent.mkdir(parents=True, exist_ok=True)
    catalog = read_po(BytesIO(place.read_bytes()), locale) if place.exists() else Catalog(locale, project="Fairmatch")
    catalog.update(words(), no_fuzzy_matching=True)
    with place.open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    found = faults(catalog)
    if found:
        raise ValueError("\n".join(found))
    with place.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return catalog


def main() -> int:
    """Complete the catalogues of the languages that are named, else of those that there are; return an exit code."""
    languages = sys.argv[1:] or sorted(place.name for place in FOLDER.glob("*") if place.is_dir())
    if not languages:
        print("There is no catalogue yet: name a language, as in make translations LANGUAGE=de", file=sys.stderr)
        return 2
    for language in languages:
        try:
            catalog = complete(language)
        except (UnknownLocaleError, ValueError) as error:
            print(f"{language}: {error}", file=sys.stderr)
            return 1
        done = sum(any(_strings(message)) for message in catalog if message.id)
        print(f"{language}: {done} of {len(catalog)} messages are translated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
