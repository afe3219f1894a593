"""Where a text names its owner: by names that are known, and by a headline that looks like one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources

from matching.resumes.passages import HEADINGS, Span

# A résumé begins with who it is; what has no line break at all, or is as short as a title, has no such beginning.
MIN_CHARACTERS = 200
MOST_HEAD_LINES = 12
MOST_HEAD_CHARACTERS = 900
PROSE_WORDS = 12
# Further into a line stand addresses, then whatever a file without line breaks holds.
FIRST_PARTS = 3
HEADING_WORDS = HEADINGS | frozenset(
    re.findall(
        r"\w+", "areas competencies details expertise hobbies knowledge strengths technical technologies tools total"
    )
)
BOUND = re.compile(r"\b\w{1,2}['’](\w+)")
# Names that are also months or places, as far as they are no ordinary words.
AMBIGUOUS = frozenset(
    re.findall(
        r"\w+",
        "january february april june july august september october november december washington virginia carolina "
        "georgia dakota jordan chad israel paris london sydney milan florence verona sofia lima adelaide charlotte "
        "jackson lincoln madison austin houston dallas denver cleveland columbus orlando phoenix savannah brooklyn "
        "chelsea kent lancaster york india china kenya malta cyprus",
    )
)
CAPITAL = r"[A-ZÀ-ÞĀ-Ž]"
OTHERS_AFTER = re.compile(rf" {CAPITAL}[\w’'-]+|, ?[A-Z]{{2}}\b")
OTHERS_BEFORE = re.compile(rf"(?<![.!?] )\b(?!(?:Mr|Mrs|Ms|Miss|Dr|Prof)\b){CAPITAL}[\w’'-]+ $")
PARTS = re.compile(r"\s[-–—]\s|[,|•·;/()–—]|\s{3,}")
# A letter, then letters, with one sign between letters: "O'Neil", "Anne-Marie", "McDonald".
NAME_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
PARTICLES = frozenset(
    re.findall(r"\w+", "de da das do dos del della di du la le van von der den ter bin bint ibn al el y e zu")
)
WORD = re.compile(r"[^\W\d_]+")
BETWEEN = r"[ ,'’-]{1,2}"
NAMED = re.compile(r"\W*(?:full |candidate )?name ?[:=-][ \t]*([^\n|•;,:\d]{2,60})(?=$|[\n|•;,])", re.IGNORECASE)
EMAIL_NAME = re.compile(r"([\w.+%'-]{1,64})@")
FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "a", "œ": "o", "’": "'"})
TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe"}


def name_spans(text: str, names: Sequence[str] = ()) -> Iterator[Span]:
    """Yield the places that name the owner: by the words of *names*, or by those of a headline that looks like a name.

    Case, order and diacritics do not matter.  A word that is also an ordinary one, a month or a place ("Grant", "Will",
    "April") counts only beside another word of the name: what such a word says elsewhere is not who somebody is.
    """
    owners = (*names, *headline_name(text))
    words = {word for name in owners for word in _words(name)}
    if not words:
        return
    # "de la" Cruz, "Al-"Hassan, "O'"Neil: only beside a word that names.
    joiners = {word for name in owners for word in map(fold, WORD.findall(name))} - set(map(fold, words))
    spellings = {re.escape(spelling) for word in words for spelling in _spellings(word)}
    one = "|".join(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))
    initials = "|".join(sorted({fold(word[0]) for word in words}))
    small = "|".join([*(rf"{joiner}{BETWEEN}" for joiner in sorted(joiners)), r"[a-z]\. ?"])
    middle = rf"{BETWEEN}(?:[a-z] )?(?:{small}){{0,3}}"
    after = rf"(?:{middle}(?:{one})(?!\w))*(?:,? (?:{initials})\.(?!\w))*(?:'s)?(?!\w)"
    # "O'Neil" is not every Neil.
    bound = {fold(word) for name in owners for word in BOUND.findall(name)}
    folded = fold(text)
    for found in re.finditer(rf"(?<!\w)(?:{small}){{0,3}}(?:{one})(?!\w){after}", folded):
        if found[0] not in bound and _is_name_here(text, folded, found.span()):
            yield found.span()


def headline_name(text: str) -> tuple[str, ...]:
    """Return the words of the first headline that looks like a name, none when there is none.

    Two to four words with capitals, none of which is a word of work: "ACCOUNTANT" and "Senior Java Developer" are
    titles.  One ordinary word ("Jane Cook") or a single one is believed when an e-mail address says the same.
    """
    if len(text) < MIN_CHARACTERS:
        return ()
    mailed = " ".join(fold(found) for found in EMAIL_NAME.findall(text[:MOST_HEAD_CHARACTERS]))
    alone: list[str] = []
    for start, end in head_lines(text):
        if said := NAMED.match(text, start, end):
            return tuple(WORD.findall(said[1]))
        parts = [part.strip(" .:*_") for part in PARTS.split(text[start:end])]
        for part in parts[:FIRST_PARTS]:
            words = _name_words(part)
            if words and _looks_like_a_name(words, mailed):
                return words
        # A name set in two lines: "MARIA" above "GARCIA".
        words = _name_words(parts[0]) if len(parts) == 1 else ()
        alone = [*alone, *words] if len(words) == 1 and not is_ordinary(words[0]) else []
        if len(alone) == 2:
            return tuple(alone)
    return ()


def head_lines(text: str) -> Iterator[Span]:
    """Yield the lines above the first section or paragraph, at most a dozen, where a résumé says whose it is."""
    seen = 0
    for found in re.finditer(r"[^\n]+", text[:MOST_HEAD_CHARACTERS]):
        line = found[0].strip()
        words = WORD.findall(line)
        if _begins_a_section(words) or (len(words) >= PROSE_WORDS and _is_prose(words)) or seen == MOST_HEAD_LINES:
            return
        seen += bool(line)
        yield found.span()


def _begins_a_section(words: Sequence[str]) -> bool:
    """Say whether a line is a heading such as "WORK EXPERIENCE", or goes on after one ("Skills: Java, SQL").

    A title may hold such a word at its end: "Training Manager" is one, "Jane Doe, Summary" is none.
    """
    first = [word.lower() for word in words[:2]]
    short = len(words) <= 3 and not HEADINGS.isdisjoint(word.lower() for word in words)
    return short or (len(words) > 4 and not HEADING_WORDS.isdisjoint(first))


def is_ordinary(word: str) -> bool:
    """Say whether a word is one of English texts about work, also as part of a name."""
    return fold(word) in ordinary_words()


@cache
def ordinary_words() -> frozenset[str]:
    """Return some 19,000 words in small letters: of occupations, tasks and skills, and those between them."""
    lines = resources.files("matching.resumes").joinpath("ordinary_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def fold(text: str) -> str:
    """Return *text* in small letters without diacritics, sign by sign, so that offsets stay."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


