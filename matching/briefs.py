"""What is asked for: a title, wishes and a text, and the pieces of it that need a vector."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from matching.sentences import BORDER, WORD, is_heading, pieces_of, words_in

# A manager's list is taken whole; of a long text the sentences that say most.
MOST_WISHES = 16
MOST_TEXTS = 40
# A model reads about so many characters and drops the rest.
LONGEST_TEXT = 1_500
LEAST_WORDS = 3
# A label of three words at most is named somewhere in a sentence: by about as many words that tell something.
PHRASE_WORDS = 3


class BriefKind(StrEnum):
    """What a piece of a brief is."""

    TITLE = "title"
    WISH = "wish"
    SKILL = "skill"
    PHRASE = "phrase"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Brief:
    """What a project, or a query of a benchmark, asks for."""

    title: str
    wishes: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class BriefText:
    """A piece of a brief that is compared by itself; *of*: the number of the wish that a skill was found in."""

    kind: BriefKind
    text: str
    of: int = -1


def texts_of(brief: Brief) -> tuple[BriefText, ...]:
    """Return the pieces of *brief* that need a vector, always in the same order, at most MOST_TEXTS.

    The title; the wishes, or the sentences of the text where there are none; the things each of these names; of a
    brief that is no more than a sentence or two also every few words in a row; and all of it in one.
    """
    wishes = wishes_of(brief)
    texts = [BriefText(BriefKind.TITLE, brief.title.strip())] if brief.title.strip() else []
    texts += [BriefText(BriefKind.WISH, wish, number) for number, wish in enumerate(wishes)]
    whole = whole_of(brief)
    rest = [BriefText(BriefKind.TEXT, whole)] if whole else []
    skills = [
        BriefText(BriefKind.SKILL, skill, number) for number, wish in enumerate(wishes) for skill in named_in(wish)
    ]
    named = [*skills, *(BriefText(BriefKind.PHRASE, phrase) for phrase in _phrases(brief))]
    return (*texts, *named[: MOST_TEXTS - len(texts) - len(rest)], *rest)


def wishes_of(brief: Brief) -> tuple[str, ...]:
    """Return what is wished for: the wishes of the manager, or the most telling sentences of the text, in order."""
    stated = tuple(wish.strip() for wish in brief.wishes if wish.strip())
    return (stated or tuple(_sentences(brief.text)))[:MOST_WISHES]


def whole_of(brief: Brief) -> str:
    """Return all of *brief* as one text."""
    lines = [brief.title, *(() if brief.text.strip() else brief.wishes), brief.text]
    return "\n".join(line.strip() for line in lines if line.strip())[:LONGEST_TEXT]


def _sentences(text: str) -> list[str]:
    """Return the sentences of *text* that say something; of very many the longest by telling words, in their order."""
    pieces = [text[start:end] for start, end in pieces_of(text, 0, len(text))]
    told = [piece for piece in pieces if len(WORD.findall(piece)) >= LEAST_WORDS and not is_heading(piece)]
    told = list(dict.fromkeys(told)) or pieces[:1]
    if len(told) <= MOST_WISHES:
        return told
    order = sorted(range(len(told)), key=lambda at: (-len(set(words_in(told[at], 0, len(told[at])))), at))
    return [told[at] for at in sorted(order[:MOST_WISHES])]


def named_in(wish: str) -> Iterator[str]:
    """Yield the things that a wish names side by side: between commas, "and", "or"; nothing where it names but one."""
    named = [piece.strip(" .*") for piece in BORDER.split(wish)]
    named = [piece for piece in dict.fromkeys(named) if len(piece) > 1 and words_in(piece, 0, len(piece))]
    if len(named) > 1:
        yield from named


def _phrases(brief: Brief) -> Iterator[str]:
    """Yield every PHRASE_WORDS telling words in a row of a brief of text alone, with what stands between them."""
    if brief.title.strip() or any(wish.strip() for wish in brief.wishes):
        return
    places = [
        place for start, end in pieces_of(brief.text, 0, len(brief.text)) for place in _rows(brief.text, start, end)
    ]
    yield from dict.fromkeys(brief.text[start:end] for start, end in places)


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = words_in(text, start, end)
    for first, last in zip(words, words[PHRASE_WORDS - 1 :] or words[-1:], strict=False):
        yield first[1], last[2]
