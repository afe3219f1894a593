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

from matching.briefs import Brief, texts_of
from matching.documents import TextIndex, index_text
from matching.evaluation.readings import Reading, as_kept, pool_of, read_document
from matching.evaluation.tampering import FILES, identity, signed, visible_tricks
from matching.resumes.copying import copied_flags, posting_words
from matching.resumes.reading import read_file
from matching.resumes.types import FlagKind
from matching.scoring import rank_pool
from matching.suspects import CHECKED, rank_checked

SWAPS = 200
TOP = 10
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
Compared = tuple[tuple[str, ...], TextIndex]


@dataclass(frozen=True)
class Document:
    """A résumé with the family it was published in; a posting with the families it may ask for."""

    name: str
    families: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A posting as the brief of a project, with the vectors of its texts, (t, d), and the occupations, (r, d)."""

    posting: Document
    brief: Brief
    vectors: NDArray[np.float32]
    references: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trick did for one résumé beside one posting: its rank before and after, and with the guard off."""

    trick: str
    before: int
    after: int
    unguarded: int
    flagged: bool


class Vectors:
    """Vectors of texts, each embedded once and rounded as the database does."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float32]] = {}

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, d) for n texts, of which there has to be one."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, as_kept(self._embed(new)), strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float32)


def ask(posting: Document, vectors: Vectors, references: NDArray[np.float32] | None = None) -> Asked:
    """Return a posting ready to be compared; *references*: of the space of *vectors*."""
    title, _, text = posting.text.partition("\n")
    brief = Brief(title, (), text)
    return Asked(posting, brief, vectors.of([piece.text for piece in texts_of(brief)]), references)


def ranked(asked: Asked, texts: Sequence[str], readings: Sequence[Reading], vectors: Vectors) -> NDArray[np.float64]:
    """Return the score of each résumé, (n,), ranked together as people are for managers; *readings*: of *texts*."""
    pool = pool_of(readings, vectors.of(_given(readings)))

    def texts_by_number(numbers: Sequence[int]) -> dict[int, str]:
        return {number: texts[number] for number in numbers}

    found = rank_checked(asked.brief, asked.vectors, pool, asked.references, texts_by_number)
    scores: NDArray[np.float64] = found.ranking.scores[np.argsort(found.ranking.ids)]
    return scores


def believed(asked: Asked, text: str, reading: Reading, vectors: Vectors) -> float:
    """Return the score of a résumé of which everything is believed, flagged or not; *reading*: of *text*."""
    pool = pool_of([reading], vectors.of(_given([reading])))
    whole = pool.suspecting(np.zeros_like(pool.flagged), {0: index_text(text)})
    return float(rank_pool(asked.brief, asked.vectors, whole, asked.references).scores[0])


def _given(readings: Sequence[Reading]) -> list[str]:
    return [piece.text for reading in readings for piece in reading.pieces]


def try_tricks(
    asked: Asked, resumes: Sequence[Document], readings: Sequence[Reading], vectors: Vectors, count: int, seed: int = 0
) -> Iterator[Tried]:
    """Yield what each trick does for *count* unqualified résumés that are not among the first TOP before.

    *readings*: of *resumes*, in the same order.  Nobody's score depends on who else is there, so each is ranked among
    those only who are looked at: the first CHECKED of the others.
    """
    pick = random.Random(seed)  # noqa: S311
    honest = ranked(asked, [resume.text for resume in resumes], readings, vectors)
    order = np.argsort(-honest, kind="stable").tolist()
    ranks = [1 + int((honest > own).sum()) for own in honest]
    others = [
        number
        for number, resume in enumerate(resumes)
        if resume.families.isdisjoint(asked.posting.families) and ranks[number] > TOP
    ]
    posting = posting_words(asked.posting.text)
    for number in pick.sample(others, min(count, len(others))):
        beside = [other for other in order if other != number][:CHECKED]
        rest = np.delete(honest, number)
        for trick, tamper in visible_tricks(asked.posting.text, pick):
            text = tamper(resumes[number].text)
            reading = read_document(text)
            texts = [*(resumes[other].text for other in beside), text]
            after = ranked(asked, texts, [*(readings[other] for other in beside), reading], vectors)[-1]
            unguarded = believed(asked, text, reading, vectors)
            flagged = any(piece.flagged for piece in reading.pieces) or bool(copied_flags(posting, text))
            place, believed_place = (1 + int((rest > score).sum()) for score in (after, unguarded))
            yield Tried(trick, ranks[number], place, believed_place, flagged)


def swapped(resume: Document, number: int) -> tuple[Compared, Compared]:
    """Return what one résumé is compared by under two identities."""
    first, second = (
        compared(signed(resume.text, who, number), [who.name])
        for who in (identity(2 * number), identity(2 * number + 1))
    )
    return first, second


def compared(text: str, names: Sequence[str] = ()) -> Compared:
    """Return what a résumé is compared by: the texts that the model is given, and the counted words."""
    reading = read_document(text, names)
    return tuple(_given([reading])), reading.index


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
