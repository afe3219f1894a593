"""Make matching/data/words.npz and title_words.txt: how rare words are in work, and which words end a job title.

Usage: python tools/train_words.py FOLDER; it holds esco_occupations_en.jsonl.gz, esco_skill_labels_en.jsonl.gz and
onet_occupations.jsonl.gz.  Sources: ESCO (European Commission) and O*NET 29.3 Database (USDOL/ETA, CC BY 4.0), both
changed here.  Only counts and single words leave this program.
"""

import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from matching.documents import DATA, hashes_of
from matching.sentences import words_in

# A word that ends fewer titles than this is left out, so that a slip of a hand is no job.
LEAST_TITLES = 4
SURE_TITLES = 25
ENDINGS = (
    "er", "or", "ist", "ian", "ant", "man", "woman", "person", "ee", "eur", "yst", "ect", "ef", "ive", "rse", "ern",
    "ent",
)  # fmt: skip
# They end titles, too, but more often something else.
NO_TITLES = frozenset(
    [
        "department",
        "dryer",
        "sites",
        "mill",
        "operations",
        "boiler",
        "converter",
        "heater",
        "counter",
        "order",
        "paper",
        "computer",
        "center",
        "number",
        "other",
        "after",
        "under",
        "over",
        "water",
        "power",
        "customer",
        "user",
        "server",
        "container",
        "member",
        "major",
        "minor",
        "senior",
        "junior",
        "error",
        "factor",
        "sector",
        "vendor",
        "monitor",
        "motor",
        "exterior",
        "interior",
        "career",
        "per",
        "never",
        "however",
        "together",
        "further",
        "master",
        "bachelor",
        "letter",
        "theater",
        "chapter",
        "charter",
        "filter",
        "printer",
        "router",
        "layer",
        "folder",
        "register",
        "commercial",
        "management",
        "equipment",
        "environment",
        "development",
        "client",
        "student",
        "patient",
        "event",
        "talent",
        "present",
        "current",
        "relevant",
        "plant",
        "grant",
        "tenant",
        "military",
        "library",
        "primary",
        "summary",
        "salary",
        "january",
        "february",
        "necessary",
        "temporary",
        "project",
        "effect",
        "subject",
        "object",
        "active",
        "creative",
        "effective",
        "administrative",
        "initiative",
        "objective",
        "thread",
        "employee",
        "committee",
        "degree",
        "fee",
        "process",
        "access",
        "business",
        "service",
        "services",
        "chief",
        "german",
        "pattern",
        "western",
        "southern",
        "concern",
        "school",
        "associate",
        "tech",
        "connector",
        "university",
        "college",
        "institute",
        "department",
        "support",
        "training",
        "certified",
        "production",
        "maintenance",
        "quality",
        "design",
        "sales",
        "marketing",
        "finance",
        "engineering",
        "accounting",
        "education",
        "research",
        "technology",
        "care",
        "control",
        "planning",
        "safety",
        "security",
        "health",
        "art",
        "science",
        "line",
        "work",
        "works",
        "shop",
        "store",
        "field",
        "ii",
        "iii",
        "iv",
        "and",
        "the",
        "of",
    ]
)


# What people of this marketplace call themselves, which neither source knows yet.
OWN = ("annotator", "labeler", "labeller", "prompter", "tagger")


def main() -> None:
    """Read the folder and write both files."""
    folder = Path(sys.argv[1])
    occupations = [*_rows(folder / "esco_occupations_en.jsonl.gz"), *_rows(folder / "onet_occupations.jsonl.gz")]
    labels = [row["label"] for row in _rows(folder / "esco_skill_labels_en.jsonl.gz")]
    texts = [" ".join((row["title"], row["description"], *row["alt"], *row.get("tasks", ()))) for row in occupations]
    _write_words([*texts, *labels])
    _write_titles(title for row in occupations for title in (row["title"], *row["alt"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _write_words(texts: list[str]) -> None:
    counts = Counter(stem for text in texts for stem in {one[0] for one in words_in(text, 0, len(text))})
    stems = sorted(counts)
    rarity = np.array([math.log((len(texts) + 1) / (counts[stem] + 0.5)) for stem in stems], dtype=np.float32)
    hashes = hashes_of(stems)
    order = np.argsort(hashes, kind="stable")
    unknown = np.float32(math.log((len(texts) + 1) / 0.5))
    np.savez_compressed(DATA / "words.npz", hashes=hashes[order], rarity=rarity[order], unknown=unknown)


def _write_titles(titles: Iterator[str]) -> None:
    ends: Counter[str] = Counter()
    for title in titles:
        plain = re.sub(r"\s*\([^)]*\)", "", title.lower())
        if words := re.findall(r"[a-z]+", re.split(r" of | for | in |,", plain)[0]):
            ends[words[-1]] += 1
    kept = [
        word
        for word, count in ends.items()
        if word not in NO_TITLES and (count >= SURE_TITLES or (count >= LEAST_TITLES and word.endswith(ENDINGS)))
    ]
    (DATA / "title_words.txt").write_text("\n".join(sorted({*kept, *OWN})) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
