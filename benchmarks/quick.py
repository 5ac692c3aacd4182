"""Two commits beside each other, in under three minutes: `python3 run.py bench quick BASE`.

Serves this checkout and the commit BASE, each over a database of its own that it has made and
filled itself, on one PostgreSQL. They take turns under the same load, so that what slows a round
slows both; a ratio above 1 means that this checkout is the faster one.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.checkout import checkout
from benchmarks.load import Load, Request, load
from benchmarks.rows import Row, figure
from benchmarks.scratch import server_for
from benchmarks.scripts import Requests
from benchmarks.served import Served, product

CLIENTS: Final = 8
READINGS: Final = 500_000
"""So many companies that no register is corrected more often than the product allows."""
KINDS: Final[dict[str, Callable[[Requests], list[Request]]]] = {
    "GET /health/live": lambda _: [Request("GET", "/health/live")],
    "GET /v1/me": Requests.me,
    "consumption": Requests.consumption,
    "submit": Requests.submit,
}


@dataclass(frozen=True)
class Pair:
    """The two servers, ours first."""

    ours: Served
    base: Served
    seconds: float
    rounds: int

    def loads(self, requests: Sequence[Request]) -> list[tuple[Load, Load]]:
        """Load both in turn, and who begins in turn too; the first round only warms up."""
        found = []
        for turn in range(self.rounds + 1):
            order = (self.ours, self.base) if turn % 2 == 0 else (self.base, self.ours)
            done = {served.name: self._load(served, requests) for served in order}
            found.append((done[self.ours.name], done[self.base.name]))
        return found[1:]

    def _load(self, served: Served, requests: Sequence[Request]) -> Load:
        done = load(served, requests, clients=CLIENTS, seconds=self.seconds)
        if done.failed:
            what = f"{requests[0].method} {requests[0].path}"
            raise SystemExit(f"{served.name} refused {done.failed} of {done.requests}: {what}")
        return done


def quick(arguments: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the table, two for each kind of request."""
    options = _options(arguments)
    with ExitStack() as stack:
        server = stack.enter_context(server_for(options.server))
        base = stack.enter_context(checkout(options.base, server.folder))
        ours = stack.enter_context(server.filled(options.readings))
        other = stack.enter_context(server.filled(options.readings, by=base))
        requests = Requests(ours)
        pair = Pair(
            stack.enter_context(product(ours, name="this checkout")),
            stack.enter_context(
                product(other, root=base.root, name=base.commit, python=base.python)
            ),
            options.seconds,
            options.rounds,
        )
        for name, kind in KINDS.items():
            yield from _rows(name, pair.loads(kind(requests)))


def _rows(name: str, loads: Sequence[tuple[Load, Load]]) -> Iterator[Row]:
    rates = [(ours.per_second, base.per_second) for ours, base in loads]
    yield _row(name, [figure(median(side)) + "/s" for side in zip(*rates, strict=True)], rates)
    # Less is better, so the ratio is turned round: above 1 is faster here as well.
    spent = [(base.cpu_us, ours.cpu_us) for ours, base in loads]
    told = [f"{median(side):.0f} us" for side in zip(*spent, strict=True)]
    yield _row("  its processor time", told[::-1], spent)


def _row(name: str, told: Sequence[str], pairs: Sequence[tuple[float, float]]) -> Row:
    ratios = [first / second for first, second in pairs]
    return Row(
        name=name,
        ours=told[0],
        other=told[1],
        ratio=f"{median(ratios):.2f}",
        spread=f"{min(ratios):.2f}-{max(ratios):.2f}",
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run.py bench quick",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="a commit, branch or tag to compare with")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of one load (2)")
    parser.add_argument("--readings", type=int, default=READINGS, help=f"in each ({READINGS})")
    parser.add_argument("--server", metavar="URL", help="as for the other measures")
    return parser.parse_args(arguments)
