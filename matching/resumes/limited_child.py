"""The child that opens a stranger's file: limits first, then the parsers, then the file.  Started by `reading` only."""

import json
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from matching.resumes.types import FileKind, ReadResume, UnreadableResume

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 10


def main(kind: str, model: str) -> None:
    """Read a file from standard input and write what it says, or why not, as JSON to standard output.

    The first line of the input holds the names of the owner as JSON, the rest is the file.
    *model*: number of the descriptor of the shared language model.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _load_parsers(FileKind(kind))
    # The parsers are loaded and, where Python wants to, cached: from here on nothing is written to any file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        names = json.loads(sys.stdin.buffer.readline())
        answer = _plain(_read(FileKind(kind), sys.stdin.buffer.read(), names, int(model)))
    except UnreadableResume as refusal:
        answer = {"reason_code": refusal.reason_code, "message": refusal.message}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # The parser of a hostile file may fall over once more while it is put away.
    os._exit(0)


def _plain(read: ReadResume) -> dict[str, Any]:
    return asdict(read) | {"index": {"terms": read.index.terms.hex(), "spec": read.index.to_spec()}}


def _load_parsers(kind: FileKind) -> None:
    from matching.resumes import facts, language, passages, privacy, suspicion  # noqa: F401
    from matching.resumes.extraction import extractor

    extractor(kind)


def _read(kind: FileKind, content: bytes, names: Sequence[str], model: int) -> ReadResume:
    from matching.documents import index_text, titles_in
    from matching.resumes.extraction import extract
    from matching.resumes.facts import facts_in
    from matching.resumes.language import judge_language
    from matching.resumes.language_model import shared_identifier
    from matching.resumes.passages import cut_passages
    from matching.resumes.privacy import seen
    from matching.resumes.suspicion import hidden_flags

    extracted = extract(kind, content)
    compared = seen(extracted.text, names)
    flags = (*hidden_flags(extracted.hidden_characters), *compared.flags)
    return ReadResume(
        kind=kind,
        text=extracted.text,
        pages=extracted.pages,
        passages=cut_passages(compared.blanked, extracted.pages, flags),
        language=judge_language(extracted.text, shared_identifier(model)),
        facts=facts_in(extracted.text),
        hidden_characters=extracted.hidden_characters,
        titles=titles_in(compared.honest),
        index=index_text(compared.honest),
        flags=flags,
    )
