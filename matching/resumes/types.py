"""What reading a résumé gives: text, pages, passages, the verdict on its language, and the one way it fails."""

from dataclasses import dataclass
from enum import StrEnum

from matching.documents import TextIndex

MAX_PAGES = 30


class FileKind(StrEnum):
    """The kinds of file a résumé may come in."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    TXT = "txt"


class Unreadable(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    WRONG_TYPE = "wrong_type"
    WRONG_EXTENSION = "wrong_extension"
    PACKED_TOO_TIGHT = "packed_too_tight"
    LOCKED = "locked"
    NO_TEXT = "no_text"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"


class UnreadableResume(Exception):
    """A file that is no résumé we can read: *reason_code* for the record, *message* for the person who sent it."""

    def __init__(self, reason_code: Unreadable, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message


@dataclass(frozen=True, slots=True)
class RawPages:
    """Text of each page as the file gives it, and how many signs were left out because nobody can see them."""

    texts: list[str]
    hidden_characters: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `text[start:end]` of the whole text.  *number* counts from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one page that is embedded by itself: `text[start:end]` quotes it exactly.

    *flag*: why its text is suspicious, the value of a FlagKind, or empty.
    """

    number: int
    page: int
    start: int
    end: int
    flag: str = ""


class FlagKind(StrEnum):
    """Why a place in a résumé is suspicious.  The first two are told beside a posting, the others by the text alone."""

    POSTING = "posting"
    KEYWORDS = "keywords"
    REPEATED = "repeated"
    LIST = "list"
    INSTRUCTION = "instruction"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Flag:
    """A suspicion with the place it rests on, `text[start:end]`; hidden text has none, 0 to 0.

    *words*: what was found, for people: "The same line stands here 5 times".
    """

    kind: FlagKind
    start: int
    end: int
    words: str


class LanguageNote(StrEnum):
    """What else there is to say about the language of a text."""

    NONE = ""
    MIXED = "mixed"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class LanguageShare:
    """How much of the prose is in one language, from 0 to 1, with the first words that show it."""

    language: str
    name: str
    share: float
    sample: str


@dataclass(frozen=True, slots=True)
class LanguageVerdict:
    """Whether a text may pass as English, and what it is written in.

    *language*: BCP 47, "und" when nobody can tell.  *certainty*: 0 to 1, share of the prose that speaks for it.
    *refusal*: the sentence for its owner, empty when accepted.  *shares*: largest first.
    """

    accepted: bool
    language: str
    name: str
    certainty: float
    note: LanguageNote
    refusal: str
    shares: tuple[LanguageShare, ...]


class FactKind(StrEnum):
    """The kinds of fact that simple reading finds."""

    LANGUAGE = "language"
    DEGREE = "degree"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the text says of its owner, with the words that say it: `text[start:end]`.

    *subject*: a BCP 47 tag for a language, an ISCED level ("6") for a degree.
    *level*: a CEFR level ("B2"), "native", the word used ("fluent") or "" for a language; "held" or "in_progress"
    for a degree.
    *label*: for people, "Spanish, C1".
    """

    kind: FactKind
    subject: str
    level: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadResume:
    """A résumé as it was read.  Every offset is into *text*.

    *hidden_characters*: how many letters and signs a reader cannot see; they are not part of *text*.
    *titles*: the places that name a job.  *index*: the words of what may be compared.
    """

    kind: FileKind
    text: str
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    language: LanguageVerdict
    facts: tuple[Fact, ...]
    hidden_characters: int
    titles: tuple[tuple[int, int], ...]
    index: TextIndex
    flags: tuple[Flag, ...] = ()
