"""What is suspicious in a résumé by itself, with the place it rests on.  A flag rejects nobody; it is shown."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from matching.resumes.instructions import INSTRUCTION
from matching.resumes.passages import Span
from matching.resumes.types import Flag, FlagKind

# Not single letters: the remains of a broken encoding ("Â Â Â") are nobody's stuffing.
WORD = re.compile(r"[^\W_]{2,}")
# Of 1,408 honest résumés 0.3 % repeat so many of their trigrams within 60 words, and 0.3 % list so many items.
WINDOW = 60
LEAST_NEW = 0.40
MOST_ITEMS = 120
MOST_ITEM_WORDS = 4
# Rows such as "Company Name, City, State" come back; a whole sentence, or the same line below itself, does not.
SAME_SENTENCE_WORDS = 8
SAME_SENTENCES = 8
SAME_LINES = 4
BETWEEN_ITEMS = re.compile(r"[,;|•·]")
BLOCK_END = re.compile(r"\n\s*\n|[.:!?](?=\s|$)")
LONGEST_QUOTE = 80
# Two of 45 honest files hide 1 and 39 signs by an accident of typesetting; no trick fits into less than a line.
LEAST_HIDDEN = 50
SENTENCE = re.compile(r"[^.!?\n]*[.!?]?")

OWNER_ADVICE = {
    FlagKind.POSTING: "Say in your own words what you did; text copied from a posting counts for nothing.",
    FlagKind.KEYWORDS: "Say where you used these skills; words strung together count for nothing.",
    FlagKind.REPEATED: "Say it once; what is repeated counts for nothing.",
    FlagKind.LIST: "Keep the skills you would work with; a list this long counts for nothing.",
    FlagKind.INSTRUCTION: "No machine here follows instructions in a résumé; the sentence counts for nothing.",
    FlagKind.HIDDEN: "Only what a reader can see counts; please check the colours and sizes in your file.",
}


def flags_in(text: str, hidden_characters: int = 0) -> tuple[Flag, ...]:
    """Return what is suspicious in a résumé by itself, in its order: repeats, endless lists, words to a machine.

    *text*: blanked by `privacy`, so that no name raises or spares a flag.  *hidden_characters*: what a reader could
    not see and extraction left out; less than LEAST_HIDDEN is no flag.
    """
    found = [*_instructions(text), *_repeated_lines(text), *_repeated_words(text), *_endless_lists(text)]
    places = sorted(_apart(found), key=lambda flag: (flag.start, flag.end))
    return (*hidden_flags(hidden_characters), *places)


def hidden_flags(hidden_characters: int) -> tuple[Flag, ...]:
    """Return the flag for what a reader could not see, where that is more than an accident."""
    if hidden_characters < LEAST_HIDDEN:
        return ()
    return (Flag(FlagKind.HIDDEN, 0, 0, f"{hidden_characters:,} signs that a reader cannot see were left out"),)


def for_owner(flag: Flag) -> str:
    """Return what a flag says to the owner of the résumé: what was found, and what to do."""
    return f"{flag.words}. {OWNER_ADVICE[flag.kind]}"


def for_manager(flag: Flag) -> str:
    """Return what a flag says to a manager: what was found, and what it means for the order."""
    if flag.kind is FlagKind.HIDDEN:
        return f"{flag.words}; they count for nothing."
    return f"{flag.words}; of the scores with and without it the lower counts."


def _apart(flags: Iterable[Flag]) -> Iterator[Flag]:
    """Yield flags of which none lies within one before."""
    kept: list[Flag] = []
    for flag in flags:
        if not any(k.start <= flag.start and flag.end <= k.end for k in kept):
            kept.append(flag)
            yield flag


def _instructions(text: str) -> Iterator[Flag]:
    """Yield the sentences that hold words to a machine."""
    at = 0
    for found in INSTRUCTION.finditer(text):
        if found.start() < at:
            continue
        start = max(text.rfind(sign, at, found.start()) for sign in ".!?\n") + 1
        start = max(start, at)
        rest = SENTENCE.match(text, found.end())
        at = rest.end() if rest else found.end()
        span = _stripped(text, (start, at))
        yield Flag(FlagKind.INSTRUCTION, *span, f"Speaks to a machine and not to a reader: “{_quote(found[0])}”")


def _repeated_lines(text: str) -> Iterator[Flag]:
    """Yield every line that says again what a line before says word for word, often enough."""
    lines = [(found.span(), tuple(WORD.findall(found[0].lower()))) for found in re.finditer(r"[^\n]+", text)]
    times = Counter(words for _, words in lines)
    run = 1
    runs: dict[tuple[str, ...], int] = {}
    for (_, before), (_, words) in pairwise(lines):
        run = run + 1 if words == before and len(words) > 1 else 1
        runs[words] = max(runs.get(words, 1), run)
    seen: set[tuple[str, ...]] = set()
    for span, words in lines:
        often = len(words) >= SAME_SENTENCE_WORDS and times[words] >= SAME_SENTENCES
        if words in seen and (often or runs.get(words, 1) >= SAME_LINES):
            yield Flag(FlagKind.REPEATED, *_stripped(text, span), f"The same line stands here {times[words]} times")
        seen.add(words)


def _repeated_words(text: str) -> Iterator[Flag]:
    """Yield the stretches in which hardly any three words in a row are new."""
    places = [found.span() for found in WORD.finditer(text)]
    words = [text[start:end].lower() for start, end in places]
    trigrams = list(zip(words, words[1:], words[2:], strict=False))
    stretch: Span | None = None
    for first in range(0, len(trigrams) - WINDOW // 2, 5):
        window = trigrams[first : first + WINDOW]
        if len(set(window)) >= LEAST_NEW * len(window):
            continue
        last = min(first + len(window) + 1, len(places) - 1)
        here = places[first][0], places[last][1]
        if stretch and here[0] <= stretch[1]:
            stretch = stretch[0], here[1]
            continue
        if stretch:
            yield Flag(FlagKind.REPEATED, *stretch, "The same words stand here again and again")
        stretch = here
    if stretch:
        yield Flag(FlagKind.REPEATED, *stretch, "The same words stand here again and again")


def _endless_lists(text: str) -> Iterator[Flag]:
    """Yield lists of more short items than anybody works with."""
    edges = [0, *(found.end() for found in BLOCK_END.finditer(text)), len(text)]
    for start, end in pairwise(edges):
        if text.count(",", start, end) + text.count(";", start, end) + text.count("|", start, end) < MOST_ITEMS // 2:
            continue
        yield from _long_runs(text, start, end)


def _long_runs(text: str, start: int, end: int) -> Iterator[Flag]:
    run: list[Span] = []
    cuts = [*(found.span() for found in BETWEEN_ITEMS.finditer(text, start, end)), (end, end)]
    for left, right in cuts:
        item = _stripped(text, (start, left))
        if 1 <= len(WORD.findall(text[slice(*item)])) <= MOST_ITEM_WORDS:
            run.append(item)
            start = right
            if left != end:
                continue
        if len(run) > MOST_ITEMS:
            yield Flag(FlagKind.LIST, run[0][0], run[-1][1], f"A list of {len(run)} items")
        run = []
        start = right


def _stripped(text: str, span: Span) -> Span:
    """Return a span without the blanks at its ends."""
    piece = text[slice(*span)]
    return span[0] + len(piece) - len(piece.lstrip()), span[1] - len(piece) + len(piece.rstrip())


def _quote(words: str) -> str:
    tidy = " ".join(words.split())
    return tidy if len(tidy) <= LONGEST_QUOTE else f"{tidy[:LONGEST_QUOTE]}…"
