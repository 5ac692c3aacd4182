from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

KEPT_OF_EACH_FILE: Final = 100
"""Problems kept with their lines; a file of a million bad rows must not fill the memory."""
LONGEST_VALUE: Final = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one row of an export cannot be loaded as it stands."""

    file: str
    line: int
    column: str
    """The column's name; empty when the whole row is meant."""
    reason: str
    """A stable code in snake_case."""
    value: str = ""
    """What stands there, shortened."""

    @override
    def __str__(self) -> str:
        said = f" ({shortened(self.value)!r})" if self.value else ""
        place = escaped(shortened(self.column)) or "row"
        return f"{self.file}:{self.line}: {place}: {self.reason}{said}"


def escaped(text: str) -> str:
    """Return text that moves no cursor and colours no terminal, whatever a file holds."""
    return text if text.isprintable() else repr(text)[1:-1]


def shortened(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


class Problems:
    """The problems of all files: each one counted, the first of each file kept."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._kept: dict[str, list[Problem]] = {}

    def add(self, problem: Problem) -> None:
        self.add_many([problem], found=1, file=problem.file)

    def add_many(self, problems: list[Problem], *, found: int, file: str) -> None:
        """Take in what was found at once, of which `problems` are the first."""
        self._found[file] += found
        kept = self._kept.setdefault(file, [])
        kept.extend(problems[: KEPT_OF_EACH_FILE - len(kept)])

    def __len__(self) -> int:
        return self._found.total()

    def __iter__(self) -> Iterator[Problem]:
        """Yield those kept, file by file in the order of reading, line by line."""
        for kept in self._kept.values():
            yield from sorted(kept, key=lambda problem: problem.line)

    @property
    def left_out(self) -> int:
        """How many were counted and not kept."""
        return len(self) - sum(len(kept) for kept in self._kept.values())


class ExportRefused(Exception):
    """The export has bad rows and nothing of it was loaded."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class ExportMissing(Exception):
    """The directory is not there, cannot be read or lacks files; the text says which."""

    def __init__(self, directory: Path, what: str) -> None:
        super().__init__(f"{directory}: {what}")
