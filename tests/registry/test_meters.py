"""Meters that move: each place has its own days."""

import pytest

from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import METER, OTHER_EIC, OTHER_TAX_ID, TAX_ID, known

pytestmark = pytest.mark.committing


async def test_a_removed_meter_is_used_again_by_another_company(load: Load, rows: Rows) -> None:
    await load(known().put("meters", 0, "removed_on", "2026-05-01"))
    export = known()
    export.rows["meters"] = [[METER, OTHER_EIC, "НІК 2303", "2026-05-15", "", "", "false"]]
    export.rows["registers"] = [[METER, "1.8.0", "active_import", "total", "5", "2", "1"]]
    export.rows["readings"] = [[METER, "1.8.0", "2026-06-01", "330", "actual", "operator"]]

    summary = await load(export)
    again = await load(export)

    assert [of.added for of in summary.files[3:]] == [1, 1, 1]
    assert again.files[-1].same == 1
    found = await rows(
        "SELECT o.tax_id, d.value::int FROM readings d "
        "JOIN organizations o ON o.id = d.organization_id WHERE d.value > 300 ORDER BY d.value"
    )
    assert [tuple(row.values()) for row in found] == [(TAX_ID, 320), (OTHER_TAX_ID, 330)]


async def test_a_reading_between_two_places_is_nobodys(load: Load, refusal: Refusal) -> None:
    await load(known().put("meters", 0, "removed_on", "2026-05-01"))
    export = known()
    export.rows["meters"] = [[METER, OTHER_EIC, "НІК 2303", "2026-07-15", "", "", "false"]]
    export.rows["registers"] = []
    export.rows["readings"] = [[METER, "1.8.0", "2026-06-01", "330", "actual", "operator"]]

    [problem] = await refusal(export)

    assert problem == "readings.csv:2: taken_on: outside_tenure ('2026-06-01')"


async def test_a_meter_that_ran_in_no_tenure_is_refused(refusal: Refusal) -> None:
    export = known().put("metering_points", 1, "valid_from", "2026-03-01")
    export.put("meters", 1, "removed_on", "2026-02-01")
    export.rows["readings"] = []

    assert await refusal(export) == ["meters.csv:3: removed_on: outside_tenure ('2026-02-01')"]
