"""Reads a résumé file in a fresh, limited child process, and hands back what was read."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matching
from matching.documents import TextIndex
from matching.resumes.files import recognise
from matching.resumes.language_model import shared_model
from matching.resumes.types import (
    Fact,
    FactKind,
    FileKind,
    Flag,
    FlagKind,
    LanguageNote,
    LanguageShare,
    LanguageVerdict,
    Page,
    Passage,
    ReadResume,
    Unreadable,
    UnreadableResume,
)

WALL_SECONDS = 15
CANNOT_READ = "We could not read this file; paste the text instead."
# An isolated interpreter knows nothing of the project: it is told where the packages lie, and which file to share.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from matching.resumes.limited_child import main; main(*sys.argv[2:])"
)

log = logging.getLogger(__name__)


def read_file(filename: str, content: bytes, names: Sequence[str] = ()) -> ReadResume:
    """Return what a résumé file says: its text, pages, passages, language, facts and what is suspicious in it.

    *names*: those of its owner, which are not part of what is compared.  The language may be another than English:
    `language.accepted` tells, `language.refusal` says so to its owner.
    Raises UnreadableResume when the file is refused or cannot be read, whatever it does to the parser.
    """
    kind = recognise(filename, content)
    answer = _ask_child(kind, content, names)
    if "reason_code" in answer:
        raise UnreadableResume(Unreadable(answer["reason_code"]), answer["message"])
    return _resume(kind, answer)


def _ask_child(kind: FileKind, content: bytes, names: Sequence[str]) -> dict[str, Any]:
    model = shared_model()
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", START, str(Path(matching.__file__).parents[1]), kind, str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        pass_fds=(model,),
        cwd="/",
        start_new_session=True,
    )
    try:
        out, err = child.communicate(json.dumps(list(names)).encode() + b"\n" + content, timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        err = b"out of time"
        out = b""
    finally:
        _kill_group(child)
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if child.returncode == 0 and isinstance(answer, dict):
        return answer
    last_words = err.decode(errors="replace").strip().splitlines()[-1:] or [""]
    log.warning("reading a %s ended with %s: %s", kind, child.returncode, last_words[0][:200])
    raise UnreadableResume(Unreadable.UNREADABLE, CANNOT_READ)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it may have started, and take note of its end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _resume(kind: FileKind, answer: Mapping[str, Any]) -> ReadResume:
    """Return the answer of the child as the types it was made from; what does not fit raises ValueError."""
    language = dict(answer["language"])
    shares = tuple(LanguageShare(**share) for share in language.pop("shares"))
    note = LanguageNote(language.pop("note"))
    return ReadResume(
        kind=kind,
        text=answer["text"],
        pages=tuple(Page(**page) for page in answer["pages"]),
        passages=tuple(Passage(**passage) for passage in answer["passages"]),
        language=LanguageVerdict(**language, note=note, shares=shares),
        facts=tuple(Fact(**fact | {"kind": FactKind(fact["kind"])}) for fact in answer["facts"]),
        hidden_characters=answer["hidden_characters"],
        titles=tuple((start, end) for start, end in answer["titles"]),
        index=TextIndex.from_spec(bytes.fromhex(answer["index"]["terms"]), answer["index"]["spec"]),
        flags=tuple(Flag(**flag | {"kind": FlagKind(flag["kind"])}) for flag in answer["flags"]),
    )
