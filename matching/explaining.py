"""Which place in a résumé supports what is asked for, quoted exactly, or nothing.

The ranking has found the passages by their vectors; words only point within them, so nothing here needs the model.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from matching.documents import is_title
from matching.sentences import Piece, is_heading, is_list, pieces_of, trimmed, words_in
from matching.types import Ranked, SignalPart, Span

SKILL = "skill"
NOTHING = r"(?!)"
ABOUT_TITLE = frozenset({"headline", "title"})
# The parts of a score that say what was looked for where.
QUOTED = ABOUT_TITLE | {"wish", SKILL}

# Measured with the default model on 96 résumés of 24 occupations: the best passage of somebody lay at 0.25 or above
# for 79 % of the titles and descriptions of occupations like their own, and for 3 % of eight wishes that nobody's
# résumé speaks of (at 0.20 it was 9 %, at 0.30 it was 1 % but only 69 % of the titles).
LEAST_SIMILARITY = 0.25
# A sentence that holds little of what is asked for supports it only where its passage comes closer.  Read by hand, 20
# wishes against 45 résumés: of those below 0.40 4 of 24 spoke of the wish; of sentences that share more 7 of 9 did
# even below 0.30.
MUCH_SHARED, LEAST_SIMILARITY_UNSHARED = 0.34, 0.40
# One that holds nearly all of the words supports it however far the rest of its passage leads away.
ALL_SHARED = 0.8
# A short piece alone says little; it is quoted with what follows.
SHORTEST_QUOTE = 40
LONGEST_QUOTE = 400
# What shares less than this with the wish, counted by rarity, is no better a quote than the passage it stands in.
LEAST_SHARED = 0.15
# A skill that no word names is supported only by a passage that comes this close to it.
LEAST_UNNAMED = 0.45
# A heading or a list names a thing and says nothing of it; the second and third passage come a little after the first.
HEADING, LISTING, FULL_STOP = 0.25, 0.5, 1.1
PLACES = (1.0, 0.8, 0.65)
FURTHER = 0.5
# How much a sentence's own vector counts beside its words, where the caller has one.
OF_VECTOR = 2.0
# A word that stands often tells a little less, not much less: often it is the very subject of the résumé.
OF_COUNT = 0.3


@dataclass(frozen=True, slots=True)
class Support:
    """The words that support something: ``text[span.start:span.end]`` is *quote*.

    *shared*: how much of the asked words, by rarity, stands in the sentence, 0 to 1.  *whole*: none names it; the
    passage as a whole comes closest.
    """

    span: Span
    quote: str
    shared: float = 0.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """A piece with its stems, in order, and how much its form lets it say."""

    piece: Piece
    stems: tuple[str, ...]
    held: frozenset[str]
    form: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """The stems of something wanted, in order, and what finds how one of their words begins."""

    stems: tuple[str, ...]
    begins: re.Pattern[str]


@lru_cache(maxsize=1 << 12)
def _asked(wanted: str) -> _Asked:
    stems = tuple(stem for stem, _, _ in words_in(wanted, 0, len(wanted)))
    return _Asked(stems, re.compile("|".join(map(re.escape, dict.fromkeys(stems))) or NOTHING))


class Wording:
    """The words of one résumé, asked about everything that is wanted of its owner; what is read of it is read once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._small = text.lower()
        # Offsets hold in both only while no letter grew when it was made small, as the dotted İ does.
        self._searchable = len(self._small) == len(text)
        self._pieces: dict[Piece, list[Piece]] = {}
        self._read: dict[Piece, _Read] = {}

    def support(
        self,
        wanted: str,
        spans: Sequence[Span],
        *,
        skill: bool = False,
        closeness: Mapping[Piece, float] | None = None,
    ) -> Support | None:
        """Return the words within *spans* (passages, the closest first) that best support *wanted*.

        *skill*: something that need only be named, so that a list which names it will do, in whichever passage; of
        other wishes the first three count.  *closeness*: similarity of pieces (as :meth:`pieces` gives them) to
        *wanted*, -1 to 1, where the caller has their vectors.  Where no piece shares enough words the first passage
        as a whole is what was found.  None without spans.
        """
        asked = _asked(wanted)
        weights = {stem: self._rarity(stem) for stem in asked.stems}
        best: tuple[float, Span, int] | None = None
        for place, span in enumerate(spans if skill else spans[: len(PLACES)]):
            nearness = PLACES[place] if place < len(PLACES) else FURTHER
            if not closeness and not self._may_hold(asked, (span.start, span.end)):
                continue
            for number, piece in enumerate(self.pieces(span)):
                value = nearness * self._value(piece, asked, weights, skill)
                value += OF_VECTOR * max(closeness.get(piece, 0.0), 0.0) if closeness else 0.0
                if value > 0 and (best is None or value > best[0]):
                    best = (value, span, number)
        if best is None:
            return Support(spans[0], self.text[spans[0].start : spans[0].end], whole=True) if spans else None
        _, span, number = best
        start, end = self._readable(self.pieces(span), number, weights)
        shared = _share(self._read_one(self.pieces(span)[number]), weights)
        return Support(replace(span, start=start, end=end), self.text[start:end], shared)

    def pieces(self, span: Span) -> list[Piece]:
        """Return the sentences and bullets of a passage."""
        key = (span.start, span.end)
        if key not in self._pieces:
            self._pieces[key] = pieces_of(self.text, *key)
        return self._pieces[key]

    def _value(self, piece: Piece, asked: "_Asked", weights: Mapping[str, float], skill: bool) -> float:
        if not self._may_hold(asked, piece):
            return 0.0
        return _value(self._read_one(piece), asked.stems, weights, skill)

    def _may_hold(self, asked: "_Asked", piece: Piece) -> bool:
        """Say whether an asked word may stand there: most places hold none, and then need not be taken apart."""
        return not self._searchable or bool(asked.begins.search(self._small, *piece))

    def _read_one(self, piece: Piece) -> _Read:
        if piece not in self._read:
            stems = tuple(stem for stem, _, _ in words_in(self.text, *piece))
            self._read[piece] = _Read(piece, stems, frozenset(stems), _form(self.text[slice(*piece)]))
        return self._read[piece]

    def _rarity(self, stem: str) -> float:
        """Return how much a word tells: 1 for one that stands once or not at all in the résumé, less for a frequent."""
        return 1 / (1 + OF_COUNT * math.log(max(1, self._small.count(stem))))

    def _readable(self, pieces: Sequence[Piece], number: int, asked: Collection[str]) -> Piece:
        start, end = pieces[number]
        places = [(left, right) for stem, left, right in words_in(self.text, start, end) if stem in asked]
        start, end = trimmed(self.text, (start, end), places, LONGEST_QUOTE)
        for _, further in pieces[number + 1 :]:
            if end - start >= SHORTEST_QUOTE or further - start > LONGEST_QUOTE:
                break
            end = further
        return start, end


