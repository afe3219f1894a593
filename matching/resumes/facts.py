"""Facts that a résumé states in plain words: languages with their level, degrees.  Rather none than a wrong one."""

import re
from collections.abc import Iterator

from matching.resumes.fact_words import DEGREE_NAMES, DEGREES, IN_PROGRESS, LANGUAGES, NATIVE, SAID_LEVELS
from matching.resumes.types import Fact, FactKind
from matching.vocabulary import DegreeStatus, IscedLevel

TAGS = {name.upper(): (tag, name) for name, tag in LANGUAGES.items()}
# Capital letters only: "polish" is also what one does to shoes.
LANGUAGE = re.compile(rf"\b(?:{'|'.join([*LANGUAGES, *TAGS])})\b")
LEVEL = rf"(?:(?P<cefr>[ABC][12])|(?P<native>{NATIVE})|(?P<said>{SAID_LEVELS}))\b"
# "Spanish (C1)", "Spanish: level C1", "Spanish - native or bilingual", but not "English, native speaker of Spanish".
AFTER = re.compile(
    rf"[ :(|,–—-]{{1,4}}(?:(?:level|cefr|proficiency)[ :]+)?{LEVEL}(?!.{{0,9}} (?:of|in) [A-Z])", re.IGNORECASE
)
# "native Spanish", "native speaker of Spanish", "fluent in Spanish".
BEFORE = re.compile(rf"\b{LEVEL}(?: speaker| level| proficiency)?(?: in| of)?(?: both)? $", re.IGNORECASE)
ENUMERATION = re.compile(r"(?:,|,? and|,? &|/) ?|, ")
LANGUAGES_HEADING = re.compile(
    r"\W*(?:spoken |foreign |human )?languages?(?: skills| known| spoken)?\s*(?::|\||–|-|$)", re.IGNORECASE
)
LINES_IN_SECTION = 10
DEGREE = {level: re.compile("|".join(rf"(?<![\w.]){word}" for word in words)) for level, words in DEGREES.items()}
STUDYING = re.compile(rf"\b(?:{IN_PROGRESS})\b", re.IGNORECASE)
REST_OF_CLAUSE = re.compile(r"[^\n,;|()•]{0,70}")

Span = tuple[int, int]


def facts_in(text: str) -> tuple[Fact, ...]:
    """Return the languages and degrees a résumé names, in its order, each with the words that say so.

    A language is named with a level beside it or under a heading "Languages"; of several mentions the one with the
    clearest level stays.  A degree "expected" or "in progress" on its line is not held yet.
    """
    best: dict[tuple[FactKind, str], Fact] = {}
    for fact in (*_languages(text), *_degrees(text)):
        key = fact.kind, fact.subject
        if key not in best or _clearness(fact) > _clearness(best[key]):
            best[key] = fact
    return tuple(sorted(best.values(), key=lambda fact: fact.start))


def _clearness(fact: Fact) -> int:
    """Rank what is said: a CEFR level over "native" over words over nothing; a degree held over one begun."""
    if fact.kind is FactKind.DEGREE:
        return int(fact.level == DegreeStatus.HELD)
    return 3 if fact.level[1:].isdigit() else 2 if fact.level == "native" else int(bool(fact.level))


def _languages(text: str) -> Iterator[Fact]:
    in_section = 0
    for start, line in _lines(text):
        in_section = LINES_IN_SECTION if LANGUAGES_HEADING.match(line) else in_section - 1
        names = list(LANGUAGE.finditer(line))
        if not names and line.strip() and in_section < LINES_IN_SECTION:
            in_section = 0
        inherited, since = "", 0
        for place, name in enumerate(names):
            level, span = _level_beside(line, name, names[place - 1] if place else None)
            joined = place > 0 and ENUMERATION.fullmatch(line[names[place - 1].end() : name.start()])
            if not level and joined and inherited:
                level, span = inherited, (since, span[1])
            inherited, since = level, span[0]
            if level or in_section > 0:
                tag, plain = TAGS[name[0].upper()]
                label = f"{plain}, {level}" if level else plain
                yield Fact(FactKind.LANGUAGE, tag, level, label, start + span[0], start + span[1])


def _level_beside(line: str, name: re.Match[str], last: re.Match[str] | None) -> tuple[str, Span]:
    """Return the level said of a language and the words that say both; "" where none is said."""
    after = AFTER.match(line, name.end())
    if after:
        closed = line[after.end() :].startswith(")") and "(" in after[0]
        return _level(after), (name.start(), after.end() + closed)
    begin = last.end() if last else 0
    before = BEFORE.search(line[: name.start()], begin)
    if before:
        return _level(before), (before.start(), name.end())
    return "", name.span()


def _level(found: re.Match[str]) -> str:
    if found["cefr"]:
        return found["cefr"].upper()
    return "native" if found["native"] else found["said"].lower()


def _degrees(text: str) -> Iterator[Fact]:
    for start, line in _lines(text):
        taken = -1
        for level, found in sorted(_degree_words(line), key=lambda pair: pair[1].start()):
            if found.start() < taken:
                continue
            rest = REST_OF_CLAUSE.match(line, found.end())
            taken = rest.end() if rest else found.end()
            studying = STUDYING.search(line, found.start())
            status = DegreeStatus.IN_PROGRESS if studying else DegreeStatus.HELD
            end = max(taken, studying.end() if studying else 0)
            end -= len(line[:end]) - len(line[:end].rstrip())
            label = f"{DEGREE_NAMES[level]}, {status.replace('_', ' ')}"
            yield Fact(FactKind.DEGREE, str(int(level)), status, label, start + found.start(), start + end)


def _degree_words(line: str) -> Iterator[tuple[IscedLevel, re.Match[str]]]:
    for level, pattern in DEGREE.items():
        for found in pattern.finditer(line):
            yield level, found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1
