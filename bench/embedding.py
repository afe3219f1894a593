"""How fast résumés become vectors, each figure beside its reference of the same run.

`python -m bench.embedding --out FILE`: variants take turns, each turn in fresh processes (bench/embedding_parts.py),
medians over the rounds.  Absolute figures depend on the machine and on what else it does; the ratios do not.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, write
from marketplace.config import Config
from matching.resumes.passages import cut_passages
from matching.resumes.types import Page

SHARED = Path(os.environ.get("FAIRMATCH_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
DOCUMENTS = SHARED / "benchmarks" / "jobfamily_resumes_dev" / "documents.jsonl.gz"
LENGTH = 4_500  # characters of a résumé that are taken: about five passages
PLAIN, POOL, FAST = "plain", "torch", "openvino"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one variant did with all passages: wall and processor seconds, and the vectors, (n, d)."""

    seconds: float
    cpu_seconds: float
    vectors: NDArray[np.float32]


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.embedding", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/embedding.json"))
    parser.add_argument("--resumes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    resumes = list(texts(options.resumes))
    variants = [PLAIN, POOL, *([FAST] if find_spec("openvino") else [])]
    with tempfile.TemporaryDirectory(prefix="fairmatch-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs as another user
        work = _written(folder, resumes)
        turns: dict[str, list[Turn]] = {variant: [] for variant in variants}
        ceilings: list[float] = []
        for number in range(options.rounds):
            for variant in variants:
                turns[variant].append(take_turn(folder, work, variant))
            ceilings.append(float(_part("sgemm")["gflops"]))
            print(f"round {number + 1} of {options.rounds} done", flush=True)
        figures = [*_compared(turns, ceilings, float(_part("count", work)["gflop"]), len(resumes))]
        figures += _whole_job(folder, work)
    write(figures, options.out)


def texts(most: int) -> Iterator[str]:
    """Yield the texts of résumés: of the shared data where they are, else those of the demo world, over and over."""
    if DOCUMENTS.is_file():
        with gzip.open(DOCUMENTS, "rt") as file:
            for _, line in zip(range(most), file, strict=False):
                yield json.loads(line)["text"][:LENGTH]
        return
    from marketplace.demo.files import lines
    from marketplace.demo.people import PEOPLE

    whole = ["\n".join(text for _, text in lines(person)) for person in PEOPLE]
    for number in range(most):
        yield "\n".join(whole[(number * 3 + step) % len(whole)] for step in range(3))[:LENGTH]


def _written(folder: Path, resumes: list[str]) -> Path:
    """Write every résumé as its list of passages, and return the file."""
    cut = [[text[p.start : p.end] for p in cut_passages(text, [Page(1, 0, len(text))])] for text in resumes]
    path = folder / "resumes.json"
    path.write_text(json.dumps({"texts": resumes, "passages": cut}))
    return path


def take_turn(folder: Path, work: Path, variant: str) -> Turn:
    """Embed everything once: plainly in one process, or by as many workers as the product would start."""
    size = 1 if variant == PLAIN else Config.from_environment({"DATA_DIR": str(folder / "data")}).model_processes
    children = [_start("embed", work, variant, str(share), str(size), str(folder)) for share in range(size)]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # ready: loaded and warm
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [json.loads(_end(child)) for child in children]
    vectors = {
        index: row for answer in answers for index, row in zip(answer["order"], np.load(answer["file"]), strict=True)
    }
    return Turn(
        seconds=max(answer["end"] for answer in answers) - min(answer["start"] for answer in answers),
        cpu_seconds=sum(answer["cpu"] for answer in answers),
        vectors=np.stack([vectors[index] for index in sorted(vectors)]),
    )


def _start(*words: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.embedding_parts", *map(str, words)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "LOG_LEVEL": "error"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment)


def _end(child: "subprocess.Popen[str]") -> str:
    out, _ = child.communicate()
    if child.returncode:
        sys.exit(f"{child.args!r} failed")
    return out.strip().splitlines()[-1]


def _part(*words: str | Path) -> dict[str, float]:
    answer: dict[str, float] = json.loads(_end(_start(*words)))
    return answer


def _compared(turns: dict[str, list[Turn]], ceilings: list[float], gflop: float, resumes: int) -> Iterator[Figure]:
    ceiling = statistics.median(ceilings)
    count = len(turns[PLAIN][0].vectors)
    plain = count / statistics.median(turn.seconds for turn in turns[PLAIN])
    exact = turns[PLAIN][0].vectors
    for variant, least, share in ((POOL, 1.2, 0.60), (FAST, 1.4, 0.75)):
        if variant not in turns:
            continue
        name = "worker pool" if variant == POOL else "worker pool with OpenVINO"
        rate = count / statistics.median(turn.seconds for turn in turns[variant])
        # each round by itself: what else the machine did meanwhile weighs on both alike
        pairs = zip(turns[PLAIN], turns[variant], strict=True)
        ratio = statistics.median(before.seconds / after.seconds for before, after in pairs)
        said = f"plain sentence-transformers {plain:.1f}/s"
        yield Figure(f"embedding, {name}", rate, "passages/s", said, ratio, f">= {least} x", ratio >= least)
        used = gflop / statistics.median(turn.cpu_seconds for turn in turns[variant])
        yield Figure(
            f"embedding, {name}: of the sgemm ceiling",
            used,
            "GFLOP/CPU-s",
            f"sgemm on one core {ceiling:.0f} GFLOP/s",
            used / ceiling,
            f">= {share:.2f}",
            used / ceiling >= share,
        )
        vectors = turns[variant][0].vectors
        cosine = float((vectors * exact).sum(axis=1).min())
        gap = float(np.abs(vectors - exact).max())
        wanted = "same vectors" if variant == POOL else "cosine >= 0.9999"
        met = gap < 1e-5 if variant == POOL else cosine >= 0.9999
        said = f"largest difference {gap:.1e} in a component"
        yield Figure(f"embedding, {name}: least cosine", cosine, "", said, None, wanted, met)
    tokens = gflop / count * 1_000
    yield Figure("embedding, work", tokens, "MFLOP a passage", f"{count} passages of {resumes} résumés")


def _whole_job(folder: Path, work: Path) -> list[Figure]:
    found = _part("job", work, folder)
    said = f"bare encode of the same passages {found['bare_ms']:.0f} ms"
    ratio = found["ratio"]
    name = "whole job of a résumé, without parsing"
    return [Figure(name, found["job_ms"], "ms", said, ratio, "<= 1.10 x", ratio <= 1.1)]


if __name__ == "__main__":
    main()
