from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from app.adapters.register_export.problems import ExportMissing, Problems
from app.adapters.register_export.sheet_reader import SheetReader
from app.adapters.register_export.sheets import Sheet, sheets_of_an_export, tariff_sheet
from app.identifiers import AccountNumbers


class RegisterExport:
    """Files to load, each before those that refer to it."""

    def __init__(self, files: Sequence[tuple[Path, Sheet]]) -> None:
        self._files = files

    @classmethod
    def in_directory(cls, directory: Path, *, account_numbers: AccountNumbers) -> Self:
        """Return a directory's files: the six of form 1, and those that form 2 may add.

        :raises ExportMissing: there is no such directory, or a file is not in it.
        """
        if not directory.is_dir():
            raise ExportMissing(directory, "there is no such directory")
        sheets = sheets_of_an_export(account_numbers)
        found = [(directory / each.file, each) for each in sheets]
        missing = [sheet.file for file, sheet in found if not (file.is_file() or sheet.is_optional)]
        if missing:
            raise ExportMissing(directory, f"{', '.join(missing)} not found")
        return cls([(file, sheet) for file, sheet in found if file.is_file()])

    @classmethod
    def of_tariffs(cls, file: Path) -> Self:
        """Return an export of prices alone, from a file of any name.

        :raises ExportMissing: there is no such file.
        """
        if not file.is_file():
            raise ExportMissing(file, "there is no such file")
        return cls(((file, tariff_sheet()),))

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(file.stat().st_size for file, _ in self._files)

    def readers(
        self, *, problems: Problems, on_bytes: Callable[[int], None]
    ) -> Iterator[SheetReader]:
        """Yield the files, each before those that refer to it."""
        for file, sheet in self._files:
            yield SheetReader(file, sheet, problems=problems, on_bytes=on_bytes)
