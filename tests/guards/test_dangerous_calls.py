"""No text is run as code, as a template, by a shell or as a pickle, and own scripts put none into pages as HTML."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "matching").rglob("*.py"), ROOT / "wsgi.py"]
SCRIPTS = sorted((ROOT / "marketplace" / "static").glob("*.js"))
# By the last word of what is called; `eval` by itself, for torch's models have a method of that name.
CALLS = {"exec", "render_template_string", "from_string", "os.system", "os.popen", "getoutput", "mktemp"}
MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "xml", "telnetlib", "ldap3", "pylibmc"}
WEAK = {"md5", "sha1"}
IN_PAGES = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function|postMessage|sessionStorage|indexedDB)\b"
)


def found() -> Iterator[tuple[str, str]]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            for word in dangerous(node):
                yield str(file.relative_to(ROOT)), word


def dangerous(node: ast.AST) -> Iterator[str]:
    """Give what must not be about one piece of code."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
    elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
        yield str(node.module)
    elif isinstance(node, ast.Call):
        whole = ast.unparse(node.func)
        if {whole, whole.rpartition(".")[2]} & (CALLS | WEAK) or whole == "eval":
            yield whole
        for keyword in node.keywords:
            given = keyword.value
            is_on = not (isinstance(given, ast.Constant) and not given.value)
            if keyword.arg in {"shell", "allow_pickle", "resolve_entities", "no_verify"} and is_on:
                yield f"{keyword.arg}="


def test_no_text_becomes_code() -> None:
    assert len(FILES) > 150
    assert list(found()) == []


def test_own_scripts_write_texts_as_texts_and_keep_nothing_but_the_colours() -> None:
    assert len(SCRIPTS) >= 4
    for script in SCRIPTS:
        text = script.read_text()
        assert IN_PAGES.findall(text) == [], script.name
        assert set(re.findall(r"localStorage\.\w+\(\"(\w+)\"", text)) <= {"theme"}, script.name
        assert text.count("localStorage") == len(re.findall(r"localStorage\.\w+\(\"theme\"", text)), script.name
