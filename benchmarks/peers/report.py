"""The results as Markdown and as a chart, with the machine that they were measured on."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.peers.chart import chart
from benchmarks.peers.results import Line, Result
from benchmarks.scratch import Scratch

HEADINGS: Final = (
    "Side",
    "Requests/s",
    "Ours / theirs",
    "Rounds",
    "To reach",
    "",
    "p50, ms",
    "p99, ms",
    "Server, us",
    "PostgreSQL, us",
)


def write_report(
    folder: Path,
    results: Sequence[Result],
    memory: Mapping[str, float],
    *,
    conditions: str,
) -> None:
    """Write `peers.md` and `peers.svg`."""
    parts = [conditions]
    for result in results:
        rows = [_cells(line) for line in result.lines()]
        parts.append(f"**{result.kind.title}**\n\n{_table(HEADINGS, rows)}")
    held = [(name, f"{megabytes:.0f}") for name, megabytes in memory.items()]
    parts.append(_table(("Memory (PSS) after everything", "MB"), held))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peers.md").write_text("\n\n".join(parts) + "\n")
    (folder / "peers.svg").write_text(chart(results))


def conditions(scratch: Scratch, today: date, *, clients: int, rounds: int, seconds: float) -> str:
    """Return the sentence that says on what machine, and under what load, it was measured."""
    return (
        f"Measured on {today}: {_processor()}, {os.cpu_count()} cores, {_memory()} of memory, "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}, "
        f"PostgreSQL {scratch.version}, one process for each side, {scratch.readings:,} readings, "
        f"{clients} clients, {rounds} rounds of {seconds:g} seconds. The load, PostgreSQL and the "
        "server share the cores."
    )


def _cells(line: Line) -> Sequence[str]:
    return (
        line.side,
        line.rate,
        line.ratio,
        line.spread,
        line.goal,
        f"**{line.verdict}**" if line.reached is False else line.verdict,
        line.p50,
        line.p99,
        line.server_us,
        line.postgres_us,
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruled = ("---", *("---:" for _ in headings[1:]))
    lines = (headings, ruled, *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _processor() -> str:
    return _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()


def _memory() -> str:
    kilobytes = _field("/proc/meminfo", "MemTotal").removesuffix(" kB")
    return f"{int(kilobytes) / 2**20:.0f} GiB" if kilobytes else "an unknown amount"


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "")
