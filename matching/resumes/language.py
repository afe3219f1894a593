"""Whether a text is in English, told piece by piece, so that a text in two languages is noticed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from matching.resumes.language_model import own_identifier
from matching.resumes.privacy import blanked_for_embedding
from matching.resumes.types import LanguageNote, LanguageShare, LanguageVerdict

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH = "en"
UNKNOWN = "und"
# Fewer letters tell names of tools and towns, not a language.
MIN_LETTERS = 200
# A sign of Chinese or Japanese, or a syllable of Korean, says about as much as three letters.
LETTERS_PER_IDEOGRAPH = 3
# Long enough for the identifier to be sure, short enough to keep paragraphs of two languages apart.
PIECE_LETTERS = 160
PARAGRAPH_LETTERS = 60
# A piece about which the identifier is less sure has no vote.
SURE = 0.5
# Up to here another language is a title, a place or an address; from here on it is said.
SAID_FROM = 0.10
# An English résumé may quote some lines; from here on its reader would miss something.
REFUSED_FROM = 0.25
SAMPLE = 60
# Neighbours that a few lines do not tell apart are counted together and named by the most frequent.
FAMILIES = ("ar ary arz", "bs hr sr", "cs sk", "da nn no", "gl pt", "id ms", "yue zh")
FAMILY = {code: family.split()[0] for family in FAMILIES for code in family.split()}


def judge_language(text: str, identifier: "LanguageIdentifier | None" = None) -> LanguageVerdict:
    """Say whether a text may pass as English, and what it is written in.

    Prose decides; lists of skills, names and contacts are noise and only asked when there is nothing else.
    *identifier*: one made already; without it this process makes and keeps its own.
    """
    pieces = list(_pieces(filter(_is_prose, _lines(text)))) or list(_pieces(_lines(text)))
    if sum(_letters(piece) for piece in pieces) < MIN_LETTERS:
        pieces = list(_pieces(_lines(text)))
    shares = _shares(pieces, identifier or own_identifier())
    if sum(_letters(piece) for piece in pieces) < MIN_LETTERS or not shares:
        return _too_short(shares)
    english = sum(share.share for share in shares if share.language == ENGLISH)
    others = tuple(share for share in shares if share.language != ENGLISH and share.share >= SAID_FROM)
    if not others or english > 1 - SAID_FROM:
        return LanguageVerdict(True, ENGLISH, "English", english, LanguageNote.NONE, "", shares)
    if 1 - english < REFUSED_FROM:
        return LanguageVerdict(True, ENGLISH, "English", english, LanguageNote.MIXED, "", shares)
    return _refused(shares, others[0], english)


def _refused(shares: tuple[LanguageShare, ...], other: LanguageShare, english: float) -> LanguageVerdict:
    if english < SAID_FROM:
        refusal = f"This résumé seems to be written in {other.name}. Please upload it in English."
        return LanguageVerdict(False, other.language, other.name, other.share, LanguageNote.NONE, refusal, shares)
    refusal = (
        f"About {english:.0%} of this résumé is in English and about {other.share:.0%} in {other.name} "
        f"(“{other.sample}…”). Please upload it in English throughout."
    )
    return LanguageVerdict(False, other.language, other.name, other.share, LanguageNote.MIXED, refusal, shares)


def _too_short(shares: tuple[LanguageShare, ...]) -> LanguageVerdict:
    refusal = (
        "There is too little text here to tell whether it is English. "
        "Please upload a résumé with a few full sentences about what you did."
    )
    likely = shares[0] if shares else LanguageShare(UNKNOWN, "an unknown language", 0.0, "")
    return LanguageVerdict(False, likely.language, likely.name, likely.share, LanguageNote.TOO_SHORT, refusal, shares)


def _lines(text: str) -> Iterator[str]:
    """Yield lines without contacts, those all in capitals in small letters, which the identifier knows better."""
    for line in blanked_for_embedding(text).splitlines():
        tidy = " ".join(line.split())
        yield tidy.lower() if tidy.isupper() else tidy


def _is_prose(line: str) -> bool:
    """Say whether a line is blank or reads like a sentence rather than a heading, a name or a list of tools.

    Sentences have words in small letters between the others, in German too; scripts without capitals have signs enough.
    """
    if not line:
        return True
    words = [word for word in re.split(r"[\s/]+", line) if any(map(str.isalpha, word))]
    if not any(sign.islower() or sign.isupper() for sign in line):
        return _letters(line) >= 12
    small = sum(word.lstrip("\"'(«„“‘-–•").islower() for word in words)
    return len(words) >= 4 and small >= 0.4 * len(words)


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield neighbouring lines together, long lines in parts, until each is long enough to be told.

    A blank line parts paragraphs, which may be in different languages, unless there is too little to tell yet.
    """
    piece = ""
    for line in lines:
        if not line and _letters(piece) >= PARAGRAPH_LETTERS:
            yield piece
            piece = ""
        for part in _parts(line):
            piece = f"{piece} {part}".strip()
            if _letters(piece) >= PIECE_LETTERS:
                yield piece
                piece = ""
    if piece:
        yield piece


def _parts(line: str) -> Iterator[str]:
    """Yield the sentences of a line."""
    yield from (part for part in re.split(r"(?<=[.!?;。！？；])\s*", line) if part)


def _letters(text: str) -> int:
    """Count letters, a sign of a dense script as several."""
    return sum((LETTERS_PER_IDEOGRAPH if sign >= "\u2e80" else 1) for sign in text if sign.isalpha())


def _shares(pieces: list[str], identifier: "LanguageIdentifier") -> tuple[LanguageShare, ...]:
    """Return how much of the pieces is in which language, largest first, with a sample of each."""
    letters: Counter[str] = Counter()
    members: dict[str, Counter[str]] = {}
    samples: dict[str, tuple[float, str]] = {}
    for piece in pieces:
        code, certainty = identifier.classify(piece)
        if certainty < SURE:
            continue
        family = FAMILY.get(code, code)
        letters[family] += _letters(piece)
        members.setdefault(family, Counter())[code] += _letters(piece)
        samples[family] = max(samples.get(family, (0.0, "")), (certainty, piece[:SAMPLE].strip()))
    total = sum(letters.values())
    return tuple(
        LanguageShare(tag, language_name(tag), amount / total, samples[family][1])
        for family, amount in letters.most_common()
        for tag, _ in members[family].most_common(1)
    )


def language_name(tag: str) -> str:
    """Return the English name of a language, "Romanian" for "ro"."""
    if tag == ENGLISH:
        return "English"
    # Its names take 0.3 s to load, which an English text need not wait for.
    from langcodes import Language

    return Language.get(tag).display_name("en")
