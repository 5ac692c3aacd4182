"""How many requests, how long: counted by route template, never by address or person."""

from typing import Any, Final

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

router = APIRouter(include_in_schema=False)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("method", "route", "status")
        self._requests = Counter(
            "cabinet_http_requests", "Requests answered", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "cabinet_http_request_seconds",
            "Time from a request's arrival to the end of its answer",
            labels[:2],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._failed_sign_ins = Counter(
            "cabinet_sign_in_failures", "Sign-ins refused", ("code",), registry=self.registry
        )
        # Looking a child up costs more than counting; there are few of them, and they stay.
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method if method in METHODS else "other", route, status)
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = self._born(*key)
        requests, durations = children
        requests.inc()
        durations.observe(seconds)

    def count_failed_sign_in(self, code: str) -> None:
        self._failed_sign_ins.labels(code).inc()

    def _born(self, method: str, route: str, status: int) -> tuple[Any, Any]:
        return (
            self._requests.labels(method, route, str(status)),
            self._seconds.labels(method, route),
        )


@router.get("/metrics")
async def show_metrics(request: Request) -> Response:
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
