"""The worker that has the model in memory: it performs in its own process, on one thread, and never forks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.cli.everything import _children
from marketplace.config import Config
from marketplace.services import Services

ROOT = Path(__file__).resolve().parents[2]
PERFORMING = """
import json, os, sys
from marketplace.services import valkey
from marketplace.tasks import bell
from matching.embedding import Embedder
from matching.resumes.reading import read_file

model = Embedder.load(fast=False)
forks, performed = [], []
os.register_at_fork(before=lambda: forks.append(1))

def perform(task_id):
    read_file("cv.txt", b"I labelled sentiment and medical spans in English texts for four years. " * 5)
    model.embed(["Labelled texts."] * task_id)
    performed.append(os.getpid())

bell.FairmatchJob.performer = perform
queue = bell.rq_queue("model", valkey.connection(sys.argv[1]))
bell.push(queue, [(1, 0), (5, 0), (9, 0)])
bell.FairmatchWorker(queue, "model-test", lambda: None).work(burst=True, logging_level="ERROR")
import torch
print(json.dumps({"forks": len(forks), "here": performed == [os.getpid()] * 3, "threads": torch.get_num_threads()}))
"""


@pytest.mark.model
def test_a_worker_that_has_run_torch_never_forks_and_torch_has_one_thread(servers: Services) -> None:
    command = [sys.executable, "-c", PERFORMING, servers.redis_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {"forks": 0, "here": True, "threads": 1}


@pytest.mark.parametrize(("asked", "workers"), [("1", 1), ("3", 3), ("0", 1)])
def test_as_many_workers_of_the_model_are_started_as_are_asked_for(tmp_path: Path, asked: str, workers: int) -> None:
    config = Config.from_environment({"DATA_DIR": str(tmp_path), "MODEL_PROCESSES": asked})
    models = [one for one in _children(config, {}, None) if one.command[-2:] == ("worker", "model")]
    assert [one.name for one in models] == [f"worker-model-{number}" for number in range(1, workers + 1)]


def test_by_default_there_is_one_worker_of_the_model_for_each_core_and_four_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores, expected in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, cores=cores: set(range(cores)), raising=False)
        assert Config.from_environment({"DATA_DIR": str(tmp_path)}).model_processes == expected
