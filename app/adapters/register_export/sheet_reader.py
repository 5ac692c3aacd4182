import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.adapters.register_export.columns import ValueRefused
from app.adapters.register_export.problems import ExportMissing, Problem, Problems
from app.adapters.register_export.sheets import Sheet
from app.identifiers import IdentifierRefused
from app.models.base import new_id

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
LONGEST_LINE: Final = 1 << 20
"""A file without line ends must not fill the memory."""
REPORT_EVERY: Final = 1 << 16
UNDECODABLE: Final = "\ufffd"


class SheetReader:
    """One file of an export, read once from its beginning to its end in constant memory.

    Rows come out as tuples of `columns`: the line they stand on, an id to store them under,
    whether they are refused, then the values. A refused row whose key is legible comes out too:
    rows that refer to it must not be taken for orphans.
    """

    def __init__(
        self, path: Path, sheet: Sheet, *, problems: Problems, on_bytes: Callable[[int], None]
    ) -> None:
        self.sheet = sheet
        self.rows_read = 0
        self._path = path
        self._problems = problems
        self._on_bytes = on_bytes
        self._is_damaged = False
        self._header = self._read_header()

    @property
    def is_readable(self) -> bool:
        """False when the header is not what it should be: no row can be understood."""
        return bool(self._header)

    @property
    def columns(self) -> tuple[str, ...]:
        return ("line", "id", "refused", *self._header, *(own.name for own in self.sheet.derived))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        parsers = [self.sheet.columns[name] for name in self._header]
        derive = [(own.compute, self._header.index(own.column)) for own in self.sheet.derived]
        for line, row in self._rows():
            refused = False
            try:
                if self._is_damaged:
                    raise ValueRefused("not_utf8")
                values = [parse(cell) for parse, cell in zip(parsers, row, strict=True)]
            except ValueError:
                refused = True
                values = self._explain(line, row)
                if not self._has_key(values):
                    continue
            derived = [None if refused else compute(values[at]) for compute, at in derive]
            yield (line, new_id(), refused, *values, *derived)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        with self._opened() as file:
            for line, row in self._records(file):
                # A spreadsheet ends a file with rows of empty cells where it was formatted.
                if line == 1 or not any(map(str.strip, row)):
                    continue
                self.rows_read += 1
                yield line, row

    def _records(self, file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(file), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                yield line, next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._is_damaged = False
                # A quote that is never closed swallows the lines that follow: name them all.
                self.rows_read += reader.line_num - line + 1
                self._report(line, "", "csv_malformed", f"unreadable to line {reader.line_num}")

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        unreported = 0
        for raw in iter(partial(self._line, file), b""):
            unreported += len(raw)
            if unreported > REPORT_EVERY:
                self._on_bytes(unreported)
                unreported = 0
            try:
                yield raw.decode()
            except UnicodeDecodeError:
                self._is_damaged = True
                yield raw.decode(errors="replace")
        self._on_bytes(unreported)

    def _explain(self, line: int, row: list[str]) -> list[Any]:
        """Report everything that is wrong with a row; return what is legible of it."""
        was_damaged, self._is_damaged = self._is_damaged, False
        if len(row) != len(self._header):
            self._report(line, "", "wrong_number_of_columns", str(len(row)))
            return []
        values: list[Any] = []
        for column, cell in zip(self._header, row, strict=True):
            value = None
            if was_damaged and UNDECODABLE in cell:
                self._report(line, column, "not_utf8", cell)
            else:
                try:
                    value = self.sheet.columns[column](cell)
                except (ValueRefused, IdentifierRefused) as refusal:
                    self._report(line, column, refusal.code, cell)
            values.append(value)
        return values

    def _has_key(self, values: list[Any]) -> bool:
        named = dict(zip(self._header, values, strict=False))
        return all(named.get(column) is not None for column in self.sheet.key)

    def _read_header(self) -> tuple[str, ...]:
        with self._opened() as file:
            first = self._line(file).removeprefix(BYTE_ORDER_MARK).removesuffix(b"\n")
        first = first.removesuffix(b"\r")
        if fault := _fault_of_encoding(first):
            self._report(1, "", *fault)
            return ()
        names = [name.strip().strip('"') for name in first.decode().split(",")]
        if names == [""]:
            self._report(1, "", "header_missing", "")
            return ()
        wrong = [
            *(
                (name, "column_missing")
                for name in self.sheet.columns
                if name not in names and name not in self.sheet.may_lack
            ),
            *((name, "column_unknown") for name in names if name not in self.sheet.columns),
            *((name, "column_repeated") for name in self.sheet.columns if names.count(name) > 1),
        ]
        for name, reason in wrong:
            self._report(1, name, reason, "")
        return () if wrong else tuple(names)

    def _opened(self) -> BinaryIO:
        with self._faults_named():
            return self._path.open("rb")

    def _line(self, file: BinaryIO) -> bytes:
        with self._faults_named():
            return file.readline(LONGEST_LINE)

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ExportMissing(self._path, f"cannot be read: {error.strerror}") from None

    def _report(self, line: int, column: str, reason: str, value: str) -> None:
        self._problems.add(Problem(self.sheet.file, line, column, reason, value))


def _fault_of_encoding(header: bytes) -> tuple[str, str] | None:
    """Return why no row of the file can be understood, and what to do; None if they can."""
    if header.startswith(UTF_16) or b"\0" in header:
        return "not_utf8", "UTF-16: save it as UTF-8"
    try:
        header.decode()
    except UnicodeDecodeError:
        return "not_utf8", "save it as UTF-8"
    if b"\r" in header:
        return "line_ends_unknown", "CR alone: save it with LF or CRLF"
    return None
