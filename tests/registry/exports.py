"""An export small enough to read in a test, and whole: one company down to its readings."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

TAX_ID, OTHER_TAX_ID = "03349223", "00967297"
ACCOUNT, OTHER_ACCOUNT = "0000006604", "1000003441"
EIC, OTHER_EIC = "62Z7056418802433", "62Z3790933130321"
METER, OTHER_METER = "07100000", "07100279"
PASSED_ON = "2026-04-01"
"""The day on which a point passes to the other company's account."""

HEADERS = {
    "organizations": "tax_id,name,phone",
    "accounts": "account_number,tax_id,address,contract_number,contract_date",
    "metering_points": "eic,account_number,address,allowed_power_kw",
    "meters": "serial_number,eic,model,installed_on,removed_on,verification_due_on,is_remote",
    "registers": "meter_serial,code,energy,zone,digits,decimals,multiplier",
    "readings": "meter_serial,register_code,taken_on,value,kind,source",
}


def _rows() -> dict[str, list[list[str]]]:
    return {
        "organizations": [[TAX_ID, "ТОВ «М'ясокомбінат «Дарниця-Плюс»»", "067 123 45 67"]],
        "accounts": [[ACCOUNT, TAX_ID, "м. Київ, вул. Садова, 1", "16959/5", "2021-08-22"]],
        "metering_points": [[EIC.lower(), ACCOUNT, "м. Київ, вул. Садова, 1", "40.5"]],
        "meters": [[METER, EIC, "НІК 2303", "2025-01-01", "", "2033-06-30", "false"]],
        "registers": [[METER, "1.8.0", "active_import", "total", "5", "2", "40"]],
        "readings": [
            [METER, "1.8.0", "2026-03-01", "100.25", "actual", "operator"],
            [METER, "1.8.0", "2026-04-01", "200.5", "actual", "operator"],
        ],
    }


@dataclass
class Export:
    """Rows by file; line 1 of a file is its header, so row 0 is line 2."""

    rows: dict[str, list[list[str]]] = field(default_factory=_rows)
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))

    def put(self, file: str, row: int, column: str, cell: str) -> "Export":
        """Replace one cell."""
        self.rows[file][row][self.headers[file].split(",").index(column)] = cell
        return self

    def add_column(self, file: str, column: str) -> "Export":
        """Add an optional column of form 2, empty in the rows that there are."""
        self.headers[file] += f",{column}"
        for row in self.rows[file]:
            row.append("")
        return self

    def add(self, file: str, *cells: str) -> "Export":
        self.rows[file].append(list(cells))
        return self

    def add_file(self, file: str, header: str, *rows: str) -> "Export":
        """Add an optional file of form 2; cells are separated by commas."""
        self.headers[file] = header
        self.rows[file] = [row.split(",") for row in rows]
        return self

    def add_company(self) -> "Export":
        """Add another company with an account, a metering point, a meter and a register."""
        self.add("organizations", OTHER_TAX_ID, 'ТОВ "Логістик, Хаб"', "")
        self.add("accounts", OTHER_ACCOUNT, OTHER_TAX_ID, "вул. Нова, 2", "", "")
        self.add("metering_points", OTHER_EIC, OTHER_ACCOUNT, "вул. Нова, 2", "")
        self.add("meters", OTHER_METER, OTHER_EIC, "GAMA 300", "2025-01-01", "", "", "true")
        self.add("registers", OTHER_METER, "1.8.0", "active_import", "total", "6", "0", "1")
        self.add("readings", OTHER_METER, "1.8.0", "2026-03-01", "7", "actual", "remote")
        return self

    def write(self, directory: Path) -> Path:
        for former in directory.glob("*.csv"):
            former.unlink()
        for file, header in self.headers.items():
            with (directory / f"{file}.csv").open("w", encoding="utf-8", newline="") as target:
                target.write(f"{header}\n")
                csv.writer(target, lineterminator="\n").writerows(self.rows[file])
        return directory


def known() -> Export:
    """Return an export of form 2 with two companies, and one value after the point passes."""
    export = Export().add_company().add_column("metering_points", "valid_from")
    return export.add("readings", METER, "1.8.0", "2026-05-01", "320", "actual", "operator")


def passed(account: str = OTHER_ACCOUNT, day: str = PASSED_ON) -> Export:
    """Return the same export with one more tenure of the first company's point."""
    return known().add("metering_points", EIC, account, "вул. Нова, 2", "40.5", day)
