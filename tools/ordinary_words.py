"""Makes matching/resumes/ordinary_words.txt: `python tools/ordinary_words.py TAXONOMY_FOLDER`.

Takes every word of the occupations' titles and of the skills of ESCO, and of the titles of O*NET, and those words of
their descriptions and tasks that stand in small letters, so that no name of a person or place comes in.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORD = re.compile(r"[^\W\d_]+")
OUT = Path(__file__).resolve().parent.parent / "matching" / "resumes" / "ordinary_words.txt"
CREDIT = """\
# Words of texts about work.  Made by tools/ordinary_words.py from:
# ESCO, European Commission (free reuse with credit), and
# O*NET 29.3 Database, USDOL/ETA (CC BY 4.0), both changed: cut into words.
"""


def main(folder: Path) -> None:
    """Write the words, one a line, in order."""
    words = {"".join(word) for word in _words(folder)}
    OUT.write_text(CREDIT + "\n".join(sorted(words)) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(words):,} words in {OUT.name}\n")


def _words(folder: Path) -> Iterator[str]:
    occupations = [*_rows(folder / "esco_occupations_en.jsonl.gz"), *_rows(folder / "onet_occupations.jsonl.gz")]
    titles = [title for row in occupations for title in (row["title"], *row["alt"])]
    titles += [row["label"] for row in _rows(folder / "esco_skill_labels_en.jsonl.gz")]
    texts = [text for row in occupations for text in (row["description"], *row.get("tasks", ()))]
    yield from (word.lower() for title in titles for word in WORD.findall(title) if len(word) > 1)
    yield from (word for text in texts for word in WORD.findall(text) if len(word) > 1 and word.islower())


def _rows(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
