"""A point that has passed, over HTTP: each company sees its own days and nothing of the other's."""

from typing import Any

import pytest

from tests.registry.conftest import Load
from tests.registry.exports import ACCOUNT, EIC, OTHER_ACCOUNT, OTHER_TAX_ID, TAX_ID, passed
from tests.registry.test_hard_cases import signed_up
from tests.steps.identity.stories import Story

pytestmark = pytest.mark.committing


class Seen:
    """What one company's cabinet shows of its account."""

    def __init__(self, story: Story, headers: dict[str, str], account: dict[str, Any]) -> None:
        self._story, self.headers, self.account = story, headers, account

    @classmethod
    async def by(cls, story: Story, number: str, tax_id: str, phone: str) -> "Seen":
        headers = await signed_up(story, number, tax_id, phone)
        [account] = (await story.client.get("/v1/accounts", headers=headers)).json()["items"]
        return cls(story, headers, account)

    async def get(self, path: str, account_id: str | None = None) -> Any:
        url = f"/v1/accounts/{account_id or self.account['id']}{path}"
        answer = await self._story.client.get(url, headers=self.headers)
        return answer.status_code if answer.is_error else answer.json()

    async def points(self) -> list[tuple[str, str | None, str | None]]:
        points = (await self.get(""))["metering_points"]
        return [(each["eic"], each["valid_from"], each["valid_to"]) for each in points]

    async def values(self) -> list[str]:
        return [each["value"] for each in (await self.get("/readings"))["items"]]


async def test_each_company_sees_its_own_days(load: Load, story: Story) -> None:
    await load(passed().put("organizations", 1, "phone", "0671234568"))
    old = await Seen.by(story, ACCOUNT, TAX_ID, "+380671234567")
    new = await Seen.by(story, OTHER_ACCOUNT, OTHER_TAX_ID, "+380671234568")

    assert (EIC, None, "2026-04-01") in await old.points()
    assert (EIC, "2026-04-01", None) in await new.points()
    assert (old.account["meters_count"], new.account["meters_count"]) == (0, 2)
    assert await old.values() == ["200.500", "100.250"]
    assert "100.250" not in await new.values()
    assert "200.500" in await new.values()
    for mine, other in ((old, new), (new, old)):
        for path in ("", "/readings", "/consumption", "/reading-form"):
            assert await mine.get(path, other.account["id"]) == 404


async def test_who_had_the_point_before_reads_it_no_more(load: Load, story: Story) -> None:
    await load(passed().put("organizations", 1, "phone", "0671234568"))
    old = await Seen.by(story, ACCOUNT, TAX_ID, "+380671234567")
    new = await Seen.by(story, OTHER_ACCOUNT, OTHER_TAX_ID, "+380671234568")

    form, theirs = await old.get("/reading-form"), await new.get("/reading-form")

    assert form["registers"] == []
    assert EIC in {register["eic"] for register in theirs["registers"]}
    [register_id] = [
        register["id"]
        for point in (await old.get(""))["metering_points"]
        for meter in point["meters"]
        for register in meter["registers"]
    ]
    answer = await story.client.post(
        f"/v1/accounts/{old.account['id']}/readings",
        json={"period": "2026-11", "readings": [{"register_id": register_id, "value": "900"}]},
        headers=old.headers,
    )
    assert answer.status_code == 409
