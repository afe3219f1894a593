"""Where a text tells age, gender, marital status, origin or home of its owner, which no match may depend on."""

import re
from collections.abc import Iterator

from matching.resumes import personal_words as words
from matching.resumes.names import PARTICLES, head_lines, is_ordinary
from matching.resumes.passages import Span

VALUE = r"[ \t]{0,8}(?:[:=]|[-–—](?= )|\.:)[ \t]{0,8}"
# A label stands at the beginning of a line or cell, after what parts cells, or after the value before it.
BEFORE_LABEL = r"(?:^|(?<=[|•·;,\t(])|(?<=\.)|(?<=  ))[ \t>*•·▪➢-]{0,8}"
# Up to the next cell, or the next label ("Gender: female Languages: English").
TO_CELL_END = r"(?:(?![ ,]*\b[A-Z][\w'’-]{0,30}(?: [\w'’-]{1,30}){0,2} ?:(?!\d))[^\n|•·;]){0,160}"
LABELLED = re.compile(
    rf"{BEFORE_LABEL}(?:{words.LABELS}){VALUE}(?!\d+ ?[-–] ?\d){TO_CELL_END}", re.IGNORECASE | re.MULTILINE
)
LABELLED_IN_BLOCK = re.compile(
    rf"{BEFORE_LABEL}(?:{words.LABELS_OF_A_BLOCK}){VALUE}{TO_CELL_END}", re.IGNORECASE | re.MULTILINE
)
NUMBER = r"(?:one|two|three|four|five|\d)"
AGE = r"(?:1[6-9]|[2-9]\d)"
YEARS_OLD = r"(?:years?|yrs?)\.?[ -](?:old|young|of age)\b"
ANYWHERE = re.compile(
    "|".join(
        (
            r"(?<![\w'’.-])(?:she|he|they)/(?:her|him|them|hers|his|theirs|he|she)(?:/\w+)?",
            rf"(?<![\w'’.-])(?:{words.PRONOUNS})(?![\w-])",
            # The number alone, or with whom it describes: "a 34-year-old woman"; children taught are younger.
            rf"(?<![\w/-]){AGE}[ -]{YEARS_OLD}(?: (?:{words.PEOPLE})\b)?",
            rf"\b[Aa]ge[d:]? {AGE}\b(?! ?(?:[-–+%]|to\b|and\b|or\b))",
            r"\b[Bb]orn (?:on|in) [\w,./ -]{0,30}?(?:19|20)\d\d(?: in [A-Z][\w,. -]{0,30})?",
            rf"\b(?:I am|I['’]m) (?:{words.STATUSES})\b(?: (?:with|and|to) (?:have )?{words.CHILDREN})?",
            rf"\b(?:happily )?married (?:with|and) (?:have )?{NUMBER} (?:children|kids|sons?|daughters?)\b",
            rf"\b(?:proud |single )?(?:mother|father|mom|mum|dad) of {NUMBER}\b",
            r"(?:(?<=business)|(?<=chair)|(?<=spokes)|(?<=police)|(?<=camera)|(?<=sales))(?:wo)?m[ae]n\b",
        )
    )
)
TITLED = re.compile(rf"(?<![\w&]){words.COURTESY}\.?(?= ?[A-ZÀ-Ž])((?: ?[A-ZÀ-Ž](?:\.|[\w'’-]{{1,30}})){{0,4}})")
CELL = re.compile(r"[^\n|•·;,/()]+")
PERSONAL_CELL = re.compile(
    rf"\W*(?:(?:{words.GENDERS}|{words.STATUSES}|{words.CHILDREN}|"
    rf"(?:1[6-9]|[2-9]\d)(?: ?(?:years?|yrs?|y/?o)\.?(?: old)?)?|(?:with|and))(?!\w)\W*)+",
    re.IGNORECASE,
)
# "Indian" beside "34" and "married"; alone it may be a language.
NATIONAL_CELL = re.compile(rf"\W*{words.NATIONALS}\W*")
PHOTO = re.compile(
    r"^\W*(?:photo(?:graph)?|picture|portrait|profile (?:photo|picture)|headshot)\b[^\n]{0,80}$",
    re.IGNORECASE | re.MULTILINE,
)
# Words with capitals and numbers go on with an address: ", Apt 4, Springfield, IL 62704".
TAIL = rf"(?:[ ,.#-]{{1,3}}(?:[A-ZÀ-Þ][\w.'’-]{{0,30}}|\d[\w-]*|{'|'.join(sorted(PARTICLES))}|of)(?![\w])){{0,9}}"
AREAS = rf"(?:{words.US_STATES}|{words.REGIONS}|{words.COUNTRIES})"
CAPITALS = r"[A-ZÀ-ÞȘȚŁ][\w.'’-]{0,30}(?: (?:[A-ZÀ-ÞȘȚŁ][\w.'’-]{0,30}|of|de|la|el|upon)){0,3}"
END = r"(?= *(?:,|\n|\||$|#|Apt|Unit|Suite|Ste))"
ADDRESS = re.compile(
    "|".join(
        f"(?:{form})"
        for form in (
            rf"(?:\b{words.HOMES}[ ,]+)?(?<![\w.$€£])\d{{1,6}}[A-Za-z]?,? (?:[NSEW]\.?[EW]?\.? )?"
            r"(?:[A-Z0-9][\w.'’-]{0,30} ){1,4}"
            rf"(?:(?:{words.STREETS})\b\.?|(?:{words.STREETS_AT_END})\b\.?{END}){TAIL}",
            rf"\b{words.HOMES}(?=[^\n]{{0,60}}\b(?:{words.STREETS}|Sector|Phase|Society|Apartments?|Building)\b){TAIL}",
            rf"\bP\.? ?O\.? ?Box \d+{TAIL}",
            rf"\b[A-ZÄÖÜ][a-zäöüß.-]{{0,30}}(?:straße|strasse|str\.|weg|platz|allee|gasse) \d+ ?\w?\b{TAIL}",
            rf"\b[A-ZÄÖÜ][\w-]{{1,30}} (?:Straße|Strasse|Str\.|Weg|Platz|Allee) \d+ ?\w?\b{TAIL}",
            r"\b\d+\w?,? (?:bis )?(?:rue|avenue|boulevard|allée|chemin|impasse|quai) "
            rf"(?:(?:de|du|des|la|le|les) |l['’]|d['’])*[A-ZÀ-Þ]\w+{TAIL}",
            r"\b(?:Calle|Avenida|Av\.|Paseo|Plaza|Carrer|Rua|Via|Viale|Piazza|Corso|Strada|Str\.|Bulevardul|Bd\.|[Uu]l\.|"
            r"Ulica|Jl\.|Jalan) (?:(?:de|del|la|las|los|el|da|do|dos|das|di|della) )*"
            rf"{CAPITALS},? ?(?:n[ºo°.]{{1,2}} ?|nr\.? ?)?\d+\w?\b{TAIL}",
            rf"^ *{CAPITALS}, ?(?:{words.US_STATES})[ ,]+\d{{5}}(?:-\d{{4}})?(?:,? {AREAS})?(?= *(?:$|\|))",
        )
    ),
    re.MULTILINE,
)
CODE = r"[A-Z]{0,2}\d[\w-]{1,9}(?: \d[A-Z]{2})?"
PLACE = re.compile(
    rf"\W*(?:{CODE}[ ,]{{1,2}})?{CAPITALS}(?:,? {CODE})?(?:, ?{CAPITALS})??"
    rf"(?: ?[,-] ?| ){AREAS}(?:[ ,-]{{1,2}}{CODE})?(?:, ?{AREAS})?\W*"
)
PIECE = r"(?:[A-ZÀ-Þ][\w'’]{0,30}|\d\w{0,9}|of|de|la)"
POSTCODE_LINE = re.compile(rf"\W*(?=[^\n]*\d){PIECE}(?:[ ,.-]{{1,3}}{PIECE}){{0,7}}\W*")


