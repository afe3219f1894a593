"""How often the language check is right: `python -m matching.evaluation.language TEXTS.jsonl[.gz]` prints a table.

Each line of the file is an object with `text` and `lang` (BCP 47; "es+en" for a text in two languages), and maybe `id`.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from matching.resumes.language import ENGLISH, judge_language
from matching.resumes.types import LanguageNote, LanguageVerdict

MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and the language people say it is in."""

    name: str
    language: str
    text: str

    @property
    def is_mixed(self) -> bool:
        """Return whether people found two languages in it."""
        return "+" in self.language


@dataclass(frozen=True, slots=True)
class Judged:
    """What the check said of one labelled text."""

    labelled: LabelledText
    verdict: LanguageVerdict

    @property
    def is_right(self) -> bool:
        """Return whether English is accepted, another language refused by its name, a mix said to be one."""
        if self.labelled.is_mixed:
            return self.verdict.note is LanguageNote.MIXED
        if self.labelled.language == ENGLISH:
            return self.verdict.accepted
        return not self.verdict.accepted and self.verdict.language == self.labelled.language

    @property
    def said(self) -> str:
        """Return the column of the table it falls in."""
        if self.labelled.is_mixed and self.verdict.note is LanguageNote.MIXED:
            return MIXED
        if self.verdict.note is LanguageNote.TOO_SHORT:
            return "too short"
        return self.verdict.language


def labelled_texts(path: Path) -> Iterator[LabelledText]:
    """Yield the texts of a file of JSON lines, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            yield LabelledText(str(row.get("id", number)), row["lang"], row["text"])


def judged(texts: Iterable[LabelledText]) -> list[Judged]:
    """Return what the check says of each text."""
    return [Judged(text, judge_language(text.text)) for text in texts]


def confusion_table(results: list[Judged]) -> Table:
    """Return the table of labels against verdicts, with how many of each were right."""
    said = [column for column, _ in Counter(result.said for result in results).most_common()]
    table = Table(title=f"{sum(r.is_right for r in results)} of {len(results)} right")
    for heading in ("label", *said, "right"):
        table.add_column(heading, justify="left" if heading == "label" else "right", no_wrap=True)
    for label, total in Counter(result.labelled.language for result in results).most_common():
        row = [result for result in results if result.labelled.language == label]
        counts = Counter(result.said for result in row)
        right = sum(result.is_right for result in row)
        table.add_row(label, *(str(counts[column] or "·") for column in said), f"{right} of {total}")
    return table


def main() -> None:
    """Print the table, and each text that was judged wrong or called mixed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    results = judged(labelled_texts(parser.parse_args().file))
    console = Console(width=max(80, 20 + 7 * len({result.said for result in results})))
    console.print(confusion_table(results))
    for result in results:
        if not result.is_right or result.verdict.note is LanguageNote.MIXED:
            verdict = "accepted" if result.verdict.accepted else "refused"
            parts = ", ".join(f"{share.share:.0%} {share.name}" for share in result.verdict.shares)
            mark = "right" if result.is_right else "WRONG"
            console.print(
                f"{mark}: {result.labelled.name} ({result.labelled.language}) {verdict}: {parts}", soft_wrap=True
            )


if __name__ == "__main__":
    main()
