"""Addresses of calendars, and what a reader that is not ours finds at them."""

from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from httpx import AsyncClient, Response
from icalendar import Calendar

from tests.factories.people import SignedIn

LINK = "/v1/me/calendar-link"
Events: TypeAlias = dict[str, Any]


async def make(client: AsyncClient, who: SignedIn) -> str:
    made = await client.post(LINK, headers=who.headers)
    assert made.status_code == 201, made.text
    url: str = made.json()["url"]
    return url


async def fetch(client: AsyncClient, url: str) -> Response:
    parts = urlsplit(url)
    return await client.get(f"{parts.path}?{parts.query}")


async def events(client: AsyncClient, url: str) -> Events:
    """Return what stands in a calendar, by the beginning of its uid."""
    answer = await fetch(client, url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = cast("Any", Calendar.from_ical(answer.text)).walk("VEVENT")
    return {str(each["UID"]).removesuffix("@cabinet"): each for each in found}
