"""What Prometheus reads: requests by route and status, and the task table's backlog."""

import os
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from marketplace.tasks import queries as tasks

REQUESTS = Counter("fairmatch_requests", "Requests answered.", ["endpoint", "method", "status"])
SECONDS = Histogram("fairmatch_request_seconds", "Time to answer, in seconds.", ["endpoint"])


class Backlog:
    """Reads the task table when it is asked."""

    def collect(self) -> Iterator[Metric]:
        """Give the number of tasks by queue and state."""
        family = GaugeMetricFamily("fairmatch_tasks", "Unfinished tasks.", labels=["queue", "state"])
        for row in tasks.backlog():
            for state in ("waiting", "running", "later", "dead"):
                family.add_metric([row.queue, state], getattr(row, state))
        yield family


def text() -> bytes:
    """Return all metrics, of every web process where PROMETHEUS_MULTIPROC_DIR is set."""
    from prometheus_client import REGISTRY

    own = CollectorRegistry()
    own.register(Backlog())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
        return generate_latest(own)
    return generate_latest(REGISTRY) + generate_latest(own)


def register_metrics(app: Flask) -> None:
    """Count and time the requests of *app*."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint: Any = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, response.status_code).inc()
        if "started" in g:
            SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
        return response
