"""A metering point that passes to another account: each keeps the values of its own days."""

import pytest

from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import (
    ACCOUNT,
    EIC,
    METER,
    OTHER_ACCOUNT,
    PASSED_ON,
    TAX_ID,
    Export,
    known,
    passed,
)

pytestmark = pytest.mark.committing

TENURES = (
    "SELECT a.account_number AS account, p.valid_from::text, p.valid_to::text "
    "FROM metering_points p JOIN accounts a "
    "  ON a.organization_id = p.organization_id AND a.id = p.account_id "
    "WHERE p.eic = '62Z7056418802433' ORDER BY p.valid_from NULLS FIRST"
)
VALUES = (
    "SELECT a.account_number AS account, d.read_on::text, d.value::float, d.status "
    "FROM metering_points p JOIN accounts a "
    "  ON a.organization_id = p.organization_id AND a.id = p.account_id "
    "JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id "
    "JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id "
    "JOIN readings d ON d.organization_id = r.organization_id AND d.register_id = r.id "
    "WHERE p.eic = '62Z7056418802433' ORDER BY p.valid_from NULLS FIRST, d.read_on"
)
REGISTERS = "SELECT revision, multiplier::float FROM registers ORDER BY revision"


def only_the_new_tenure(account: str = OTHER_ACCOUNT, day: str = PASSED_ON) -> Export:
    """Return an export that names nothing but the point's new tenure."""
    export = passed(account, day)
    rows: dict[str, list[list[str]]] = {file: [] for file in export.rows}
    rows["metering_points"] = export.rows["metering_points"][-1:]
    return Export(rows, export.headers)


def tenure(account: str, valid_from: str | None, valid_to: str | None) -> object:
    return {"account": account, "valid_from": valid_from, "valid_to": valid_to}


def value(account: str, read_on: str, value: float, status: str = "accepted") -> object:
    return {"account": account, "read_on": read_on, "value": value, "status": status}


OLD_AND_NEW = [tenure(ACCOUNT, None, PASSED_ON), tenure(OTHER_ACCOUNT, PASSED_ON, None)]
DIVIDED = [
    value(ACCOUNT, "2026-03-01", 100.25),
    value(ACCOUNT, PASSED_ON, 200.5),
    value(OTHER_ACCOUNT, PASSED_ON, 200.5),
    value(OTHER_ACCOUNT, "2026-05-01", 320),
]


async def test_one_export_divides_a_points_values(load: Load, rows: Rows) -> None:
    first = await load(passed())
    again = await load(passed())

    assert [(of.file, of.added, of.refused) for of in first.files[2:]] == [
        ("metering_points.csv", 3, 0),
        ("meters.csv", 2, 0),
        ("registers.csv", 2, 0),
        ("readings.csv", 4, 0),
    ]
    assert [of.same for of in again.files] == [2, 2, 3, 2, 2, 4]
    assert await rows(TENURES) == OLD_AND_NEW
    assert await rows(VALUES) == DIVIDED


@pytest.mark.parametrize("export", [passed, only_the_new_tenure])
async def test_a_known_point_passes_with_what_was_read_since(
    load: Load, rows: Rows, export: type[Export]
) -> None:
    await load(known())

    summary = await load(export())

    assert summary.files[2].added == 1
    assert await rows(TENURES) == OLD_AND_NEW
    later = value(ACCOUNT, "2026-05-01", 320, "superseded")
    assert await rows(VALUES) == [*DIVIDED[:2], later, *DIVIDED[2:]]
    assert [row["revision"] for row in await rows(REGISTERS)] == [0, 1, 2]


async def test_what_the_former_company_submitted_later_stays_its_own(
    load: Load, rows: Rows
) -> None:
    await load(known())
    await rows("UPDATE readings SET source = 'cabinet' WHERE value = 320 RETURNING 1")

    await load(only_the_new_tenure())

    later = value(ACCOUNT, "2026-05-01", 320, "superseded")
    assert await rows(VALUES) == [*DIVIDED[:2], later, DIVIDED[2]]


async def test_how_a_register_counted_passes_too(load: Load, rows: Rows) -> None:
    changed = known().add_column("registers", "valid_from")
    ratio = ("active_import", "total", "5", "2", "60", PASSED_ON)
    await load(changed.add("registers", METER, "1.8.0", *ratio))

    await load(only_the_new_tenure())

    scales = await rows(
        "SELECT valid_from::text, multiplier::int FROM register_scales ORDER BY valid_from"
    )
    assert [tuple(scale.values()) for scale in scales] == [
        ("2025-01-01", 40),
        ("2025-01-01", 40),
        (PASSED_ON, 60),
        (PASSED_ON, 60),
    ]


async def test_later_exports_tell_the_new_company_only(load: Load, rows: Rows) -> None:
    await load(passed())
    export = passed().add("readings", METER, "1.8.0", "2026-06-01", "400", "actual", "operator")
    export.put("meters", 0, "removed_on", "2026-06-01")

    await load(export)

    assert await rows(VALUES) == [*DIVIDED, value(OTHER_ACCOUNT, "2026-06-01", 400)]
    removed = "SELECT removed_on::text FROM meters WHERE serial_number = :serial ORDER BY 1"
    assert await rows(removed, serial=METER) == [
        {"removed_on": "2026-06-01"},
        {"removed_on": None},
    ]


