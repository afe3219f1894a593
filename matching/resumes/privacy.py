"""What is taken out of a text before a machine compares it: who somebody is, and the ways to reach them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.resumes.names import name_spans
from matching.resumes.passages import Span
from matching.resumes.personal_data import personal_spans
from matching.resumes.suspicion import flags_in
from matching.resumes.types import Flag

EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}")
ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]{}|]{1,500}"
    r"|\b(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|org|net|io|dev|me|ai|app|edu|gov|info|co|uk|de|fr|in|br|es|pl|ro)\b/[^\s|]{0,300}"
    r"|\b(?:linkedin|github|gitlab|behance|medium|twitter)\.(?:com|io)\b[^\s|]{0,300}",
    re.IGNORECASE,
)
# Seven to fifteen digits (ITU-T E.164), parted as people part them; not inside a longer word or number.
PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ .\-/]{0,2}\(?\d{1,5}\)?){1,6}(?![\w%])")
YEARS = re.compile(
    r"(?:19|20)\d\d\s?[-/.]\s?(?:(?:19|20)\d\d|\d\d)|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d.*|\d{1,2}/(?:19|20)\d\d.*"
)


def for_embedding(text: str, names: Sequence[str] = ()) -> str:
    """Return the text as a model may see it: blanked, and every run of blanks one blank.

    So the length of a name or an address does not show either.  For pieces of a text: `seen`, since
    what a piece leaves out may be what tells a name.
    """
    return collapsed(blanked_for_embedding(text, names))


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be compared of a text; the length stays, so that every offset into one is an offset into the others.

    *blanked*: without who its owner is.  *flags*: what is suspicious in that by itself.  *honest*: without it, too.
    """

    blanked: str
    flags: tuple[Flag, ...]
    honest: str

    def texts(self, spans: Iterable[Span]) -> list[str]:
        """Return what a model may see of each span.

        What is flagged by itself is left out of spans that hold anything else, so that it changes none of them.
        """
        return [collapsed(self.honest[start:end]) or collapsed(self.blanked[start:end]) for start, end in spans]


def seen(text: str, names: Sequence[str] = ()) -> Seen:
    """Return what may be compared of a résumé's *text*, which is read whole; *names*: its owner's."""
    blanked = blanked_for_embedding(text, names)
    flags = flags_in(blanked)
    return Seen(blanked, flags, without(blanked, ((flag.start, flag.end) for flag in flags)))


def collapsed(text: str) -> str:
    """Return *text* with every run of blanks and line ends as one blank, none at either end."""
    return " ".join(text.split())


def blanked_for_embedding(text: str, names: Sequence[str] = ()) -> str:
    """Return the text with contacts, names, age, gender, marital status, origin and home turned to blanks.

    *names*: those of the owner, whole or in parts.  The length stays and so do line ends, so every offset into one is
    an offset into the other.
    """
    reachable = ADDRESS.sub(_blanks, EMAIL.sub(_blanks, text))
    reachable = PHONE.sub(_blanks_for_phone, reachable)
    # Names are sought with the e-mail addresses in sight, which tell a name from a title.
    return without(reachable, [*name_spans(text, names), *personal_spans(reachable)])


def without(text: str, spans: Iterable[Span]) -> str:
    """Return *text* with blanks in the place of *spans*, line ends kept."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        pieces += [text[at:start], _blank(text[max(at, start) : end])]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _blank(piece: str) -> str:
    return piece and "\n".join(" " * len(line) for line in piece.split("\n"))


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _blanks_for_phone(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found[0]))
    # "2019 - 2021" and "01/02/2019 - 03/2021" have as many digits as a phone number.
    if not 7 <= digits <= 15 or YEARS.fullmatch(found[0].strip(" ()")):
        return found[0]
    return _blanks(found)
