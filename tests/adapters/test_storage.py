from contextlib import suppress
from pathlib import Path

import pytest

from app.adapters.files.storage import FileMissing, FolderStorage, kept_unless_refused
from app.errors import AppError, DatabaseUnavailable, NotFound
from app.models.base import new_id

PAPER = b"%PDF-1.7"


async def is_kept(storage: FolderStorage, error: AppError | None, source: Path) -> bool:
    key = new_id()
    with suppress(NotFound, DatabaseUnavailable):
        async with kept_unless_refused(storage, key, source):
            if error is not None:
                raise error
    try:
        return b"".join([piece async for piece in await storage.open(key)]) == PAPER
    except FileMissing:
        return False


@pytest.mark.parametrize(
    ("error", "stays"),
    [(None, True), (NotFound(), False), (DatabaseUnavailable(retry_after=1), True)],
    ids=["recorded", "refused", "nobody knows whether it was recorded"],
)
async def test_a_file_stays_unless_its_row_is_surely_not_there(
    tmp_path: Path, error: AppError | None, *, stays: bool
) -> None:
    source = tmp_path / "source"
    source.write_bytes(PAPER)

    assert await is_kept(FolderStorage(tmp_path / "files"), error, source) is stays
