"""Metrics for Prometheus: counted in every worker process, added up by whichever is asked.

Labels are routes, statuses and stages, never anything a visitor wrote.
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from indexer.layout import DataFolder
from indexer.runs import read_run
from search.admission import Admission
from search.live import LiveEngine
from search.openapi import Operation, documented
from search.schema import Results
from search.settings import SearchSettings

blueprint = Blueprint("metrics", __name__)

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2, 5)
_ENDED = ("published", "unchanged", "refused", "failed", "interrupted")

requests = Counter("net_requests", "Answers given.", ["route", "status"])
duration = Histogram("net_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS)
stages = Histogram("net_stage_seconds", "Time of a search's stages.", ["stage"], buckets=_SECONDS)
searches = Counter("net_searches", "Searches by whether the index answers.", ["answerable"])
found = Histogram("net_found", "Results of a search.", buckets=(0, 1, 3, 10, 30, 100, 300, 1000))
refused = Counter("net_refused", "Requests refused unread.", ["reason"])


def count_answer(route: str, status: int, seconds: float, spent: Mapping[str, float]) -> None:
    """Count one answer: ``seconds`` in all, and ``spent`` in each stage."""
    requests.labels(route, status).inc()
    duration.labels(route).observe(seconds)
    for name, part in spent.items():
        stages.labels(name).observe(part)


def count_search(results: Results) -> None:
    """Count what a search found."""
    searches.labels(str(results["answerable"]).lower()).inc()
    found.observe(results["found"])


@blueprint.get("/metrics")
@documented(Operation("text/plain"))
def metrics() -> Response:
    """What was counted since the service started, for Prometheus."""
    registry = CollectorRegistry() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else REGISTRY
    if registry is not REGISTRY:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    now = CollectorRegistry()
    now.register(_Now())
    text = generate_latest(registry) + generate_latest(now)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


class _Now(Collector):
    """What is read when it is asked for: the live index, the runs, the queue."""

    def collect(self) -> Iterator[Metric]:
        admission: Admission = current_app.extensions["admission"]
        live: LiveEngine = current_app.extensions["live"]
        settings: SearchSettings = current_app.extensions["settings"]
        about = "Searches that wait for their turn."
        yield GaugeMetricFamily("net_waiting", about, admission.waiting)
        if engine := live.engine:
            manifest = engine.index.manifest
            index = GaugeMetricFamily("net_index", "The index that answers.", labels=["version"])
            index.add_metric([manifest.build_id], 1)
            yield index
            created = datetime.fromisoformat(manifest.created_at)
            age = max(0.0, (datetime.now(UTC) - created).total_seconds())  # a clock may be set back
            yield GaugeMetricFamily("net_index_age_seconds", "Since it was published.", age)
            yield GaugeMetricFamily("net_index_pages", "Pages in it.", manifest.pages)
            yield GaugeMetricFamily("net_index_passages", "Passages in it.", manifest.passages)
        runs = CounterMetricFamily("net_runs", "Indexing runs by outcome.", labels=["outcome"])
        outcomes = _outcomes(settings.folder)
        for outcome in _ENDED:
            runs.add_metric([outcome], outcomes[outcome])
        yield runs


_known: dict[str, str] = {}  # how a run ended, by its file's name: it stays so


def _outcomes(data: DataFolder) -> Tally[str]:
    """How many of the runs whose records are kept ended in which way."""
    for file in data.runs.glob("*Z*.json"):
        if file.name not in _known:
            try:
                record = read_run(data, file.stem) or {}
            except (OSError, ValueError, LookupError, AttributeError):
                continue
            if (state := record.get("state")) in _ENDED:
                _known[file.name] = state
    return Tally(_known.values())
