"""Make matching/adapter_weights/work.safetensors: what bends MiniLM's vectors so that names of one occupation meet.

Usage: python tools/train_adapter.py FOLDER [--kept VECTORS.npz], where FOLDER holds esco_occupations_en.jsonl.gz,
esco_skill_labels_en.jsonl.gz and onet_occupations.jsonl.gz; the plain vectors are kept in VECTORS.npz if it is named.

Trained on ESCO (European Commission, free reuse with credit) and the O*NET 29.3 Database (USDOL/ETA, CC BY 4.0), and on
nothing else: titles of one occupation, title and description, title and task, task and a skill whose words stand in it.
Contrastive, with the others of the batch as wrong answers (van den Oord et al. 2018, arXiv:1807.03748).  A tenth of the
occupations is held out; how well they are found is printed beside the plain model.  Same machine, same file: the seed
is fixed and one thread does the sums.
"""

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import nn

from matching import adapters
from matching.embedding import Embedder
from matching.sentences import words_in

SEED = 7
STEPS = 1200
HIDDEN = 768
RATE = 1e-3
SHARPNESS = 16.0
# One occupation in so many is held out, by its code.
HELD_OUT = 10
# A single common word stands in too many tasks to be what they are about.
MOST_TASKS_OF_A_WORD = 60
TASKS_OF_A_SKILL = 3

Pair = tuple[str, str, str]


@dataclass(frozen=True)
class Occupation:
    """One occupation: its code, its titles (the main one first), its description and its tasks."""

    code: str
    titles: list[str]
    description: str
    tasks: list[str]


