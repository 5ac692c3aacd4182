from pathlib import Path

import pytest

from app.adapters.register_export import (
    ExportMissing,
    ExportRefused,
    Problems,
    RegisterExport,
)
from app.identifiers import AccountNumbers
from app.services.registry.load import RegistryService
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
        (
            b"tax_id,name,phone\r03349223,a,\r",
            ["organizations.csv:1: row: line_ends_unknown ('CR alone: save it with LF or CRLF')"],
        ),
        (
            "tax_id,name,phone\n03349223,a,\n".encode("utf-16"),
            ["organizations.csv:1: row: not_utf8 ('UTF-16: save it as UTF-8')"],
        ),
        (
            "tax_id,name,phone\n03349223,a,\n".encode("utf-16-le"),
            ["organizations.csv:1: row: not_utf8 ('UTF-16: save it as UTF-8')"],
        ),
        (
            "код,name,phone\n".encode("cp1251"),
            ["organizations.csv:1: row: not_utf8 ('save it as UTF-8')"],
        ),
        (
            b"tax_id,name,phone\n03349223,a\x00b,\n00967297,c\x1b[2J,\n",
            [
                r"organizations.csv:2: name: control_character ('a\x00b')",
                r"organizations.csv:3: name: control_character ('c\x1b[2J')",
            ],
        ),
        (
            # In an identifier a mark that nobody sees is left out, wherever it is typed.
            "tax_id,name,phone\n\ufeff03349223,a,\n00967297,\ufeffc,\n".encode(),
            [r"organizations.csv:3: name: control_character ('\ufeffc')"],
        ),
        (
            b"tax_id,name,phone\n03349223,a\rb,\n",
            ["organizations.csv:2: row: csv_malformed ('unreadable to line 2')"],
        ),
        (
            b"tax_id,name,phone,\x1b[31mred\n",
            [r"organizations.csv:1: \x1b[31mred: column_unknown"],
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


@pytest.mark.parametrize("blank", ["\n", ",,\n", " , ,\t\n", "\n,,\r\n,\n\u00a0,,,,,\n"])
@pytest.mark.parametrize("file", sorted(HEADERS))
async def test_rows_of_empty_cells_are_no_rows(
    registry: RegistryService, tmp_path: Path, file: str, blank: str
) -> None:
    export = Export().write(tmp_path)
    with (tmp_path / f"{file}.csv").open("a", encoding="utf-8", newline="") as sheet:
        sheet.write(blank)

    summary = await registry.load(export, skip_bad=False, progress=lambda *_: None)

    assert not summary.problems
    assert [of.added for of in summary.files] == [1, 1, 1, 1, 1, 2]


async def test_a_byte_order_mark_before_the_header_is_none_of_it(
    registry: RegistryService, tmp_path: Path
) -> None:
    export = Export().write(tmp_path)
    for file in HEADERS:
        sheet = tmp_path / f"{file}.csv"
        sheet.write_bytes(b"\xef\xbb\xbf" + sheet.read_bytes().replace(b"\n", b"\r\n"))

    summary = await registry.load(export, skip_bad=False, progress=lambda *_: None)

    assert [of.added for of in summary.files] == [1, 1, 1, 1, 1, 2]


@pytest.mark.parametrize("file", ["organizations", "readings"])
async def test_a_disk_that_fails_is_no_database_that_is_away(
    registry: RegistryService, tmp_path: Path, file: str
) -> None:
    export = Export().write(tmp_path)
    (tmp_path / f"{file}.csv").unlink()
    # The one file of every Linux that opens, and cannot be read at its beginning.
    (tmp_path / f"{file}.csv").symlink_to("/proc/self/mem")

    with pytest.raises(ExportMissing, match=rf"{file}\.csv: cannot be read: Input/output error"):
        await registry.load(export, skip_bad=False, progress=lambda *_: None)


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
    export = RegisterExport.in_directory(
        Export().write(tmp_path), account_numbers=AccountNumbers(r"\d+")
    )
    (tmp_path / "organizations.csv").unlink()

    with pytest.raises(ExportMissing, match=r"organizations\.csv: cannot be read"):
        next(export.readers(problems=Problems(), on_bytes=lambda _: None))
