"""The rows of small files that are read at once, as dictionaries, up to a bound."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from app.adapters.register_export.problems import Problem, Problems
from app.adapters.register_export.sheet_reader import SheetReader
from app.adapters.register_export.sheets import Sheet

Row: TypeAlias = dict[str, Any]


def rows_of(directory: Path, sheet: Sheet, *, most: int, problems: Problems) -> Iterator[Row]:
    """Yield the rows of a file whose keys are legible; what is wrong goes to the problems.

    A row that is refused has `refused`. A row beyond `most` ends the file with a problem.
    """
    path = directory / sheet.file
    reader = SheetReader(path, sheet, problems=problems, on_bytes=lambda _bytes: None)
    if not reader.is_readable:
        return
    for row in reader:
        if reader.rows_read > most:
            problems.add(Problem(sheet.file, row[0], "", "too_many_rows", str(most)))
            return
        yield dict(zip(reader.columns, row, strict=True))


def good_rows_of(directory: Path, sheet: Sheet, *, most: int, problems: Problems) -> Iterator[Row]:
    """Yield those of the rows that hold what they should."""
    for row in rows_of(directory, sheet, most=most, problems=problems):
        if not row["refused"]:
            yield row
