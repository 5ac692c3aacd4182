"""What Prometheus is told, and how it asks: numbers by kind of work, never about a person (A12)."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things are due, and for how many seconds the oldest of them has been."""

    count: int
    oldest_seconds: float


class MetricsServer:
    """Answers Prometheus on a port of its own, from a thread of its own, until closed."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._server: tuple[WSGIServer, Thread] | None = None

    def open(self, *, host: str, port: int | None) -> None:
        """Begin to answer; without a port nobody is answered.

        :raises OSError: the address is taken.
        """
        if port is not None:
            server, thread = start_http_server(port, host, self._registry)
            self._server = (server, thread)

    def close(self) -> None:
        """Answer nobody any more."""
        if self._server is None:
            return
        server, thread = self._server
        server.shutdown()
        server.server_close()
        thread.join()
        self._server = None


class WorkerMetrics:
    """The counters of one worker, and what it last saw waiting in the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._work = Histogram(
            "cabinet_worker_work_seconds",
            "Time of a job or of scheduled work",
            ("work",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._failures = self._counter(
            "worker_failures", "Runs of jobs and of scheduled work that failed", "work"
        )
        self._done = Gauge(
            "cabinet_worker_last_done_timestamp_seconds",
            "When a job or scheduled work last ended well",
            ("work",),
            registry=self.registry,
        )
        self._listening = self._gauge("worker_listening", "1 while the queue can wake the worker")
        self._calls = Histogram(
            "cabinet_message_send_seconds",
            "Time of a call that hands a message to the provider",
            ("outcome",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._messages = self._counter("messages", "Messages that came to a status", "status")
        self._purged = self._counter("forgotten_rows", "Rows forgotten", "kind")
        self._jobs_waiting = self._gauge("jobs_waiting", "Jobs that are due")
        self._jobs_oldest = self._gauge("jobs_oldest_waiting_seconds", "Age of the oldest of them")
        self._money = Gauge(
            "cabinet_sms_segments_left",
            "SMS that a share of a day's money still pays for",
            ("share",),
            registry=self.registry,
        )
        self._ledger = self._ledger_gauges()
        self._unsent = self._gauge("messages_waiting", "Messages that have not left")
        self._unsent_oldest = self._gauge(
            "messages_oldest_waiting_seconds", "Age of the oldest of them"
        )

    @contextmanager
    def working(self, work: str) -> Iterator[None]:
        """Time a job or scheduled work, and tell whether it failed."""
        started = time.monotonic()
        try:
            yield
        except Exception:
            self._failures.labels(work).inc()
            raise
        finally:
            self._work.labels(work).observe(time.monotonic() - started)
        self._done.labels(work).set_to_current_time()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Show that jobs arrive."""
        self._listening.set(1)
        try:
            yield
        finally:
            self._listening.set(0)

    def count_call(self, outcome: str, seconds: float) -> None:
        self._calls.labels(outcome).observe(seconds)

    def count_message(self, status: str) -> None:
        self._messages.labels(status).inc()

    def count_purged(self, kind: str, rows: int) -> None:
        self._purged.labels(kind).inc(rows)

    def show_waiting(self, *, jobs: Waiting, messages: Waiting) -> None:
        self._jobs_waiting.set(jobs.count)
        self._jobs_oldest.set(jobs.oldest_seconds)
        self._unsent.set(messages.count)
        self._unsent_oldest.set(messages.oldest_seconds)

    def show_money(self, left: Mapping[str, int]) -> None:
        for share, segments in left.items():
            self._money.labels(share).set(segments)

    def show_ledger(self, *, differing: int, total: int) -> None:
        for gauge, number in zip(self._ledger, (differing, total), strict=True):
            gauge.set(number)

    def _ledger_gauges(self) -> tuple[Gauge, Gauge]:
        return (
            self._gauge(
                "ledger_accounts_differing",
                "Ledger accounts whose balance is not the sum of their entries",
            ),
            self._gauge("ledger_total_kopiykas", "Sum of all balances: zero"),
        )

    def _counter(self, name: str, meaning: str, label: str) -> Counter:
        return Counter(f"cabinet_{name}", meaning, (label,), registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"cabinet_{name}", meaning, registry=self.registry)
