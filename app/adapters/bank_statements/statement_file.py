"""A statement's file: which format it has, its digest, its lines, and how much of it there is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, Final, Self

from app.adapters.bank_statements import camt, csv_lines, monobank_corporate, privat_autoclient
from app.adapters.bank_statements.profiles import csv_profiles
from app.adapters.bank_statements.refusals import StatementMissing, StatementRefused
from app.models.payments.bank_line import BankLine

LARGEST: Final = 256 * 1024 * 1024
"""Bytes: a hundred thousand payments are a fifth of it."""
MOST_LINES: Final = 1_000_000
HEAD: Final = 64 * 1024
CAMT, AUTOCLIENT, MONOBANK = "camt053", "privat_autoclient", "monobank"
FORMATS: Final = (CAMT, AUTOCLIENT, MONOBANK)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """One file of a bank, which is read as often as it is asked."""

    path: Path
    profile: str
    sha256: str
    iban: str
    """The account, for formats that do not name it."""

    @classmethod
    def open(cls, path: Path, *, profile: str | None = None, iban: str = "") -> Self:
        """Return the file, knowing its format by its content unless the profile is named.

        :raises StatementMissing, StatementRefused:
        """
        try:
            if path.stat().st_size > LARGEST:
                raise StatementRefused("file_too_large", detail=f"more than {LARGEST} bytes")
            with path.open("rb") as file:
                name = profile or _recognized(file.read(HEAD))
                file.seek(0)
                digest = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise StatementMissing(path, error.strerror or "cannot be read") from None
        if name not in profile_names():
            raise StatementRefused(
                "profile_unknown", detail=f"{name}; {', '.join(profile_names())}"
            )
        return cls(path, name, digest, iban)

    def lines(self) -> Iterator[BankLine]:
        """Yield the lines, and tell at the end whether they may be believed.

        :raises StatementRefused: also after the last line: no lines, or totals that differ.
        """
        count = 0
        with self.path.open("rb") as file:
            for count, line in enumerate(self._reader()(file), 1):
                if count > MOST_LINES:
                    raise StatementRefused("too_many_lines", detail=f"more than {MOST_LINES}")
                yield line
        if not count:
            raise StatementRefused("no_lines")

    def _reader(self) -> Callable[[BinaryIO], Iterator[BankLine]]:
        if self.profile == CAMT:
            return camt.read
        if self.profile == AUTOCLIENT:
            return privat_autoclient.read
        if self.profile == MONOBANK:
            return lambda file: monobank_corporate.read(file, iban=self.iban)
        profile = csv_profiles()[self.profile]
        return lambda file: csv_lines.read(file, profile)


def profile_names() -> tuple[str, ...]:
    return (*FORMATS, *csv_profiles())


def _recognized(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return CAMT
    if start.startswith((b"{", b"[")):
        return _json_profile(start)
    first = head.partition(b"\n")[0].rstrip(b"\r")
    found = [name for name, each in csv_profiles().items() if csv_lines.heading(first, each)]
    if len(found) != 1:
        raise StatementRefused("format_unknown", line=1)
    return found[0]


def _json_profile(head: bytes) -> str:
    marks = {privat_autoclient.MARK: AUTOCLIENT, monobank_corporate.MARK: MONOBANK}
    found = [name for mark, name in marks.items() if f'"{mark}"'.encode() in head]
    if len(found) != 1:
        raise StatementRefused("format_unknown", line=1)
    return found[0]
