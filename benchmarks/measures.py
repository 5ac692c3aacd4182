"""What is measured. Each measure is one function that yields rows for the table."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import median
from typing import Final

from app.security.passwords import ARGON2
from benchmarks.batches import batches
from benchmarks.bench import CLIENTS, Bench
from benchmarks.fill import PASSWORD
from benchmarks.load import Load, Request, load
from benchmarks.routes import found_routes
from benchmarks.rows import Pairs, Row, at_least, at_most, figure
from benchmarks.served import Served, product

TWICE: Final = 2 * CLIENTS
FLOOD: Final = 32
LARGEST_WORKER: Final = 100
"""Megabytes."""


def me(bench: Bench) -> Iterator[Row]:
    """GET /v1/me, against the same SQL and answer without a framework."""
    requests = bench.requests.me()
    loads = bench.pairs(
        lambda: bench.load(requests), lambda: bench.load(requests, served=bench.bare)
    )
    pairs = [(ours.per_second, other.per_second) for ours, other in loads]
    yield at_least("GET /v1/me / bare ASGI + asyncpg", pairs, 0.40)
    # Others on the machine take turns from both sides, but processor time from neither.
    spent = [(ours.cpu_us, other.cpu_us) for ours, other in loads]
    ours, other = (median(side) for side in zip(*spent, strict=True))
    ratios = [other / ours for ours, other in spent]
    yield Row(
        name="its processor time, bare / ours",
        ours=f"{ours:.0f} us",
        other=f"{other:.0f} us",
        ratio=f"{median(ratios):.2f}",
        spread=f"{min(ratios):.2f}-{max(ratios):.2f}",
    )


def submit(bench: Bench) -> Iterator[Row]:
    """One reading handed in, against pgbench running its two statements."""
    requests, script = bench.requests.submit(), bench.scripts.submit()

    def ours() -> float:
        bench.scratch.forget_submissions()
        return bench.load(requests).per_second

    def other() -> float:
        bench.scratch.forget_submissions()
        return bench.pgbench(script)

    yield at_least("submit one reading / pgbench", bench.pairs(ours, other), 0.18)


def consumption(bench: Bench) -> Iterator[Row]:
    """36 months of an account with three registers, against pgbench running the statement."""
    requests, script = bench.requests.consumption(), bench.scripts.consumption()
    pairs = bench.pairs(lambda: bench.load(requests).per_second, lambda: bench.pgbench(script))
    yield at_least("consumption, 36 months / pgbench", pairs, 0.15)


def steps(bench: Bench) -> Iterator[Row]:
    """Where a submission's processor time goes: the server's, for one request."""
    requests = bench.requests
    ladder: dict[str, Callable[[], Load]] = {
        "route, log, metrics, headers: GET /health/live": lambda: bench.load(HEALTH),
        "+ token, statement, answer: GET /v1/me": lambda: bench.load(requests.me()),
        "+ body, context, rules: dry run": lambda: bench.load(requests.submit(dry_run=True)),
        "+ effect: submission": lambda: bench.load(requests.submit()),
        "+ claimed key, kept answer": lambda: bench.load(requests.submit(), repeatable=True),
    }
    found: dict[str, list[Load]] = {name: [] for name in ladder}
    for _ in range(bench.rounds):
        bench.scratch.forget_submissions()
        for name, run in ladder.items():
            found[name].append(run())
    before = 0.0
    for name, loads in found.items():
        cost = median(each.cpu_us for each in loads)
        rate = median(each.per_second for each in loads)
        yield Row(
            name=name,
            ours=f"{figure(rate)}/s",
            other=f"{cost:.0f} us",
            ratio=f"{cost - before:+.0f} us",
        )
        before = cost
    for name, script in {
        "context statement: pgbench": bench.scripts.context(),
        "effect statement: pgbench": bench.scripts.effect(),
    }.items():
        bench.scratch.forget_submissions()
        yield Row(name=name, ours="", other=f"{figure(bench.pgbench(script))}/s")


def tail(bench: Bench) -> Iterator[Row]:
    """p99 against p50, with twice as many clients as the pool has connections."""
    for name, requests in {
        "GET /v1/me": bench.requests.me(),
        "consumption": bench.requests.consumption(),
        "submit": bench.requests.submit(),
    }.items():
        yield at_most(f"{name}, {TWICE} clients: p99 / p50", _tails(bench, requests), 4, unit="ms")
    # What the machine itself does to a tail, when others use it too.
    alone = at_most(
        "for comparison: bare ASGI + asyncpg",
        _tails(bench, bench.requests.me(), served=bench.bare),
        4,
        unit="ms",
    )
    yield replace(alone, goal="", reached=None)


def _tails(bench: Bench, requests: list[Request], *, served: Served | None = None) -> Pairs:
    loads = [bench.load(requests, served=served, clients=TWICE) for _ in range(bench.rounds)]
    return [(each.p99, each.p50) for each in loads]


def flood(bench: Bench) -> Iterator[Row]:
    """How much longer GET /v1/me takes while 32 clients sign in without a pause."""
    requests, signing_in = bench.requests.me(), bench.requests.sign_in()
    floods: list[Load] = []

    def flooded() -> float:
        with ThreadPoolExecutor(1) as beside:
            seconds = bench.seconds + 2
            running = beside.submit(load, bench.product, signing_in, clients=FLOOD, seconds=seconds)
            time.sleep(1)
            p50 = bench.load(requests, clients=4).p50
            floods.append(running.result())
        return p50

    pairs = bench.pairs(flooded, lambda: bench.load(requests, clients=4).p50)
    yield at_most(f"GET /v1/me p50, {FLOOD} clients signing in / idle", pairs, 6, unit="ms")
    signed_in = median(each.per_second for each in floods)
    refused = sum(each.failed for each in floods)
    yield Row(
        name="sign-ins meanwhile, and how many were refused",
        ours=f"{figure(signed_in)}/s",
        other=f"{refused}",
    )


def sign_in(bench: Bench) -> Iterator[Row]:
    """Sign-ins a second, against bare argon2id hashes on as many threads as there are cores."""
    requests = bench.requests.sign_in()
    pairs = bench.pairs(
        lambda: bench.load(requests).per_second, lambda: _hashes_per_second(bench.seconds)
    )
    yield at_least("sign-ins / bare argon2id hashes", pairs, 0.80)


def memory(bench: Bench) -> Iterator[Row]:
    """Memory of a fresh worker: as it starts, after requests, and after sign-ins."""
    requests = bench.requests
    with product(bench.scratch, name="fresh") as served:
        yield _memory("started", served)
        for kind in (requests.me(), requests.consumption(), requests.submit()):
            bench.load(kind, served=served, clients=TWICE)
        yield _memory("after requests of each kind", served)
        # Each hashing thread keeps its 19 MiB: to fetch fresh pages would take a quarter longer.
        bench.load(requests.sign_in(), served=served, clients=TWICE)
        yield _memory("after sign-ins", served)


def routes(bench: Bench) -> Iterator[Row]:
    """GET /health/live with the index of routes and with FastAPI's own search."""
    yield from found_routes(bench.rounds)


def batch(bench: Bench) -> Iterator[Row]:
    """Batches of a hundred readings, against pgbench with the same SQL, and of ten thousand."""
    yield from batches(bench)


def _memory(when: str, served: Served) -> Row:
    pss = served.pss_megabytes()
    return Row(
        name=f"memory (PSS) of a worker, {when}",
        ours=f"{pss:.0f} MB",
        goal=f"<= {LARGEST_WORKER} MB",
        reached=0 < pss <= LARGEST_WORKER,
    )


MEASURES: Final[dict[str, Callable[[Bench], Iterator[Row]]]] = {
    each.__name__: each
    for each in (me, submit, batch, consumption, steps, tail, flood, sign_in, memory, routes)
}
HEALTH: Final = [Request("GET", "/health/live")]


def _hashes_per_second(seconds: float) -> float:
    threads = os.cpu_count() or 1
    stored = str(ARGON2.hash(PASSWORD))
    ends = time.perf_counter() + seconds

    def work() -> int:
        done = 0
        while time.perf_counter() < ends:
            ARGON2.verify(PASSWORD, stored)
            done += 1
        return done

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: work(), range(threads))) / seconds
