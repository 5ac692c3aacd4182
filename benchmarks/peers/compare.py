"""The product beside its peers: `python3 run.py bench peers [KIND ...]`.

Every side serves the same rows of one database under the same paths, one process each, from an
environment of its own, which is installed when first needed. Their answers are compared before
anything is measured. In each round the sides take turns under the same load, and who begins moves
on; all figures are medians of the rounds, and the ratio is the median of the rounds' own ratios.
pgbench runs the product's own statements: what PostgreSQL alone could do.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from app.clock import kyiv_date
from benchmarks.fill import now
from benchmarks.load import Request, load
from benchmarks.peers.kinds import KINDS, Kind, check_answers
from benchmarks.peers.postgres import Postgres
from benchmarks.peers.report import conditions, write_report
from benchmarks.peers.results import Result, Sample
from benchmarks.peers.sides import OURS, SIDES
from benchmarks.pgbench import transactions_per_second
from benchmarks.scratch import Scratch, scratch_database
from benchmarks.scripts import Requests, Scripts

PGBENCH: Final = "pgbench, same SQL"
READINGS: Final = 500_000
INDEX: Final = "CREATE UNIQUE INDEX peers_find_members ON members (id)"
"""Peers find a user by the id alone; we never do. With this index it costs them no more."""


class Run:
    """One database, all servers, and rounds in which they take turns."""

    def __init__(self, scratch: Scratch, options: argparse.Namespace, servers: ExitStack) -> None:
        self._scratch = scratch
        self._options = options
        self._scripts = Scripts(scratch, clients=options.clients)
        self._postgres = asyncio.run(Postgres.behind(scratch.libpq))
        asyncio.run(scratch.execute(INDEX, "ANALYZE members"))
        chosen = [OURS, *(SIDES[name] for name in options.sides if name != OURS.name)]
        self.served = {
            side.name: (side, servers.enter_context(side.serve(scratch))) for side in chosen
        }
        check_answers(scratch, self.served)

    def measure(self, name: str) -> Result:
        """Let the sides take turns; the first round only warms up."""
        kind = KINDS[name]
        able = [side for side, _ in self.served.values() if name in side.kinds]
        order = [*(side.name for side in able), PGBENCH]
        requests = {side.name: kind.requests(Requests(self._scratch, side.sign)) for side in able}
        rounds = []
        for turn in range(self._options.rounds + 1):
            start = turn % len(order)
            turns = [*order[start:], *order[:start]]
            rounds.append({each: self._sample(kind, each, requests) for each in turns})
        return Result(kind, {each: [one[each] for one in rounds[1:]] for each in order})

    def memory(self) -> dict[str, float]:
        """Return the megabytes of each server, its share of what it shares included."""
        return {name: served.pss_megabytes() for name, (_, served) in self.served.items()}

    def _sample(self, kind: Kind, name: str, requests: dict[str, list[Request]]) -> Sample:
        if kind.writes:
            self._scratch.forget_submissions()
        before = self._postgres.cpu_seconds()
        seconds, clients = self._options.seconds, self._options.clients
        if name == PGBENCH:
            rate = transactions_per_second(
                self._scratch,
                kind.script(self._scripts),
                self._scripts.variables,
                clients=clients,
                seconds=seconds,
            )
            spent = self._postgres.cpu_seconds() - before
            return Sample(per_second=rate, postgres_us=spent / (rate * seconds) * 1e6)
        served = self.served[name][1]
        done = load(served, requests[name], clients=clients, seconds=seconds)
        if done.failed:
            raise SystemExit(f"{name} refused {done.failed} of {done.requests}: {kind.title}")
        spent = self._postgres.cpu_seconds() - before
        return Sample(
            per_second=done.per_second,
            p50=done.p50,
            p99=done.p99,
            server_us=done.cpu_us,
            postgres_us=spent / done.requests * 1e6,
        )


def peers(arguments: Sequence[str]) -> tuple[list[Result], dict[str, float]]:
    """Return what was measured, and the megabytes of each server after it."""
    options = _options(arguments)
    with (
        scratch_database(options.server, readings=options.readings) as scratch,
        ExitStack() as all_,
    ):
        run = Run(scratch, options, all_)
        if options.check:
            return [], run.memory()
        results = [run.measure(name) for name in options.kinds or KINDS]
        memory = run.memory()
        if options.report:
            load = {"clients": options.clients, "rounds": options.rounds}
            said = conditions(scratch, kyiv_date(now()), seconds=options.seconds, **load)
            write_report(options.report, results, memory, conditions=said)
        return results, memory


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run.py bench peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = ", ".join(KINDS)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {kinds}; all by default")
    parser.add_argument(
        "--side",
        dest="sides",
        action="append",
        choices=sorted(SIDES),
        help="beside whom; may be given several times; all by default",
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of one load (2)")
    parser.add_argument("--clients", type=int, default=16, help="at once (16)")
    parser.add_argument("--readings", type=int, default=READINGS, help=f"in all ({READINGS})")
    parser.add_argument("--server", metavar="URL", help="as for the other measures")
    parser.add_argument("--check", action="store_true", help="only compare the answers")
    parser.add_argument(
        "--report", type=Path, metavar="FOLDER", help="write peers.md and peers.svg there"
    )
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.kinds) - KINDS.keys()):
        parser.error(f"there is no {', '.join(unknown)}; there are {kinds}")
    options.sides = options.sides or list(SIDES)
    return options
