"""Pictures as answers: inert wherever they are opened."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import Response

from app.models.metering.chart_link import Theme
from app.models.metering.consumption.report import Consumption
from app.renderings.consumption_chart import consumption_chart
from app.texts import Locale

INERT: Final = "default-src 'none'; sandbox"
"""A picture opened on a page of its own is a document: it may fetch and run nothing."""
STYLED: Final = f"style-src 'unsafe-inline'; {INERT}"
"""One that follows the reader's screen has a style sheet of its own, made of constants."""
PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK: {"description": "A bar for each month, for a page or an e-mail to embed"}
}


class SvgResponse(Response):
    media_type = "image/svg+xml"


def picture(consumption: Consumption, locale: Locale, theme: Theme) -> SvgResponse:
    """Return the chart of an account's months."""
    policy = STYLED if theme is Theme.AUTO else INERT
    return SvgResponse(
        consumption_chart(consumption, locale, theme),
        headers={"Content-Security-Policy": policy},
    )