def _value(read: _Read, asked: Sequence[str], weights: Mapping[str, float], skill: bool) -> float:
    """Return how well a piece answers, 0 to about 1: the asked words in it by rarity, and whether it says more."""
    share = _share(read, weights)
    if share < LEAST_SHARED:
        return 0.0
    if skill and _names(read.stems, asked):
        return 1.0 + share * read.form
    return share * read.form


def _share(read: _Read, weights: Mapping[str, float]) -> float:
    shared = sum(weight for stem, weight in weights.items() if stem in read.held)
    return shared / (sum(weights.values()) or 1.0)


def _form(piece: str) -> float:
    if is_heading(piece):
        return HEADING
    if is_list(piece):
        return LISTING
    return FULL_STOP if piece.endswith((".", "!", "?", ";")) else 1.0


def _names(stems: Sequence[str], asked: Sequence[str]) -> bool:
    """Say whether the words of a skill stand in a row."""
    count = len(asked)
    return any(list(stems[at : at + count]) == list(asked) for at in range(len(stems) - count + 1))


def found_in(
    wording: Wording, wanted: str, spans: Sequence[Span], best: float, *, skill: bool = False
) -> Support | None:
    """Return what supports *wanted*, or None where nothing does.

    *spans*: its closest passages, none of them flagged, the closest first; *best*: how close that one comes.
    A wish needs LEAST_SIMILARITY, less where all of its words are there and more where they are not; a skill has to
    be named, or come close.
    """
    found = wording.support(wanted, spans, skill=skill)
    if found is None or (skill and found.whole and best < LEAST_UNNAMED):
        return None
    if skill or found.shared >= ALL_SHARED:
        return found
    return found if best >= (LEAST_SIMILARITY if found.shared >= MUCH_SHARED else LEAST_SIMILARITY_UNSHARED) else None


def explain(ranked: Ranked, texts: Mapping[int, str]) -> Ranked:
    """Return *ranked* with the words quoted that support each part, or with "nothing found" (no span, no quote).

    A wish or skill is supported by a sentence, a title by the line that names the job where there is one.
    *texts*: by résumé id.  Every quote equals ``texts[span.resume_id][span.start:span.end]``.
    """
    wordings = {
        resume_id: Wording(texts[resume_id])
        for resume_id in {part.places[0].resume_id for part in ranked.parts if part.places}
        if resume_id in texts
    }
    named = next((found for part in ranked.parts if (found := _named(part, wordings))), None)
    return replace(ranked, parts=tuple(_explained(part, wordings, named) for part in ranked.parts))


def _named(part: SignalPart, wordings: Mapping[int, Wording]) -> Support | None:
    """Return the closest place of a part about the title that is the line of a job title."""
    for place in part.places if part.kind in ABOUT_TITLE else ():
        if place.resume_id in wordings:
            line = wordings[place.resume_id].text[place.start : place.end]
            if is_title(line):
                return Support(place, line)
    return None


def _explained(part: SignalPart, wordings: Mapping[int, Wording], named: Support | None) -> SignalPart:
    found = named if part.kind in ABOUT_TITLE else None
    if found is None and part.kind in QUOTED and part.places and part.places[0].resume_id in wordings:
        wording = wordings[part.places[0].resume_id]
        found = found_in(wording, part.label, part.places, part.best, skill=part.kind == SKILL)
    return replace(part, span=found.span, quote=found.quote) if found else replace(part, span=None, quote="")
