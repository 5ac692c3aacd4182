from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.adapters.register_export import (
    ExportRefused,
    Problem,
    Problems,
    RegisterExport,
)
from app.adapters.register_export.problems import KEPT_OF_EACH_FILE
from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.identifiers import AccountNumbers
from app.models.billing.actions import BillingDeed
from app.models.metering.energy.spans import Unknown, spans
from app.origin import OperatorAct
from app.repositories.operator_acts import ActWriter
from app.repositories.registry.falls import FallRepository
from app.repositories.registry.load import Merged, RegistryRepository
from app.repositories.registry.staging import RegistryStagingRepository

LAST: Final = "readings"
READING_STEP: Final = "reading"
"""The first step's name; then comes "merging accounts.csv" and so on."""


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What became of the rows of one file."""

    file: str
    added: int
    changed: int
    same: int
    kept: int
    refused: int


@dataclass(frozen=True, slots=True)
class Summary:
    files: tuple[FileSummary, ...]
    problems: Problems
    """The rows that were left out, and why."""
    warnings: Problems
    """Rows that were loaded and are hardly true."""


def _unseen(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryService:
    database: Database
    clock: Clock
    account_numbers: AccountNumbers

    async def load(
        self, directory: Path, *, skip_bad: bool, progress: Callable[[str, int, int], None]
    ) -> Summary:
        """Bring the register up to date with the operator's export, wholly or not at all.

        `progress` hears of the step, the bytes read so far and the bytes there are.

        :raises ExportMissing: the directory or a file is not there.
        :raises ExportRefused: there are bad rows (and `skip_bad` does not say to leave them out),
            or a header that cannot be understood.
        """
        export = RegisterExport.in_directory(directory, account_numbers=self.account_numbers)
        async with self.database.begin() as transaction:
            load = self._load(transaction, skip_bad=skip_bad, progress=progress)
            await load.stage(export)
            # Leaving the block with a refusal undoes whatever was merged until then.
            return await load.merge()

    async def load_tariffs(self, file: Path, *, act: OperatorAct) -> FileSummary:
        """Bring the prices up to date with a file of them alone, wholly or not at all.

        A month that is billed already is corrected by the next bill run. What is new or changed
        stands among the acts of staff, and a repeated load is none.

        :raises ExportMissing: there is no such file.
        :raises ExportRefused: there are bad rows, or a header that cannot be understood.
        """
        export = RegisterExport.of_tariffs(file)
        async with self.database.begin() as transaction:
            load = self._load(transaction)
            await load.stage(export)
            [loaded] = (await load.merge()).files
            if loaded.added or loaded.changed:
                ActWriter(transaction, act, self.clock.now()).record(
                    BillingDeed.TARIFFS_LOADED, added=loaded.added, changed=loaded.changed
                )
        return loaded

    def _load(
        self,
        transaction: Transaction,
        *,
        skip_bad: bool = False,
        progress: Callable[[str, int, int], None] = _unseen,
    ) -> "_Load":
        return _Load(
            RegistryStagingRepository(transaction),
            RegistryRepository(transaction),
            FallRepository(transaction),
            today=kyiv_date(self.clock.now()),
            skip_bad=skip_bad,
            progress=progress,
        )


class _Load:
    """One load under way, inside its transaction."""

    def __init__(
        self,
        staging: RegistryStagingRepository,
        registry: RegistryRepository,
        falls: FallRepository,
        *,
        today: date,
        skip_bad: bool,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._staging = staging
        self._registry = registry
        self._falls = falls
        self._today = today
        self._skip_bad = skip_bad
        self._progress = progress
        self._problems = Problems()
        self._rows_read: dict[str, int] = {}
        self._size = 0

    async def stage(self, export: RegisterExport) -> None:
        await self._staging.open()
        self._size, done = export.size, 0

        def report(read: int) -> None:
            nonlocal done
            done += read
            self._progress(READING_STEP, done, self._size)

        is_readable = True
        for reader in export.readers(problems=self._problems, on_bytes=report):
            if reader.is_readable:
                await self._staging.copy(reader.sheet.noun, reader, columns=reader.columns)
            is_readable = is_readable and reader.is_readable
            self._rows_read[reader.sheet.noun] = reader.rows_read
        # Without one file the others would look full of orphans: that would only hide the cause.
        if not is_readable:
            raise ExportRefused(self._problems)

    async def merge(self) -> Summary:
        """Check and merge file after file, so that each is checked against what precedes it."""
        files = []
        for noun in self._rows_read:
            self._progress(f"merging {noun}.csv", self._size, self._size)
            await self._check(noun)
            # Nothing refers to the last file, and it is by far the longest to merge.
            if noun == LAST and self._is_refused:
                break
            files.append(self._summarize(noun, await self._registry.merge(noun)))
        if self._is_refused:
            raise ExportRefused(self._problems)
        warnings = await self._warnings() if LAST in self._rows_read else Problems()
        return Summary(tuple(files), self._problems, warnings)

    async def _warnings(self) -> Problems:
        """Return the values that leave months unknown, so that the operator corrects them."""
        warnings = Problems()
        for register in await self._falls.list_fallen():
            values = {mark.day: mark.value for mark in register.life.marks}
            for span in spans(register.life):
                line = register.lines.get(span.ends_on, register.lines.get(span.starts_on))
                if span.unknown is Unknown.REGISTER_FELL and line is not None:
                    told = f"{values[span.ends_on]} after {values[span.starts_on]}"
                    warnings.add(Problem("readings.csv", line, "value", span.unknown, told))
        return warnings

    @property
    def _is_refused(self) -> bool:
        return bool(self._problems) and not self._skip_bad

    async def _check(self, noun: str) -> None:
        await self._registry.check(noun, today=self._today)
        found, first = await self._staging.problems(
            noun, with_consequences=self._skip_bad, limit=KEPT_OF_EACH_FILE
        )
        problems = [Problem(*problem) for problem in first]
        self._problems.add_many(problems, found=found, file=f"{noun}.csv")

    def _summarize(self, noun: str, merged: Merged) -> FileSummary:
        return FileSummary(
            file=f"{noun}.csv",
            added=merged.added,
            changed=merged.changed,
            same=merged.same,
            kept=merged.kept,
            refused=self._rows_read[noun] - merged.rows,
        )