async def test_a_corrected_value_of_the_day_is_corrected_for_both(load: Load, rows: Rows) -> None:
    await load(passed())

    summary = await load(passed().put("readings", 1, "value", "201"))

    assert (summary.files[-1].changed, summary.files[-1].same) == (1, 3)
    corrected = [row["account"] for row in await rows(VALUES) if row["value"] == 201]
    assert corrected == [ACCOUNT, OTHER_ACCOUNT]


async def test_a_point_passes_between_accounts_of_one_company(load: Load, rows: Rows) -> None:
    export = passed("1000003442").add("accounts", "1000003442", TAX_ID, "вул. Нова, 3", "", "")

    await load(export)
    again = await load(export)

    assert again.files[-1].same == 4
    assert await rows(TENURES) == [
        tenure(ACCOUNT, None, PASSED_ON),
        tenure("1000003442", PASSED_ON, None),
    ]
    assert len(await rows(VALUES)) == 4


async def test_a_point_may_come_back(load: Load, rows: Rows) -> None:
    export = passed().add("metering_points", EIC, ACCOUNT, "вул. Садова, 1", "", "2026-05-01")

    await load(export)
    again = await load(export)

    assert again.files[2].same == 4
    assert await rows(TENURES) == [
        tenure(ACCOUNT, None, PASSED_ON),
        tenure(OTHER_ACCOUNT, PASSED_ON, "2026-05-01"),
        tenure(ACCOUNT, "2026-05-01", None),
    ]
    assert await rows(VALUES) == [*DIVIDED, value(ACCOUNT, "2026-05-01", 320)]


@pytest.mark.parametrize("is_known", [True, False])
async def test_without_a_value_of_that_day_nothing_passes(
    load: Load, refusal: Refusal, *, is_known: bool
) -> None:
    if is_known:
        await load(known())

    assert (
        "metering_points.csv:4: valid_from: reading_of_day_missing ('2026-04-15')"
        in await refusal(passed(day="2026-04-15"))
    )


async def test_an_estimate_opens_no_tenure(refusal: Refusal) -> None:
    problems = await refusal(passed().put("readings", 1, "kind", "estimated"))

    assert problems[0] == (
        f"metering_points.csv:4: valid_from: reading_of_day_missing ('{PASSED_ON}')"
    )


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        (passed(day="2026-12-01"), "in_the_future"),
        (passed(ACCOUNT), "tenure_changed"),
        (passed(day=""), "duplicate_row"),
    ],
)
async def test_a_tenure_that_cannot_be_is_refused(
    refusal: Refusal, export: Export, reason: str
) -> None:
    problems = await refusal(export)

    assert problems[0].startswith("metering_points.csv:4: ")
    assert reason in problems[0]


@pytest.mark.parametrize(
    ("account", "day", "problem"),
    [
        (ACCOUNT, "", f"eic: held_by_another_organization ({EIC!r})"),
        (ACCOUNT, PASSED_ON, f"eic: held_by_another_organization ({EIC!r})"),
        (ACCOUNT, "2026-03-02", "valid_from: tenure_changed ('2026-03-02')"),
        (OTHER_ACCOUNT, "2026-05-01", "valid_from: tenure_changed ('2026-05-01')"),
    ],
)
async def test_what_has_passed_is_not_told_in_another_way(
    load: Load, refusal: Refusal, rows: Rows, account: str, day: str, problem: str
) -> None:
    await load(passed())

    assert f"metering_points.csv:2: {problem}" in await refusal(only_the_new_tenure(account, day))
    assert await rows(TENURES) == OLD_AND_NEW


async def test_a_new_point_may_begin_on_a_day(load: Load, refusal: Refusal, rows: Rows) -> None:
    export = known().put("metering_points", 0, "valid_from", "2026-03-01")
    await load(export)
    assert await rows(TENURES) == [tenure(ACCOUNT, "2026-03-01", None)]

    export.add("readings", METER, "1.8.0", "2026-02-01", "1", "actual", "operator")

    assert await refusal(export) == [
        "readings.csv:6: taken_on: outside_tenure ('2026-02-01')",
    ]


@pytest.mark.parametrize(("day", "is_good"), [("2026-03-01", True), ("2026-04-01", False)])
async def test_a_known_point_learns_its_first_day_if_nothing_was_read_before(
    load: Load, rows: Rows, *, day: str, is_good: bool
) -> None:
    await load(known())

    summary = await load(known().put("metering_points", 0, "valid_from", day), skip_bad=True)

    assert [problem.reason for problem in summary.problems][:1] == (
        [] if is_good else ["tenure_changed"]
    )
    assert await rows(TENURES) == [tenure(ACCOUNT, day if is_good else None, None)]