def personal_spans(text: str) -> Iterator[Span]:
    """Yield the places that tell who somebody is; they may overlap and come in any order.

    *text*: without the ways to reach somebody, which `privacy` blanks first.
    """
    for pattern in (LABELLED, ANYWHERE, ADDRESS, TITLED):
        yield from (found.span() for found in pattern.finditer(text))
    for start, end in _blocks(text):
        yield from (found.span() for found in LABELLED_IN_BLOCK.finditer(text, start, end))
        yield from (found.span() for found in PHOTO.finditer(text, start, end))
        yield from _personal_cells(text, start, end)
    yield from _home_in_head(text)


def _blocks(text: str) -> Iterator[Span]:
    """Yield the lines of the head, and those that follow a heading such as "Personal details"."""
    yield from head_lines(text)
    left = 0
    for line in re.finditer(r"[^\n]+", text):
        if words.BLOCK_HEADING.fullmatch(line[0]):
            left = words.LINES_IN_BLOCK
        elif left:
            left -= 1
            yield line.span()


def _personal_cells(text: str, start: int, end: int) -> Iterator[Span]:
    cells = list(CELL.finditer(text, start, end))
    found = [cell.span() for cell in cells if PERSONAL_CELL.fullmatch(cell[0])]
    yield from found
    if found:
        yield from (cell.span() for cell in cells if NATIONAL_CELL.fullmatch(cell[0]))


def _home_in_head(text: str) -> Iterator[Span]:
    """Yield the parts of the head that name a place ("Boston, MA"), and second lines of addresses ("10115 Berlin")."""
    after_street = False
    for start, end in head_lines(text):
        line = text[start:end]
        for part in re.finditer(r"[^|•·;]+", line):
            if PLACE.fullmatch(part[0]) and not _is_work(part[0]):
                yield start + part.start(), start + part.end()
        if after_street and POSTCODE_LINE.fullmatch(line) and not _is_work(line):
            yield start, end
        after_street = ADDRESS.search(text, start, end) is not None or "address" in line.lower()


def _is_work(part: str) -> bool:
    """Say whether a part of a line holds words of work, written out: "Director of Sales, Texas" is a title."""
    found = [word for word in re.findall(r"[^\W\d_]{3,}", part) if word[0].isupper() and not re.fullmatch(AREAS, word)]
    return sum(map(is_ordinary, found)) > len(found) / 2
