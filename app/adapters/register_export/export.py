from collections.abc import Callable, Iterator
from pathlib import Path

from app.adapters.register_export.problems import ExportMissing, Problems
from app.adapters.register_export.sheet_reader import SheetReader
from app.adapters.register_export.sheets import sheets_of_an_export
from app.identifiers import AccountNumbers


class RegisterExport:
    """A directory with the files of an export: the six of form 1, and those that form 2 may add.

    :raises ExportMissing: there is no such directory, or a file is not in it.
    """

    def __init__(self, directory: Path, *, account_numbers: AccountNumbers) -> None:
        self._directory = directory
        if not directory.is_dir():
            raise ExportMissing(directory, "there is no such directory")
        sheets = sheets_of_an_export(account_numbers)
        self._sheets = [each for each in sheets if (directory / each.file).is_file()]
        missing = [
            each.file for each in sheets if each not in self._sheets and not each.is_optional
        ]
        if missing:
            raise ExportMissing(directory, f"{', '.join(missing)} not found")

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return sum((self._directory / sheet.file).stat().st_size for sheet in self._sheets)

    def readers(
        self, *, problems: Problems, on_bytes: Callable[[int], None]
    ) -> Iterator[SheetReader]:
        """Yield the files, each before those that refer to it."""
        for sheet in self._sheets:
            yield SheetReader(
                self._directory / sheet.file, sheet, problems=problems, on_bytes=on_bytes
            )
