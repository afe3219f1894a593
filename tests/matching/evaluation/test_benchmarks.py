"""A folder of benchmarks is found, measured and told."""

import gzip
import json
from pathlib import Path

import pytest
from rich.console import Console

from matching.evaluation.benchmarks import MAP, NDCG, PRODUCT, RECALL, benchmarks_in, measure
from matching.evaluation.files import BadInput
from matching.evaluation.report import table_of, verdicts
from tests.matching.evaluation.machine import FakeMachine

JOBS = ["registered nurse", "line cook", "tax accountant", "truck driver"]
BASELINES = ["keyword count", "weighted profile sum", "BM25", "cosine to mean passage", "cosine to nearest passage"]


def unseen(what: str, total: int):
    return lambda done: None


def make(folder: Path, labels: str) -> None:
    folder.mkdir()
    queries = "\n".join(json.dumps({"id": f"q{number}", "text": job}) for number, job in enumerate(JOBS))
    documents = "\n".join(json.dumps({"id": f"d{number}", "text": f"{job} wanted"}) for number, job in enumerate(JOBS))
    (folder / "queries.jsonl").write_text(queries)
    (folder / "documents.jsonl.gz").write_bytes(gzip.compress(documents.encode()))
    (folder / "qrels.tsv").write_text(f"query_id\tdoc_id\trelevance\n{labels}")


def test_every_system_is_measured_on_the_queries_that_have_something_relevant(tmp_path: Path) -> None:
    make(tmp_path / "own", "q0\td0\t1\nq1\td1\t2\nq2\td2\t0\nelsewhere\td0\t1\n")
    [benchmark] = benchmarks_in(tmp_path)
    found = measure(benchmark, FakeMachine(), "fake", unseen)
    assert (found.name, found.queries, found.documents, found.main, found.target) == ("own", 2, 4, NDCG, None)
    assert list(found.systems) == [PRODUCT, *BASELINES]
    for name, estimates in found.systems.items():
        assert [estimates[metric].mean for metric in (NDCG, MAP, RECALL)] == [1.0, 1.0, 1.0], name
    assert found.gains.mean == 0.0
    assert found.met is None


def test_titles_are_judged_by_map_and_a_target_is_met_or_not(tmp_path: Path) -> None:
    make(tmp_path / "talentclef2025_titles_en", "q0\td1\t1\nq1\td2\t1\n")
    found = measure(benchmarks_in(tmp_path)[0], FakeMachine(), "fake", unseen)
    assert (found.main, found.target, found.met) == (MAP, 0.56, False)
    [verdict] = verdicts([found])
    assert verdict.startswith(f"talentclef2025_titles_en: MAP {found.systems[PRODUCT][MAP].mean:.3f}, ")
    assert verdict.endswith("; target 0.56 NOT met.")
    spec = json.loads(json.dumps(found.to_spec()))
    assert spec["systems"]["BM25"][MAP]["low"] <= spec["systems"]["BM25"][MAP]["mean"]
    console = Console(width=130)
    with console.capture() as shown:
        console.print(table_of([found]))
    assert [name for name in BASELINES if name not in shown.get()] == []


def test_a_folder_without_benchmarks_or_relevant_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "qrels.tsv").write_text("q\td\t1\n")
    with pytest.raises(BadInput, match=r"holds no folder with queries, documents and qrels\.tsv\."):
        benchmarks_in(tmp_path)
    make(tmp_path / "own", "q0\td0\t0\n")
    with pytest.raises(BadInput, match="names nothing relevant"):
        benchmarks_in(tmp_path)
