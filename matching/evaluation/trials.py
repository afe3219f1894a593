"""What is tried on the order, and what it is given: each trick beside a posting, each résumé under two identities.

Somebody unqualified is one whose résumé is of another family than the posting asks for; the rank of each is that among
all other résumés, which stay honest.
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.evaluation.tampering import FILES, identity, signed, visible_tricks
from matching.resumes.copying import PostingWords, copied_flags, flagged_passages, posting_words
from matching.resumes.passages import cut_passages
from matching.resumes.privacy import blanked_for_embedding, texts_for_embedding
from matching.resumes.reading import read_file
from matching.resumes.suspicion import flags_in
from matching.resumes.types import FlagKind, Page, Passage

SWAPS = 200
TOP = 10
BEST_PASSAGES = 3
POSTING_PASSAGES = 4
# File, words of the title, and the families whose résumés it may ask for.
POSTINGS = (
    ("remote", r"full.?stack", {"INFORMATION-TECHNOLOGY"}),
    ("remote", r"data engineer", {"INFORMATION-TECHNOLOGY"}),
    ("remote", r"\bQA\b|test engineer", {"INFORMATION-TECHNOLOGY"}),
    ("remote", r"business development", {"BUSINESS-DEVELOPMENT", "SALES"}),
    ("remote", r"civil engineer", {"ENGINEERING", "CONSTRUCTION"}),
    ("usajobs", r"nurse", {"HEALTHCARE"}),
    ("usajobs", r"\bcook|food", {"CHEF"}),
    ("usajobs", r"fitness|recreation", {"FITNESS"}),
    ("usajobs", r"aircraft|pilot", {"AVIATION"}),
    ("usajobs", r"paralegal|attorney", {"ADVOCATE"}),
)

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Document:
    """A résumé with the family it was published in; a posting with the families it may ask for."""

    name: str
    families: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A résumé as it is kept: blanked, in passages, with what the model is given of each."""

    blanked: str
    passages: tuple[Passage, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A posting with the vectors of its title and passages, (t, d), and its words."""

    posting: Document
    vectors: NDArray[np.float32]
    words: PostingWords


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trick did for one résumé beside one posting: its rank before and after, and with the guard off."""

    trick: str
    before: int
    after: int
    unguarded: int
    flagged: bool


def read(text: str, names: Sequence[str] = ()) -> Reading:
    """Return a résumé of one page as `limited_child` reads it."""
    blanked = blanked_for_embedding(text, names)
    passages = cut_passages(blanked, [Page(1, 0, len(text))], flags_in(blanked))
    texts = texts_for_embedding(text, [(passage.start, passage.end) for passage in passages], names)
    return Reading(blanked, passages, tuple(texts))


class Vectors:
    """Vectors of texts, each embedded once."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float32]] = {}

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, d) for n texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._embed(new), strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float32)


def score(asked: Asked, reading: Reading, vectors: Vectors, *, guarded: bool = True) -> float:
    """Return the mean over the posting's texts of the mean of the best three passages.

    Guarded, a flagged passage counts as the weakest of the others: left out altogether it would make room for one
    that is better, and insertion would pay by where it cuts.
    """
    similar = vectors.of(reading.texts).astype(np.float64) @ asked.vectors.T.astype(np.float64)
    best = np.argsort(-similar, axis=0, kind="stable")[:BEST_PASSAGES]
    counted = np.take_along_axis(similar, best, axis=0)
    if guarded:
        flagged = np.array(flagged_passages(reading.passages, copied_flags(asked.words, reading.blanked)), dtype=bool)
        weakest = similar[~flagged].min(axis=0, initial=1.0) if not flagged.all() else np.zeros(similar.shape[1])
        counted = np.where(flagged[best], np.minimum(counted, weakest), counted)
    return float(counted.mean()) if counted.size else 0.0


def ask(posting: Document, vectors: Vectors) -> Asked:
    """Return a posting ready to be compared: its title and the first of its passages."""
    title, _, text = posting.text.partition("\n")
    pieces = [text[piece.start : piece.end] for piece in cut_passages(text, [Page(1, 0, len(text))])]
    return Asked(posting, vectors.of([title, *pieces[:POSTING_PASSAGES]]), posting_words(posting.text))


def try_tricks(
    asked: Asked, resumes: Sequence[Document], readings: Sequence[Reading], vectors: Vectors, count: int, seed: int = 0
) -> Iterator[Tried]:
    """Yield what each trick does for *count* unqualified résumés that are not among the first TOP before.

    *readings*: of *resumes*, in the same order.
    """
    pick = random.Random(seed)  # noqa: S311
    honest = np.array([score(asked, reading, vectors) for reading in readings])
    ranks = [1 + int((honest > own).sum()) for own in honest]
    others = [
        number
        for number, resume in enumerate(resumes)
        if resume.families.isdisjoint(asked.posting.families) and ranks[number] > TOP
    ]
    for number in pick.sample(others, min(count, len(others))):
        for trick, tamper in visible_tricks(asked.posting.text, pick):
            reading = read(tamper(resumes[number].text))
            flags = [*flags_in(reading.blanked), *copied_flags(asked.words, reading.blanked)]
            after, unguarded = (score(asked, reading, vectors, guarded=guarded) for guarded in (True, False))
            rest = np.delete(honest, number)
            yield Tried(
                trick, ranks[number], 1 + int((rest > after).sum()), 1 + int((rest > unguarded).sum()), bool(flags)
            )


def swapped_texts(resume: Document, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the model is given of one résumé under two identities."""
    first, second = identity(2 * number), identity(2 * number + 1)
    return (
        read(signed(resume.text, first, number), [first.name]).texts,
        read(signed(resume.text, second, number), [second.name]).texts,
    )


def hidden_left(resume: str, postings: Sequence[Document]) -> Iterator[str]:
    """Yield what is read of each posting pasted as white text into a PDF and a DOCX; "!" when it is not told."""
    for posting in postings:
        for filename, make in FILES.items():
            seen, stuffed = (read_file(filename, make(resume, hidden)) for hidden in ("", posting.text))
            told = any(flag.kind is FlagKind.HIDDEN for flag in stuffed.flags)
            yield stuffed.text.removeprefix(seen.text) if told else "!"


def resumes_in(folder: Path) -> list[Document]:
    """Return the résumés of the benchmark, by id."""
    rows = _rows(folder / "benchmarks" / "jobfamily_resumes_dev" / "documents.jsonl.gz")
    return sorted(
        (Document(row["id"], frozenset({row["category"]}), row["text"]) for row in rows), key=lambda one: one.name
    )


def postings_in(folder: Path) -> list[Document]:
    """Return the longest posting of each of POSTINGS, its title in the first line."""
    found = []
    for source, title, families in POSTINGS:
        rows = _rows(folder / "postings" / f"{source}_postings.jsonl.gz")
        fitting = [row for row in rows if re.search(title, row["title"], re.IGNORECASE)]
        longest = max(fitting, key=lambda row: (len(row["text"]), row["id"]))
        found.append(Document(longest["title"], frozenset(families), f"{longest['title']}\n{longest['text']}"))
    return found


def _rows(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
