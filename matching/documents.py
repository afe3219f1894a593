"""What a text is counted as when it is read: its words, and the places that name a job."""

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matching.sentences import is_heading, words_in

DATA = Path(__file__).with_name("data")
MOST_TITLES = 4
LONGEST_TITLE = 80
MOST_TITLE_WORDS = 8
# So few words are no sentence.
SHORTEST_SENTENCE = 2
# A text so short is a title, or a label, by itself.
SHORT_TEXT_WORDS = 12
# In a line longer than this only the beginning may be a title.
LONG_LINE = 200
MOST_SAID = 255
TERM = struct.Struct("<I")

BRACKETS = re.compile(r"\([^()]*\)")
SMALL = frozenset(["of", "for", "and", "in", "the", "to", "with", "at", "a", "on"])
BEFORE_PLACE = frozenset(["of", "for", "in", "at", "to", "with"])
DEGREES = frozenset(["i", "ii", "iii", "iv", "sr", "jr"])
TITLE_WORD = re.compile(r"[A-Za-z][A-Za-z.+#&'/-]*")
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+"
PARTING = re.compile(
    r"\s+[-–—|•·:/]\s+|[|•·\t;:,()]+|\s{2,}|\bcompany name\b|\bcity\s*,\s*state\b"
    rf"|\b(?:{MONTH})?(?:19|20)\d\d\b|\b\d{{1,2}}/(?:19|20)?\d\d\b|\b(?:current|present|till date|now|to)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextIndex:
    """The words of a text: *terms* holds n hashes of stems, ascending, four bytes each, then how often, one byte each.

    *is_label*: it is a title or a label, all of whose words matter, and no résumé.
    """

    terms: bytes
    is_label: bool = False

    @property
    def count(self) -> int:
        """How many different words there are."""
        return len(self.terms) // (TERM.size + 1)

    def without(self, words: Mapping[int, int]) -> "TextIndex":
        """Return the index of the text without some words: how often each of these hashes stands in what is left out.

        What was said more than MOST_SAID times is taken to have been said so often.
        """
        _, hashes, said = joined([self])
        left = np.maximum(said.astype(np.int64) - [words.get(one, 0) for one in hashes.tolist()], 0)
        kept = left > 0
        terms = hashes[kept].astype("<u4").tobytes() + left[kept].astype(np.uint8).tobytes()
        return TextIndex(terms, self.is_label)

    def to_spec(self) -> dict[str, Any]:
        """Return all but *terms* as plain JSON."""
        return {"is_label": self.is_label}

    @classmethod
    def from_spec(cls, terms: bytes, spec: dict[str, Any]) -> Self:
        """Return the index whose parts were kept as bytes and as plain JSON."""
        return cls(terms, spec.get("is_label", False))


def index_text(text: str) -> TextIndex:
    """Return the words of a résumé, counted by their stems; it is none of the labels, however little it says."""
    return TextIndex(_terms_of(text))


def index_label(text: str) -> TextIndex:
    """Return the words of a title or label; brackets, which only say what meaning is meant, are left out."""
    terms = _terms_of(BRACKETS.sub(" ", text).strip() or text)
    return TextIndex(terms, is_label=bool(terms))


def _terms_of(text: str) -> bytes:
    said = _counted(stem for stem, _, _ in words_in(text, 0, len(text)))
    hashes = sorted(said)
    return np.array(hashes, dtype="<u4").tobytes() + bytes(min(said[one], MOST_SAID) for one in hashes)


def words_within(text: str, places: Sequence[tuple[int, int]]) -> Counter[int]:
    """Return how often the words that begin in one of *places* of *text* stand there, by their hashes."""
    return _counted(
        stem for stem, at, _ in words_in(text, 0, len(text)) if any(start <= at < end for start, end in places)
    )


def _counted(stems: Iterable[str]) -> Counter[int]:
    said: Counter[int] = Counter()
    for stem, count in Counter(stems).items():
        said[_hash_of(stem)] += count
    return said


def joined(indexes: Sequence[TextIndex | None]) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint8]]:
    """Return how many different words each of *indexes* has, (m,), and those of all: hashes and how often, (n,)."""
    there = [one for one in indexes if one]
    hashes = b"".join(one.terms[: TERM.size * one.count] for one in there)
    said = b"".join(one.terms[TERM.size * one.count :] for one in there)
    sizes = np.array([one.count if one else 0 for one in indexes], dtype=np.int64)
    return sizes, np.frombuffer(hashes, dtype="<u4"), np.frombuffer(said, dtype=np.uint8)


