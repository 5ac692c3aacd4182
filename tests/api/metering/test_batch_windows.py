"""Each account of a batch goes by the window of its own group, also if it was changed just now."""

from datetime import UTC, datetime
from typing import Any

from httpx import AsyncClient

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.metering.batching import hand_in, of, outcomes
from tests.steps.metering.windows import decide, put_into, single

FACTORIES = "factories"
LATE = datetime(2026, 12, 10, 10, tzinfo=UTC)
"""By the settings November's window has closed a week ago."""


async def test_an_account_goes_by_the_window_of_its_group(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    clock.moment = LATE
    token = access_tokens.issue(owner.credentials, now=LATE)
    owner.headers = {"Authorization": f"Bearer {token}"}
    asked: dict[str, Any] = {"period": "2026-11", "mode": "independent"}
    item = of(company.register, 1700)

    closed = await hand_in(client, owner, item, **asked)
    await decide(
        database, single("2026-11", "2026-11-28", "2026-12-20", FACTORIES), now=clock.now()
    )
    of_others = await hand_in(client, owner, item, **asked)
    await put_into(database, company, FACTORIES)
    taken = await hand_in(client, owner, item, **asked)

    assert outcomes(closed) == outcomes(of_others) == ["reading_window_closed"]
    assert outcomes(taken) == ["recorded"]
