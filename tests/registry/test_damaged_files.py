from pathlib import Path

import pytest

from app.adapters.register_export import (
    ExportMissing,
    ExportRefused,
    Problems,
    RegisterExport,
)
from app.identifiers import AccountNumbers
from app.services.registry import RegistryService
from tests.registry.conftest import Load
from tests.registry.exports import HEADERS, Export

pytestmark = pytest.mark.committing


@pytest.mark.parametrize("skip_bad", [False, True])
async def test_a_file_whose_header_is_unknown_is_not_guessed_at(
    load: Load, *, skip_bad: bool
) -> None:
    export = Export()
    export.headers["accounts"] = "account_number,tax_id,address,address,contract"

    with pytest.raises(ExportRefused) as refused:
        await load(export, skip_bad=skip_bad)

    assert [str(problem) for problem in refused.value.problems] == [
        "accounts.csv:1: contract_number: column_missing",
        "accounts.csv:1: contract_date: column_missing",
        "accounts.csv:1: contract: column_unknown",
        "accounts.csv:1: address: column_repeated",
    ]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", ["organizations.csv:1: row: header_missing"]),
        (
            b'tax_id,name,phone\n\n03349223,"a\nb",\n03349223\n',
            ["organizations.csv:5: row: wrong_number_of_columns ('1')"],
        ),
        (
            b"tax_id,name,phone\n03349223,\xcf\xf0\xe8,\n",
            ["organizations.csv:2: name: not_utf8 ('\ufffd\ufffd\ufffd')"],
        ),
        (
            b'tax_id,name,phone\n03349223,"a"b,\n00967297,c,\n',
            ["organizations.csv:2: row: csv_malformed ('unreadable to line 2')"],
        ),
        (
            b'tax_id,name,phone\n03349223,"a,\n00967297,c,\n',
            ["organizations.csv:2: row: csv_malformed ('unreadable to line 3')"],
        ),
    ],
)
async def test_a_damaged_file_is_named_with_its_line(
    registry: RegistryService, tmp_path: Path, content: bytes, problems: list[str]
) -> None:
    export = Export(rows={file: [] for file in HEADERS}).write(tmp_path)
    (tmp_path / "organizations.csv").write_bytes(content)

    with pytest.raises(ExportRefused) as refused:
        await registry.load(export, skip_bad=False, progress=lambda *_: None)

    assert [str(problem) for problem in refused.value.problems] == problems


async def test_a_directory_without_an_export_is_named(
    registry: RegistryService, tmp_path: Path
) -> None:
    Export().write(tmp_path)
    (tmp_path / "meters.csv").unlink()

    with pytest.raises(ExportMissing, match=r"meters\.csv not found"):
        await registry.load(tmp_path, skip_bad=False, progress=lambda *_: None)
    with pytest.raises(ExportMissing, match="no such directory"):
        await registry.load(tmp_path / "nowhere", skip_bad=False, progress=lambda *_: None)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    export = RegisterExport(Export().write(tmp_path), account_numbers=AccountNumbers(r"\d+"))
    (tmp_path / "organizations.csv").unlink()

    with pytest.raises(ExportMissing, match=r"organizations\.csv: cannot be read"):
        next(export.readers(problems=Problems(), on_bytes=lambda _: None))
