from decimal import Decimal

import pytest

from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import Export

pytestmark = pytest.mark.committing

HEADER = "service,voltage_class,price_uah_per_mwh,valid_from,act"
FIRST = "distribution,2,1691.32,2026-01-01,NERC 1"
LATER = "distribution,2,1694.44,2026-04-01,NERC 2"
TARIFFS = (
    "SELECT price_uah_per_mwh AS price, valid_from::text, act FROM tariffs ORDER BY valid_from"
)


def with_tariffs(*rows: str) -> Export:
    return Export().add_file("tariffs", HEADER, *rows)


async def test_prices_are_loaded_with_their_act_and_first_day(load: Load, rows: Rows) -> None:
    first = await load(with_tariffs(FIRST, LATER))
    again = await load(with_tariffs(LATER))

    assert [(each.file, each.added) for each in first.files[-2:]] == [
        ("tariffs.csv", 2),
        ("readings.csv", 2),
    ]
    assert again.files[-2].same == 1
    assert await rows(TARIFFS) == [
        {"price": Decimal("1691.32"), "valid_from": "2026-01-01", "act": "NERC 1"},
        {"price": Decimal("1694.44"), "valid_from": "2026-04-01", "act": "NERC 2"},
    ]


async def test_a_corrected_price_is_counted_as_changed(load: Load, rows: Rows) -> None:
    await load(with_tariffs(FIRST))

    summary = await load(with_tariffs(FIRST.replace("1691.32", "1700")))

    assert summary.files[-2].changed == 1
    assert (await rows(TARIFFS))[0]["price"] == 1700


async def test_form_1_has_no_prices(load: Load, rows: Rows) -> None:
    await load(with_tariffs(FIRST))
    summary = await load(Export())

    assert "tariffs.csv" not in [each.file for each in summary.files]
    assert len(await rows(TARIFFS)) == 1


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("heating,2,1,2026-01-01,NERC", "service", "unknown_choice"),
        ("distribution,3,1,2026-01-01,NERC", "voltage_class", "number_out_of_range"),
        ("distribution,2,-1,2026-02-01,NERC", "price_uah_per_mwh", "number_invalid"),
        ("distribution,2,1.0000001,2026-02-01,NERC", "price_uah_per_mwh", "number_out_of_range"),
        ("distribution,2,1,01.01.2026,NERC", "valid_from", "date_invalid"),
        ("distribution,2,1,2026-02-01,", "act", "value_missing"),
        (FIRST, "service", "duplicate_row"),
    ],
)
async def test_a_bad_price_is_named_with_its_place(
    refusal: Refusal, row: str, column: str, reason: str
) -> None:
    [problem] = await refusal(with_tariffs(FIRST, row))

    assert problem.startswith(f"tariffs.csv:3: {column}: {reason}")