class Head(nn.Module):
    """A unit vector in, out the middle between it and what a small network makes of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inward = nn.Linear(width, HIDDEN)
        self.outward = nn.Linear(HIDDEN, width, bias=False)
        nn.init.zeros_(self.outward.weight)
        self.inward.weight.data *= 3

    def forward(self, plain: torch.Tensor) -> torch.Tensor:
        """Return unit vectors, (n, d)."""
        bent = nn.functional.normalize(plain + self.outward(torch.relu(self.inward(plain))), dim=-1)
        return nn.functional.normalize(plain + bent, dim=-1)


def main() -> None:
    """Train, say how well the held-out occupations are found, and write the file."""
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--kept", type=Path)
    chosen = options.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    occupations = [*_occupations(chosen.folder)]
    skills = [row["label"] for row in _rows(chosen.folder / "esco_skill_labels_en.jsonl.gz")]
    texts = sorted({text for one in occupations for text in (*one.titles, one.description, *one.tasks)} | {*skills})
    vectors = torch.tensor(_vectors(texts, chosen.kept))
    place = {text: at for at, text in enumerate(texts)}
    held = [one for one in occupations if _is_held(one)]
    known = [one for one in occupations if not _is_held(one)]
    head = Head(vectors.shape[1])
    _say("plain", _found(held, place, vectors, lambda values: values))
    _train(head, known, skills, place, vectors)
    _say("adapted", _found(held, place, vectors, head))
    _write(head)


def _occupations(folder: Path) -> Iterator[Occupation]:
    for row in _rows(folder / "onet_occupations.jsonl.gz"):
        titles = [_plain(title) for title in (row["title"], *row["alt"])]
        yield Occupation(row["code"], titles, row["description"], row["tasks"])
    for row in _rows(folder / "esco_occupations_en.jsonl.gz"):
        yield Occupation(row["uri"], [row["title"], *row["alt"]], row["description"], [])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _plain(text: str) -> str:
    """Return *text* without what stands in brackets."""
    return " ".join(re.sub(r"\s*\([^)]*\)", "", text).split())


def _vectors(texts: Sequence[str], kept: Path | None) -> NDArray[np.float32]:
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    if kept and kept.is_file():
        with np.load(kept) as file:
            if str(file["texts"]) == digest:
                vectors: NDArray[np.float32] = file["vectors"]
                return vectors
    vectors = Embedder.load().embed(texts)
    if kept:
        np.savez(kept, texts=digest, vectors=vectors)
    return vectors


def _is_held(occupation: Occupation) -> bool:
    return int(hashlib.sha256(occupation.code.encode()).hexdigest(), 16) % HELD_OUT == 0


def _train(
    head: Head,
    occupations: Sequence[Occupation],
    skills: Sequence[str],
    place: dict[str, int],
    vectors: torch.Tensor,
) -> None:
    chance = random.Random(SEED)  # noqa: S311  no secret
    named = _named_skills(occupations, skills, chance)
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.0)
    slower = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.02, 1 - step / STEPS))
    for _ in range(STEPS):
        pairs = _batch(occupations, named, chance)
        left, right = (torch.tensor([place[pair[side]] for pair in pairs]) for side in (0, 1))
        alike = head(vectors[left]) @ head(vectors[right]).T * SHARPNESS
        alike = alike.masked_fill(torch.tensor(_also_right(pairs, left, right)), -1e4)
        answer = torch.arange(len(pairs))
        loss = (nn.functional.cross_entropy(alike, answer) + nn.functional.cross_entropy(alike.T, answer)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        slower.step()


def _named_skills(occupations: Sequence[Occupation], skills: Sequence[str], chance: random.Random) -> list[Pair]:
    """Return tasks with a skill all of whose words stand in them."""
    tasks = [task for one in occupations for task in one.tasks]
    where: dict[str, set[int]] = {}
    for number, task in enumerate(tasks):
        for stem, _, _ in words_in(task, 0, len(task)):
            where.setdefault(stem, set()).add(number)
    pairs = []
    for skill in skills:
        stems = {stem for stem, _, _ in words_in(_plain(skill), 0, len(_plain(skill)))}
        found = sorted(set.intersection(*(where.get(stem, set()) for stem in stems))) if stems else []
        if found and (len(stems) > 1 or len(found) < MOST_TASKS_OF_A_WORD):
            chance.shuffle(found)
            pairs += [(tasks[number], skill, skill) for number in found[:TASKS_OF_A_SKILL]]
    return pairs


def _batch(occupations: Sequence[Occupation], named: Sequence[Pair], chance: random.Random) -> list[Pair]:
    """Return pairs of one sort; the third of each says of what they speak."""
    sort = chance.random()
    if sort < 0.15:
        return chance.sample(named, 384)
    esco = [one for one in occupations if not one.tasks and len(one.titles) > 1]
    onet = [one for one in occupations if one.tasks and len(one.titles) > 1]
    if sort < 0.75:
        chosen = chance.sample(esco, 512) if sort < 0.5 else chance.sample(onet, 400)
        return [(*chance.sample(one.titles, 2), one.code) for one in chosen]  # type: ignore[misc]
    pairs = []
    for one in chance.sample(occupations, 512):
        ask = chance.choice(one.titles) if chance.random() < 0.7 or not one.tasks else one.description
        answer = chance.choice(one.tasks) if one.tasks and chance.random() < 0.75 else one.description
        pairs.append((ask, answer, one.code))
    return pairs


def _also_right(pairs: Sequence[Pair], left: torch.Tensor, right: torch.Tensor) -> NDArray[np.bool_]:
    """Return which other answers of the batch, (n, n), are no wrong ones."""
    numbers = {code: number for number, code in enumerate({pair[2]: None for pair in pairs})}
    code = np.array([numbers[pair[2]] for pair in pairs])
    one, other = left.numpy(), right.numpy()
    right_too = (code[:, None] == code) | (other[:, None] == other) | (one[:, None] == other)
    np.fill_diagonal(right_too, False)
    return right_too


def _found(
    held: Sequence[Occupation],
    place: dict[str, int],
    vectors: torch.Tensor,
    bend: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, float]:
    """Return how well held-out occupations are found: mean average precision by titles, descriptions and tasks."""
    with torch.no_grad():
        at = [(number, title) for number, one in enumerate(held) if not one.tasks for title in one.titles]
        owners = np.array([number for number, _ in at])
        titles = bend(vectors[[place[title] for _, title in at]]).numpy()
        main = np.array([row for row, (number, title) in enumerate(at) if title == held[number].titles[0]])
        alike = titles[main] @ titles.T
        alike[np.arange(len(main)), main] = -2
        asked = bend(vectors[[place[one.titles[0]] for one in held]]).numpy()
        told = bend(vectors[[place[one.description] for one in held]]).numpy()
        with_tasks = [(number, task) for number, one in enumerate(held) for task in one.tasks]
        tasks = bend(vectors[[place[task] for _, task in with_tasks]]).numpy()
    return {
        "titles": _precision(alike, owners[main][:, None] == owners),
        "descriptions": _precision(asked @ told.T, np.eye(len(held), dtype=np.bool_)),
        "tasks": _precision(
            tasks @ asked.T, np.array([number for number, _ in with_tasks])[:, None] == np.arange(len(held))
        ),
    }


def _precision(alike: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    values = []
    for row, good in zip(alike, right, strict=True):
        ordered = good[np.argsort(-row, kind="stable")]
        hits = np.flatnonzero(ordered)
        if len(hits):
            values.append(np.mean(np.arange(1, len(hits) + 1) / (hits + 1)))
    return float(np.mean(values))


def _say(name: str, found: dict[str, float]) -> None:
    sys.stdout.write(f"{name}: " + ", ".join(f"{what} {value:.4f}" for what, value in found.items()) + "\n")
    sys.stdout.flush()


def _write(head: Head) -> None:
    adapters.FOLDER.mkdir(exist_ok=True)
    values = {
        adapters.HEAD_IN: head.inward.weight,
        adapters.HEAD_BIAS: head.inward.bias,
        adapters.HEAD_OUT: head.outward.weight,
    }
    path = adapters.FOLDER / "work.safetensors"
    save_file({name: value.detach().numpy().astype(np.float16) for name, value in values.items()}, path)
    _say(path.name, {"megabytes": path.stat().st_size / 1e6})


if __name__ == "__main__":
    main()
