import pytest

from app.adapters.register_export import (
    ExportRefused,
    Problem,
    Problems,
)
from app.adapters.register_export.problems import KEPT_OF_EACH_FILE
from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import (
    ACCOUNT,
    EIC,
    HEADERS,
    METER,
    OTHER_ACCOUNT,
    OTHER_EIC,
    OTHER_TAX_ID,
    TAX_ID,
    Export,
)

pytestmark = pytest.mark.committing


@pytest.mark.parametrize(
    ("file", "column", "cell", "reason"),
    [
        ("organizations", "tax_id", "12345670", "tax_id_invalid"),
        ("organizations", "tax_id", "00000000", "tax_id_invalid"),
        ("organizations", "name", " ", "value_missing"),
        ("organizations", "name", "ТОВ\x00", "control_character"),
        ("organizations", "name", "Ї" * 501, "too_long"),
        ("organizations", "phone", "044 202 15 88", "phone_invalid"),
        ("accounts", "account_number", "12/34", "account_number_invalid"),
        ("accounts", "contract_date", "22.08.2021", "date_invalid"),
        ("accounts", "contract_date", "2021-02-30", "date_invalid"),
        ("accounts", "contract_date", "0021-08-22", "date_out_of_range"),
        ("metering_points", "eic", "62Z7056418802434", "eic_invalid"),
        ("metering_points", "eic", "62Z70564188024-3", "eic_invalid"),
        ("metering_points", "allowed_power_kw", "-1", "number_invalid"),
        ("metering_points", "allowed_power_kw", "1e3", "number_invalid"),
        ("metering_points", "allowed_power_kw", "1.0001", "number_out_of_range"),
        ("meters", "serial_number", "", "value_missing"),
        ("meters", "installed_on", "", "value_missing"),
        ("meters", "is_remote", "так", "boolean_invalid"),
        ("meters", "removed_on", "2024-12-31", "removed_before_installed"),
        ("registers", "energy", "heat", "unknown_choice"),
        ("registers", "zone", "dawn", "unknown_choice"),
        ("registers", "digits", "10", "number_out_of_range"),
        ("registers", "digits", "0", "number_out_of_range"),
        ("registers", "digits", "five", "number_invalid"),
        ("registers", "decimals", "4", "number_out_of_range"),
        ("registers", "multiplier", "0", "number_out_of_range"),
        ("registers", "multiplier", "123456789", "number_out_of_range"),
        ("readings", "taken_on", "2026-03-02", "not_first_of_month"),
        ("readings", "taken_on", "2026-12-01", "in_the_future"),
        ("readings", "taken_on", "2024-12-01", "before_installation"),
        ("readings", "value", "1234567890123", "number_out_of_range"),
        ("readings", "value", "1,5", "number_invalid"),
        ("readings", "value", "100000", "too_many_digits"),
        ("readings", "kind", "guessed", "unknown_choice"),
        ("readings", "source", "neighbour", "unknown_choice"),
        ("readings", "meter_serial", "1", "unknown_meter"),
        ("readings", "register_code", "2.8.0", "unknown_register"),
    ],
)
async def test_a_bad_cell_is_named_with_its_place(
    load: Load, rows: Rows, file: str, column: str, cell: str, reason: str
) -> None:
    export = Export().put(file, 0, column, cell)

    with pytest.raises(ExportRefused) as refused:
        await load(export)

    [first] = [found for found in refused.value.problems if found.column == column][:1]
    assert (first.file, first.line, first.reason) == (f"{file}.csv", 2, reason)
    assert await rows("SELECT 1 FROM organizations") == []


@pytest.mark.parametrize(
    ("file", "column", "cell", "reason"),
    [
        ("accounts", "tax_id", OTHER_TAX_ID, "unknown_organization"),
        ("metering_points", "account_number", OTHER_ACCOUNT, "unknown_account"),
        ("meters", "eic", OTHER_EIC, "unknown_metering_point"),
        ("registers", "meter_serial", "1", "unknown_meter"),
    ],
)
async def test_a_reference_to_nothing_is_a_problem(
    refusal: Refusal, file: str, column: str, cell: str, reason: str
) -> None:
    problems = await refusal(Export().put(file, 0, column, cell))

    assert f"{file}.csv:2: {column}: {reason} ({cell!r})" in problems


async def test_all_problems_of_all_files_are_told_at_once(refusal: Refusal) -> None:
    export = Export()
    export.put("organizations", 0, "phone", "1588").put("organizations", 0, "name", "")
    export.put("meters", 0, "is_remote", "1")
    export.put("readings", 1, "value", "-1")
    export.add("registers", METER, "1.8.0", "active_import", "day", "5", "2", "40")

    assert await refusal(export) == [
        "organizations.csv:2: name: value_missing",
        "organizations.csv:2: phone: phone_invalid ('1588')",
        "meters.csv:2: is_remote: boolean_invalid ('1')",
        "readings.csv:3: value: number_invalid ('-1')",
        "registers.csv:3: code: duplicate_row ('1.8.0, as on line 2')",
    ]


