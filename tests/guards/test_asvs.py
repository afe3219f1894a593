"""docs/asvs.md names every requirement of OWASP ASVS 5.0.0 of levels 1 and 2, and what it refers to is there."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = (ROOT / "docs" / "asvs.md").read_text()
STATES = ("met", "partly", "not met", "not applicable")
# Of each section of the standard the levels of its requirements, one digit each, from its first to its last.
LEVELS = """
V1.1 22  V1.2 1111122223  V1.3 112222222223  V1.4 222  V1.5 123
V2.1 122  V2.2 112  V2.3 12223  V2.4 23
V3.1 3  V3.2 113  V3.3 12223  V3.4 11222233  V3.5 11122333  V3.6 3  V3.7 22333
V4.1 12233  V4.2 23333  V4.3 22  V4.4 1222
V5.1 2  V5.2 112333  V5.3 113  V5.4 222
V6.1 122  V6.2 111111112222  V6.3 11223333  V6.4 112233  V6.5 22222333  V6.6 2223  V6.7 33  V6.8 2222
V7.1 222  V7.2 1111  V7.3 22  V7.4 11222  V7.5 223  V7.6 22
V8.1 1233  V8.2 1123  V8.3 133  V8.4 23
V9.1 111  V9.2 1222
V10.1 22  V10.2 223  V10.3 22223  V10.4 1111122222233333  V10.5 22222  V10.6 22  V10.7 222
V11.1 2233  V11.2 22233  V11.3 11233  V11.4 1222  V11.5 23  V11.6 23  V11.7 33
V12.1 12233  V12.2 11  V12.3 22223
V13.1 2333  V13.2 222223  V13.3 2233  V13.4 1222233
V14.1 22  V14.2 12223333  V14.3 122
V15.1 12233  V15.2 12233  V15.3 1222222  V15.4 3333
V16.1 2  V16.2 22222  V16.3 2222  V16.4 222  V16.5 2223
V17.1 23  V17.2 22223333  V17.3 22
"""
# How many there are of each level, by the standard's own count.
IN_ALL = {"1": 70, "2": 183, "3": 92}
MOST_WORDS = 12
SUMMARY = re.compile(r"<!-- summary -->\n(.*?)<!-- end of summary -->", re.DOTALL)
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
REFERENCE = re.compile(r"`([\w./-]+\.\w+)(::|: )([^`]+)`")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the document."""

    name: str
    level: str
    words: str
    state: str
    shown_by: str

    @property
    def chapter(self) -> str:
        """Return ``V1`` of ``V1.2.3``."""
        return self.name.partition(".")[0]

    @property
    def references(self) -> list[tuple[str, str, str]]:
        """Return file, sign and what is to be found there, of each reference."""
        return REFERENCE.findall(self.shown_by)


ROWS = [Requirement(*found) for found in ROW.findall(WRITTEN)]


def levels() -> dict[str, str]:
    """Return the level of every requirement of the standard."""
    words = LEVELS.split()
    sections = zip(words[::2], words[1::2], strict=True)
    return {f"{name}.{at}": level for name, digits in sections for at, level in enumerate(digits, start=1)}


def summary() -> str:
    """Return the table of how many requirements of each chapter are in which state."""
    titles = dict(re.findall(r"^## (V\d+) (.+)$", WRITTEN, re.MULTILINE))
    counts = Counter((row.chapter, row.state) for row in ROWS)
    lines = [f"| Chapter | {' | '.join(STATES)} |", f"|---|{'---|' * len(STATES)}"]
    for chapter, title in titles.items():
        lines.append(f"| {chapter} {title} | {' | '.join(str(counts[chapter, state]) for state in STATES)} |")
    in_all = Counter(row.state for row in ROWS)
    lines.append(f"| all {len(ROWS)} | {' | '.join(str(in_all[state]) for state in STATES)} |")
    return "\n" + "\n".join(lines) + "\n\n"


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the functions of a Python file."""
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def not_there() -> Iterator[tuple[str, str]]:
    """Give every reference that leads nowhere, by its requirement."""
    for row in ROWS:
        for file, sign, sought in row.references:
            is_test = sign == "::"
            there = (ROOT / file).is_file() and (
                sought.startswith("test_") and sought in functions(file)
                if is_test
                else sought in (ROOT / file).read_text()
            )
            if not there:
                yield row.name, f"{file}{sign}{sought}"


def test_the_levels_are_as_many_as_the_standard_has() -> None:
    assert Counter(levels().values()) == IN_ALL


def test_every_requirement_of_levels_1_and_2_has_one_row_with_its_level() -> None:
    assert [(row.name, row.level) for row in ROWS] == [one for one in levels().items() if one[1] != "3"]


def test_every_line_of_a_table_is_read() -> None:
    lines = [line for line in WRITTEN.splitlines() if line.startswith("| V") and line.count("|") == 6]
    assert len([line for line in lines if re.match(r"\| V\d+\.", line)]) == len(ROWS)
    assert {row.state for row in ROWS} <= set(STATES)
    assert [row.name for row in ROWS if not 3 <= len(row.words.split()) <= MOST_WORDS] == []


def test_what_is_met_is_shown_and_what_is_not_has_its_reason() -> None:
    assert [row.name for row in ROWS if row.state in {"met", "partly"} and not row.references] == []
    said = {row.name: REFERENCE.sub("", row.shown_by).replace(",", " ").split() for row in ROWS}
    assert [row.name for row in ROWS if row.state != "met" and len(said[row.name]) < 4] == []


def test_what_is_referred_to_is_there() -> None:
    assert len([one for row in ROWS for one in row.references]) > 200
    assert list(not_there()) == []


def test_every_reference_is_one_that_is_looked_after() -> None:
    loose = {row.name: re.findall(r"`[^`]*[./][^`]*`", REFERENCE.sub("", row.shown_by)) for row in ROWS}
    assert {name: found for name, found in loose.items() if found} == {}


def test_the_table_at_the_top_counts_right() -> None:
    found = SUMMARY.search(WRITTEN)
    assert found
    assert found[1] == summary(), summary()
