from typing import Self

from pydantic import Field

from app.models.metering.chart_link import MadeChartLink, Theme
from app.schemas.base import Moment, Out, PeriodText
from app.schemas.metering.consumption import SpanQuery

CHART_PATH = "/v1/consumption/chart.svg"


class ChartQuery(SpanQuery):
    """What a picture shows, and on which paper."""

    theme: Theme = Field(
        Theme.LIGHT,
        description="`auto` follows the reader's screen, where the program that shows the picture "
        "reads style sheets",
    )


class ChartLinkIn(ChartQuery):
    """What the picture of an address shows; in a body what is left out may be null too."""

    from_: PeriodText | None = Field(
        None, alias="from", description="First month; without it the one a year before `to`"
    )
    to: PeriodText | None = Field(
        None, description="Last month, included; without it the present one"
    )


class ChartLinkOut(Out):
    """An address that shows a picture without a sign-in, for an `<img>`, until it expires."""

    url: str
    expires_at: Moment

    @classmethod
    def of(cls, made: MadeChartLink, public_url: str) -> Self:
        url = f"{public_url.rstrip('/')}{CHART_PATH}?token={made.token}"
        return cls(url=url, expires_at=made.expires_at)
