"""A register that begins to count in another way: from a day on, and never for the days before."""

from decimal import Decimal

import pytest

from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import METER, Export

pytestmark = pytest.mark.committing

SCALES = (
    "SELECT valid_from::text, zone, digits, decimals, multiplier FROM register_scales "
    "ORDER BY valid_from"
)
REGISTER = "SELECT zone, digits, decimals, multiplier, revision FROM registers"
CHANGED_ON = "2026-04-01"


def form_2(*later: str, base: bool = True) -> Export:
    """Return an export whose register counts in another way from some days on.

    :param later: `day,zone,digits,decimals,multiplier`
    """
    export = Export().add_column("registers", "valid_from")
    for row in later:
        day, *counts = row.split(",")
        export.add("registers", METER, "1.8.0", "active_import", *counts, day)
    if not base:
        export.rows["registers"].pop(0)
    return export


def scale(valid_from: str, multiplier: int, **changes: object) -> object:
    counts = {"zone": "total", "digits": 5, "decimals": 2, "multiplier": Decimal(multiplier)}
    return {"valid_from": valid_from} | counts | changes


NEW_RATIO = f"{CHANGED_ON},total,5,2,60"
FORMER, LATER = scale("2025-01-01", 40), scale(CHANGED_ON, 60)


async def test_a_new_register_comes_with_its_history(load: Load, rows: Rows) -> None:
    summary = await load(form_2(NEW_RATIO))
    again = await load(form_2(NEW_RATIO))

    assert (summary.files[4].added, again.files[4].same) == (2, 2)
    assert await rows(SCALES) == [FORMER, LATER]
    [register] = await rows(REGISTER)
    assert register["multiplier"] == 60


@pytest.mark.parametrize("base", [True, False])
async def test_a_known_register_counts_in_another_way_from_a_day_on(
    load: Load, rows: Rows, *, base: bool
) -> None:
    await load(Export())
    assert await rows(SCALES) == []

    summary = await load(form_2(NEW_RATIO, base=base))

    assert (summary.files[4].added, summary.files[4].changed) == (0, 1)
    assert await rows(SCALES) == [FORMER, LATER]
    [register] = await rows(REGISTER)
    assert (register["multiplier"], register["revision"]) == (60, 2)


async def test_digits_and_zone_have_their_day_too(load: Load, rows: Rows) -> None:
    await load(form_2(f"{CHANGED_ON},day,6,1,40"))

    assert await rows(SCALES) == [
        FORMER,
        scale(CHANGED_ON, 40, zone="day", digits=6, decimals=1),
    ]


async def test_an_export_without_the_day_may_show_the_newest_ratio_or_the_first(
    load: Load, rows: Rows
) -> None:
    await load(form_2(NEW_RATIO))

    newest = await load(Export().put("registers", 0, "multiplier", "60"))
    first = await load(Export())

    assert (newest.files[4].same, first.files[4].same) == (1, 1)
    assert await rows(SCALES) == [FORMER, LATER]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("multiplier", "60", "valid_from_missing"),
        ("digits", "6", "valid_from_missing"),
        ("decimals", "1", "valid_from_missing"),
        ("zone", "day", "valid_from_missing"),
        ("energy", "active_export", "energy_changed"),
    ],
)
async def test_what_would_rewrite_the_past_is_refused(
    load: Load, refusal: Refusal, rows: Rows, column: str, cell: str, reason: str
) -> None:
    await load(Export())
    before = await rows(REGISTER)

    [problem] = await refusal(Export().put("registers", 0, column, cell))

    assert problem.startswith("registers.csv:2: ")
    assert reason in problem
    assert (await rows(REGISTER), await rows(SCALES)) == (before, [])


@pytest.mark.parametrize(
    ("later", "problem"),
    [
        ("2026-03-15,total,5,2,60", "valid_from: reading_of_day_missing ('2026-03-15')"),
        ("2025-01-01,total,5,2,60", "valid_from: before_installation ('2025-01-01')"),
        ("2026-12-01,total,5,2,60", "valid_from: in_the_future ('2026-12-01')"),
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
async def test_a_day_without_a_value_is_refused(
    load: Load, refusal: Refusal, *, later: str, problem: str, is_known: bool
) -> None:
    if is_known:
        await load(Export())

    assert f"registers.csv:3: {problem}" in await refusal(form_2(later))


async def test_an_estimate_of_the_day_is_no_value(refusal: Refusal) -> None:
    problems = await refusal(form_2(NEW_RATIO).put("readings", 1, "kind", "estimated"))

    assert problems == [f"registers.csv:3: valid_from: reading_of_day_missing ('{CHANGED_ON}')"]


async def test_a_removed_meter_counts_in_no_other_way(refusal: Refusal) -> None:
    export = form_2(NEW_RATIO).put("meters", 0, "removed_on", CHANGED_ON)

    assert await refusal(export) == [f"registers.csv:3: valid_from: after_removal ('{CHANGED_ON}')"]


@pytest.mark.parametrize("day", [CHANGED_ON, "2026-03-01"])
async def test_a_scale_that_is_known_never_changes(
    load: Load, refusal: Refusal, rows: Rows, day: str
) -> None:
    await load(form_2(NEW_RATIO))

    [problem] = await refusal(form_2(f"{day},total,5,2,80", base=False))

    assert problem == f"registers.csv:2: valid_from: scale_changed ('{day}')"
    assert await rows(SCALES) == [FORMER, LATER]


async def test_half_of_a_registers_history_is_not_loaded(load: Load, rows: Rows) -> None:
    export = form_2(NEW_RATIO).put("registers", 0, "digits", "many")

    summary = await load(export, skip_bad=True)

    assert "registers.csv:3: code: refers_to_refused ('1.8.0')" in map(str, summary.problems)
    assert (summary.files[4].refused, summary.files[-1].refused) == (2, 2)
    assert await rows(REGISTER) == []


@pytest.mark.parametrize(
    ("value", "day", "is_good"),
    [
        ("150000", CHANGED_ON, True),
        ("150000", "2026-03-01", False),
        ("150000", "2026-05-01", True),
        ("1500000", "2026-05-01", False),
    ],
)
async def test_a_value_has_the_digits_of_its_day(
    load: Load, *, value: str, day: str, is_good: bool
) -> None:
    await load(form_2(f"{CHANGED_ON},total,6,2,40"))
    export = Export()
    export.rows["readings"] = [[METER, "1.8.0", day, value, "actual", "operator"]]
    export.put("registers", 0, "digits", "6")

    summary = await load(export, skip_bad=True)

    assert summary.files[-1].refused == (not is_good)
    if not is_good:
        assert [problem.reason for problem in summary.problems] == ["too_many_digits"]
