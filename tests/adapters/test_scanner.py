"""The antivirus hook speaks clamd's protocol; the daemon here is a double of it."""

from pathlib import Path

import pytest

from app.adapters.files.scanner import Scanner
from app.models.orders.attachment import FileInfected, ScannerUnavailable
from tests.fakes.clamd import EICAR, daemon


async def test_what_is_clean_passes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * 200_000)

    async with daemon() as address:
        await Scanner(address).require_clean(file)
    await Scanner(None).require_clean(file)


async def test_what_is_found_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * 70_000 + EICAR)

    async with daemon() as address:
        with pytest.raises(FileInfected):
            await Scanner(address).require_clean(file)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"what?\0"])
async def test_a_daemon_that_cannot_scan_lets_nothing_pass(tmp_path: Path, answer: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a")

    async with daemon(answer) as address:
        with pytest.raises(ScannerUnavailable):
            await Scanner(address).require_clean(file)
    for address in ("127.0.0.1:1", "nowhere"):
        with pytest.raises(ScannerUnavailable):
            await Scanner(address).require_clean(file)
