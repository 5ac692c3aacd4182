"""The operator's register: an export that was staged is checked and merged, file by file."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import CursorResult, TextClause, text

from app.repositories.base import Repository
from app.repositories.registry.checks import CHECKS
from app.repositories.registry.merges import GOOD_ROWS, MERGES
from app.repositories.registry.meters import METERS
from app.repositories.registry.readings import (
    ADD,
    FUTURE,
    JUDGE,
    LEAVE_OUT,
    OVERTAKEN,
    RAISE_REVISIONS,
    READING_CHECKS,
    SUPERSEDE,
    TARGETS,
    VERDICTS,
)
from app.repositories.registry.registers import REGISTERS
from app.repositories.registry.staging import RegistryStagingRepository
from app.repositories.registry.tenures import METERING_POINTS

PLACED: Final = {placed.noun: placed for placed in (METERING_POINTS, METERS, REGISTERS)}


@dataclass(frozen=True, slots=True)
class Merged:
    """How many good rows of one file were added, changed, and the same."""

    added: int
    changed: int
    same: int
    kept: int = 0
    """Customers' readings that stand although the file says otherwise."""

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + self.kept


class RegistryRepository(Repository):
    async def check(self, noun: str, *, today: date) -> None:
        """Note the problems of one staged file; the files it refers to must be merged already."""
        if noun == "readings":
            await self._judge_readings(today)
            return
        for check in CHECKS[noun]:
            await self._session.execute(check)
        if placed := PLACED.get(noun):
            for statement in (placed.place, placed.analyze, *placed.checks):
                await self._session.execute(statement, {"today": today})
        await RegistryStagingRepository(self._session).refuse_rows_with_problems(noun)

    async def merge(self, noun: str) -> Merged:
        """Insert and update the good rows of one checked file."""
        if noun == "readings":
            return await self._merge_readings()
        good = (await self._session.execute(GOOD_ROWS[noun])).scalar_one()
        if placed := PLACED.get(noun):
            for statement in (placed.leave_out, *placed.merge):
                await self._session.execute(statement)
            counts = (await self._session.execute(placed.counts)).one()
        else:
            counts = (await self._session.execute(MERGES[noun])).one()
        return Merged(
            added=counts.added,
            changed=counts.changed,
            same=good - counts.added - counts.changed,
        )

    async def _judge_readings(self, today: date) -> None:
        await self._session.execute(TARGETS)
        await self._session.execute(text("ANALYZE staged_targets"))
        await self._session.execute(JUDGE)
        await self._session.execute(FUTURE, {"today": today})
        for check in READING_CHECKS:
            await self._session.execute(check)
        await self._session.execute(LEAVE_OUT)

    async def _merge_readings(self) -> Merged:
        await self._session.execute(RAISE_REVISIONS)
        await self._session.execute(OVERTAKEN)
        rows, lines = Counter[str](), Counter[str]()
        for row in await self._session.execute(VERDICTS):
            rows[row.verdict], lines[row.verdict] = row.rows, row.lines
        not_added = rows["added"] - await self._affected(ADD)
        not_changed = rows["changed"] - await self._affected(SUPERSEDE)
        return Merged(
            added=lines["added"] - not_added,
            changed=lines["changed"] - not_changed,
            same=lines["same"],
            kept=lines["kept"] + not_added + not_changed,
        )

    async def _affected(self, statement: TextClause) -> int:
        return cast("CursorResult[Any]", await self._session.execute(statement)).rowcount
