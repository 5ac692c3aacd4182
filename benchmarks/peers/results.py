"""What was measured of each side, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.peers.kinds import Kind
from benchmarks.peers.sides import OURS
from benchmarks.rows import figure


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One load; 0 where it cannot be known."""

    per_second: float
    p50: float = 0
    p99: float = 0
    """Milliseconds."""
    server_us: float = 0
    postgres_us: float = 0
    """Processor time for one request."""


@dataclass(frozen=True)
class Line:
    """A side in the table: figures are medians of the rounds, spelled."""

    side: str
    rate: str
    ratio: str
    spread: str
    goal: str
    reached: bool | None
    p50: str
    p99: str
    server_us: str
    postgres_us: str

    @property
    def verdict(self) -> str:
        return {True: "reached", False: "missed", None: ""}[self.reached]


@dataclass(frozen=True)
class Result:
    kind: Kind
    samples: dict[str, list[Sample]]
    """Each side's samples, round by round."""

    def rate(self, side: str) -> float:
        return median(each.per_second for each in self.samples[side])

    def lines(self) -> list[Line]:
        return [self._line(side) for side in self.samples]

    def _line(self, side: str) -> Line:
        samples = self.samples[side]
        pairs = zip(self.samples[OURS.name], samples, strict=True)
        ratios = [ours.per_second / other.per_second for ours, other in pairs]
        goal = self.kind.goals.get(side)
        is_ours = side == OURS.name
        return Line(
            side=side,
            rate=figure(self.rate(side)),
            ratio="" if is_ours else f"{median(ratios):.2f}",
            spread="" if is_ours else f"{min(ratios):.2f}-{max(ratios):.2f}",
            goal=f">= {goal:g}" if goal else "",
            reached=median(ratios) >= goal if goal else None,
            p50=_told(median(each.p50 for each in samples), ".1f"),
            p99=_told(median(each.p99 for each in samples), ".1f"),
            server_us=_told(median(each.server_us for each in samples), ",.0f"),
            postgres_us=_told(median(each.postgres_us for each in samples), ",.0f"),
        )


def _told(value: float, form: str) -> str:
    return format(value, form) if value else ""


def print_result(result: Result) -> None:
    table = Table("", title=result.kind.title, title_justify="left")
    headings = ("per second", "ours/theirs", "rounds", "to reach", "")
    for heading in (*headings, "p50 ms", "p99 ms", "server us", "PostgreSQL us"):
        table.add_column(heading, justify="right")
    for line in result.lines():
        measured = (line.p50, line.p99, line.server_us, line.postgres_us)
        told = (line.side, line.rate, line.ratio, line.spread, line.goal, line.verdict)
        table.add_row(*told, *measured)
    Console(width=130).print(table)


def print_memory(memory: Mapping[str, float]) -> None:
    table = Table("memory (PSS) after everything", "MB")
    for name, megabytes in memory.items():
        table.add_row(name, f"{megabytes:.0f}")
    Console(width=120).print(table)
