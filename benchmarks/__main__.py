"""Ratios that mean the same on any machine: `python3 run.py bench [NAME ...]`.

Both sides of a ratio run in turn in one run, on one machine, against one database, and the
ratio is the median of the rounds' own ratios. docs/performance.md says what they tell.
`python3 run.py bench quick BASE` compares this checkout with another commit, and
`python3 run.py bench peers` the product with other frameworks.
"""

import argparse
import sys
from contextlib import ExitStack
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from app.devdb import NoDatabase
from benchmarks.bench import Bench
from benchmarks.measures import MEASURES
from benchmarks.peers.compare import peers
from benchmarks.peers.results import print_memory, print_result
from benchmarks.quick import quick
from benchmarks.rows import Row
from benchmarks.scratch import scratch_database


def main() -> None:
    if sys.argv[1:2] == ["quick"]:
        _compare(sys.argv[2:])
        return
    if sys.argv[1:2] == ["peers"]:
        _compare_with_peers(sys.argv[2:])
        return
    options = _options()
    names = options.names or list(MEASURES)
    if unknown := sorted(set(names) - MEASURES.keys()):
        _refuse(f"There is no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}.")
    try:
        with scratch_database(options.server, readings=options.readings) as scratch:
            _say(f"{scratch.companies:,} companies, PostgreSQL {scratch.version}")
            with ExitStack() as servers:
                bench = Bench(scratch, options.rounds, options.seconds, servers)
                rows = _measured(bench, names)
    except NoDatabase as error:
        _refuse(str(error))
    sys.exit(any(row.reached is False for row in rows))


def _compare(arguments: list[str]) -> None:
    try:
        _print("this checkout, and the other commit", list(quick(arguments)))
    except NoDatabase as error:
        _refuse(str(error))


def _compare_with_peers(arguments: list[str]) -> None:
    try:
        results, memory = peers(arguments)
    except NoDatabase as error:
        _refuse(str(error))
    for result in results:
        print_result(result)
    print_memory(memory)
    sys.exit(any(line.reached is False for result in results for line in result.lines()))


def _measured(bench: Bench, names: list[str]) -> list[Row]:
    rows = []
    for name in names:
        _say(f"measuring {name}")
        found = list(MEASURES[name](bench))
        rows += found
        _print(name, found)
    return rows


def _print(name: str, rows: list[Row]) -> None:
    table = Table("", title=name, title_justify="left")
    for heading in ("ours", "other", "ratio", "rounds", "to reach", ""):
        table.add_column(heading, justify="right")
    for row in rows:
        verdict = {True: "reached", False: "MISSED", None: ""}[row.reached]
        table.add_row(row.name, row.ours, row.other, row.ratio, row.spread, row.goal, verdict)
    Console(width=120).print(table)


def _options() -> argparse.Namespace:
    measures = "\n".join(f"  {name:<12} {each.__doc__}" for name, each in MEASURES.items())
    parser = argparse.ArgumentParser(
        prog="run.py bench",
        description=__doc__,
        epilog=f"measures:\n{measures}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load (3)")
    parser.add_argument("--readings", type=int, default=1_000_000, help="in the database (1000000)")
    parser.add_argument(
        "--server",
        metavar="URL",
        help="a PostgreSQL where databases may be made, postgresql+asyncpg://user@host/postgres; "
        "without it an embedded one",
    )
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _refuse(text: str) -> NoReturn:
    sys.exit(text)


if __name__ == "__main__":
    main()