def hashes_of(stems: Sequence[str]) -> NDArray[np.uint32]:
    """Return the number that stands for each stem."""
    return np.array([_hash_of(stem) for stem in stems], dtype=np.uint32)


@lru_cache(maxsize=1 << 16)
def _hash_of(stem: str) -> int:
    return zlib.crc32(stem.encode())


def weights_of(text: str) -> dict[str, float]:
    """Return the stems of *text*, each with how rare it is in texts about work."""
    stems = list(dict.fromkeys(stem for stem, _, _ in words_in(text, 0, len(text))))
    return dict(zip(stems, rarities(hashes_of(stems)).tolist(), strict=True))


def rarities(hashes: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return how rare words are, (n,), from about 1 for "manage" to 10.5 for one never seen.

    Inverse document frequency over ESCO (European Commission) and O*NET 29.3 (USDOL/ETA): always the same, whoever
    else is ranked.
    """
    known, rarity, unknown = _words()
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[at] == hashes, rarity[at], unknown)


@cache
def _words() -> tuple[NDArray[np.uint32], NDArray[np.float64], float]:
    with np.load(DATA / "words.npz") as kept:
        return kept["hashes"], kept["rarity"].astype(np.float64), float(kept["unknown"])


def is_short(text: str) -> bool:
    """Return whether *text* is no more than a title or a label."""
    return len(text.split()) <= SHORT_TEXT_WORDS


def titles_in(text: str) -> tuple[tuple[int, int], ...]:
    """Return up to four places (start, end) where *text* names a job, each of another name, in their order.

    A text of a few words is left as it is: it has no places of its own.
    """
    if is_short(text):
        return ()
    found: dict[str, tuple[int, int]] = {}
    for start, end in _candidates(text):
        if is_title(text[start:end]):
            found.setdefault(text[start:end].lower(), (start, end))
            if len(found) == MOST_TITLES:
                break
    return tuple(found.values())


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands alone in a line, or between the signs, dates and places that part a line."""
    for line in re.finditer(r"[^\n]+", text):
        at = line.start()
        shown = min(line.end(), at + LONG_LINE)
        for parting in [*PARTING.finditer(text, at, shown), None]:
            end = parting.start() if parting else shown
            piece = text[at:end]
            bare = piece.strip(" .,*#\r")
            if bare and len(bare) <= LONGEST_TITLE and (parting or shown == line.end()):
                begin = at + piece.index(bare)
                yield begin, begin + len(bare)
            at = parting.end() if parting else end


def is_title(piece: str) -> bool:
    """Say whether *piece* is written like a title and ends, but for its place, in a word that ends titles."""
    words = TITLE_WORD.findall(piece)
    if not is_heading(piece) or any(word[0].islower() and word not in SMALL for word in words):
        return False
    return _ends_like_a_title(words)


def names_a_job(text: str) -> bool:
    """Say whether *text*, all of it, is the name of a job, in whatever letters; one or two words always are."""
    if len(text.split()) <= SHORTEST_SENTENCE:
        return bool(text.strip())
    return _ends_like_a_title(TITLE_WORD.findall(BRACKETS.sub(" ", text)))


def _ends_like_a_title(words: Sequence[str]) -> bool:
    if not 1 <= len(words) <= MOST_TITLE_WORDS:
        return False
    core = [word.lower().strip(".") for word in words]
    place = next((at for at, word in enumerate(core) if at and word in BEFORE_PLACE), len(core))
    core = core[:place]
    while len(core) > 1 and core[-1] in DEGREES:
        core.pop()
    last = re.split(r"[/&-]", core[-1])
    return any(word in _title_words() or word.removesuffix("s") in _title_words() for word in last)


@cache
def _title_words() -> frozenset[str]:
    return frozenset((DATA / "title_words.txt").read_text(encoding="utf-8").split())
