"""One run: a filled database, the servers, and rounds in which two sides take turns."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from benchmarks.load import Load, Request, load
from benchmarks.pgbench import transactions_per_second
from benchmarks.scratch import Scratch
from benchmarks.scripts import Requests, Scripts
from benchmarks.served import Served, bare, product

Side = TypeVar("Side")

CLIENTS: Final = 8
"""As many as the pool has connections."""


@dataclass
class Bench:
    """The database and the servers of one run; a server starts when it is first asked for."""

    scratch: Scratch
    rounds: int
    seconds: float
    servers: ExitStack

    @cached_property
    def requests(self) -> Requests:
        return Requests(self.scratch)

    @cached_property
    def scripts(self) -> Scripts:
        return Scripts(self.scratch, clients=CLIENTS)

    @cached_property
    def product(self) -> Served:
        return self.servers.enter_context(product(self.scratch))

    @cached_property
    def bare(self) -> Served:
        return self.servers.enter_context(bare(self.scratch))

    def load(
        self,
        requests: list[Request],
        *,
        served: Served | None = None,
        clients: int = CLIENTS,
        repeatable: bool = False,
    ) -> Load:
        done = load(
            served or self.product,
            requests,
            clients=clients,
            seconds=self.seconds,
            repeatable=repeatable,
        )
        if done.failed:
            # A refusal costs less than an answer, and would pass for speed.
            what = f"{requests[0].method} {requests[0].path}"
            raise SystemExit(f"{done.failed} of {done.requests} were refused: {what}")
        return done

    def pgbench(self, script: str) -> float:
        return transactions_per_second(
            self.scratch, script, self.scripts.variables, clients=CLIENTS, seconds=self.seconds
        )

    def pairs(self, ours: Callable[[], Side], other: Callable[[], Side]) -> list[tuple[Side, Side]]:
        """Run both in turn, and who begins in turn too; the first round only warms up."""
        found = []
        for turn in range(self.rounds + 1):
            if turn % 2:
                second, first = other(), ours()
            else:
                first, second = ours(), other()
            found.append((first, second))
        return found[1:]