@pytest.mark.parametrize("file", sorted(HEADERS))
async def test_a_key_stands_once_in_a_file(refusal: Refusal, file: str) -> None:
    export = Export()
    export.add(file, *export.rows[file][0])

    [problem] = await refusal(export)

    line = 4 if file == "readings" else 3
    assert problem.startswith(f"{file}.csv:{line}: ")
    assert "duplicate_row" in problem
    assert "as on line 2" in problem


async def test_an_account_never_moves_to_another_company(
    load: Load, refusal: Refusal, rows: Rows
) -> None:
    await load(Export().add_company())

    problems = await refusal(Export().add_company().put("accounts", 0, "tax_id", OTHER_TAX_ID))

    assert problems[0] == (
        f"accounts.csv:2: account_number: held_by_another_organization ({ACCOUNT!r})"
    )
    [held] = await rows(
        "SELECT o.tax_id FROM accounts a JOIN organizations o ON o.id = a.organization_id "
        "WHERE a.account_number = :number",
        number=ACCOUNT,
    )
    assert held == {"tax_id": TAX_ID}


async def test_a_metering_point_and_a_meter_never_move_to_another_company(
    load: Load, refusal: Refusal
) -> None:
    await load(Export().add_company())
    export = Export().add_company()
    export.put("metering_points", 0, "account_number", OTHER_ACCOUNT)
    export.put("meters", 0, "eic", OTHER_EIC)

    assert await refusal(export) == [
        f"metering_points.csv:2: eic: held_by_another_organization ({EIC!r})",
        f"meters.csv:2: serial_number: held_by_another_organization ({METER!r})",
    ]


async def test_a_reading_after_its_meter_was_removed_is_a_problem(refusal: Refusal) -> None:
    export = Export().put("meters", 0, "removed_on", "2026-03-01")

    assert await refusal(export) == [
        "readings.csv:3: taken_on: after_removal ('2026-04-01')",
    ]


async def test_the_good_rows_are_loaded_if_one_says_so(load: Load, rows: Rows) -> None:
    export = Export().add_company().put("metering_points", 0, "eic", "62Z")
    export.put("readings", 2, "value", "8,5")
    export.add("readings", "07100279", "1.8.0", "2026-04-01", "9", "actual", "remote")

    summary = await load(export, skip_bad=True)

    assert [(of.file, of.added, of.refused) for of in summary.files] == [
        ("organizations.csv", 2, 0),
        ("accounts.csv", 2, 0),
        ("metering_points.csv", 1, 1),
        ("meters.csv", 1, 1),
        ("registers.csv", 1, 1),
        ("readings.csv", 1, 3),
    ]
    assert [str(problem) for problem in summary.problems] == [
        "metering_points.csv:2: eic: eic_invalid ('62Z')",
        "readings.csv:2: meter_serial: refers_to_refused ('07100000')",
        "readings.csv:3: meter_serial: refers_to_refused ('07100000')",
        "readings.csv:4: value: number_invalid ('8,5')",
        f"meters.csv:2: eic: unknown_metering_point ({EIC!r})",
        "registers.csv:2: meter_serial: refers_to_refused ('07100000')",
    ]
    assert await rows("SELECT value::text FROM readings") == [{"value": "9.000"}]


async def test_what_refers_to_a_refused_row_waits_with_it(load: Load, rows: Rows) -> None:
    await load(Export())
    export = Export().put("organizations", 0, "phone", "1588")
    export.put("readings", 1, "value", "300")

    summary = await load(export, skip_bad=True)

    assert [of.refused for of in summary.files] == [1, 1, 1, 1, 1, 2]
    assert len(await rows("SELECT 1 FROM readings")) == 2


async def test_of_rows_with_one_key_the_first_is_loaded(load: Load, rows: Rows) -> None:
    export = Export().add("organizations", TAX_ID, "Двійник", "")

    summary = await load(export, skip_bad=True)

    assert [of.refused for of in summary.files] == [1, 0, 0, 0, 0, 0]
    assert await rows("SELECT phone_on_file FROM organizations") == [
        {"phone_on_file": "+380671234567"}
    ]


def test_of_very_many_problems_the_first_are_kept() -> None:
    problems = Problems()

    for line in range(2, 1000):
        problems.add(Problem("readings.csv", line, "value", "number_invalid", "x" * 100))

    assert len(problems) == 998
    assert len(list(problems)) == KEPT_OF_EACH_FILE
    assert problems.left_out == 998 - KEPT_OF_EACH_FILE
    assert str(next(iter(problems))).endswith(f"number_invalid ('{'x' * 39}…')")