@cache
def _folded(sign: str) -> str:
    bare = unicodedata.normalize("NFD", sign)[0].lower()
    return (bare if len(bare) == 1 else sign).translate(FOLDED)


def _words(name: str) -> Iterator[str]:
    yield from (found for found in WORD.findall(name.lower()) if len(found) > 1 and fold(found) not in PARTICLES)


def _spellings(word: str) -> Iterable[str]:
    german = "".join(TWO_LETTERS.get(sign, sign) for sign in word)
    return {fold(word), german} if german.isascii() else {fold(word)}


def _is_name_here(text: str, folded: str, span: Span) -> bool:
    """Say whether words of a name stand here as one: several together, or one that means nothing else.

    "Lincoln, NE", "Lincoln Financial" and "Abraham Lincoln" are not the owner; neither is "April 2019".
    """
    start, end = span
    words = WORD.findall(folded[start:end].removesuffix("'s"))
    if len(words) > 1:
        return True
    if is_ordinary(words[0]) or words[0] in AMBIGUOUS:
        return False
    return OTHERS_AFTER.match(text, end) is None and OTHERS_BEFORE.search(text[max(0, start - 30) : start]) is None


def _name_words(part: str) -> tuple[str, ...]:
    """Return the words of a part of a line when all are written as names are, else none."""
    words = part.split()
    fits = re.compile(rf"{NAME_WORD}|[A-Z]\.(?:[A-Z]\.)?")
    if not 1 <= len(words) <= 5 or not all(fits.fullmatch(word) for word in words):
        return ()
    if not all(word[0].isupper() or word in PARTICLES for word in words):
        return ()
    return tuple(words)


def _looks_like_a_name(words: tuple[str, ...], mailed: str) -> bool:
    full = [word for word in words if len(word.strip(".")) > 1 and word.lower() not in PARTICLES]
    ordinary = [word for word in full if any(is_ordinary(piece) for piece in WORD.findall(word) if len(piece) > 1)]
    said = sum(any(len(piece) > 2 and fold(piece) in mailed for piece in WORD.findall(word)) for word in full)
    if len(full) == 1:
        return bool(said) and (len(words) > 1 or not ordinary)
    return 2 <= len(full) <= 4 and (not ordinary or (said > 0 and len(ordinary) < len(full)) or said > 1)


def _is_prose(words: Sequence[str]) -> bool:
    return sum(word[0].islower() for word in words) >= 0.4 * len(words)
