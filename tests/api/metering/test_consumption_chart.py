from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_reading,
    create_register,
)

SVG = "{http://www.w3.org/2000/svg}"
BARS = f"{SVG}g[{SVG}title]"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("uk", "Споживання електроенергії, кВт·год"),
        ("en", "Electricity consumption, kWh"),
        ("ru", "Потребление электроэнергии, кВт·ч"),
    ],
)
async def test_a_picture_tells_the_months_in_the_callers_language(
    language: str,
    title: str,
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    database: Database,
) -> None:
    night = await create_register(database, company.meter, code="1.8.2", zone="night")
    for period, value in (("2026-09", "999900"), ("2026-10", "50")):
        await create_reading(database, night, period=period, value=value, kind="estimated")

    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption/chart.svg",
        headers=owner.headers | {"Accept-Language": language},
    )

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    picture = ET.fromstring(response.text)  # noqa: S314 - our own answer
    assert picture.findtext(f"{SVG}title") == title
    assert len(picture.findall(BARS)) == 13
    # Six months, five told by the total and October by the only zone, which says more.
    assert len(picture.findall(f"{BARS}/{SVG}rect")) == 6


async def test_a_long_or_empty_picture_is_a_picture_too(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}/consumption/chart.svg"

    decade = await client.get(f"{url}?from=2017-01&to=2026-10", headers=owner.headers)
    empty = await client.get(f"{url}?to=2020-01&energy=reactive_export", headers=owner.headers)

    ET.fromstring(decade.text)  # noqa: S314 - our own answer
    picture = ET.fromstring(empty.text)  # noqa: S314 - our own answer
    assert picture.findtext(f"{SVG}desc") == "січень 2019 – січень 2020. Показань немає."
