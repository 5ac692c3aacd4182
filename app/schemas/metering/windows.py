"""When readings are taken, on the wire."""

from typing import Literal

from app.models.metering.reading_window import ReadingWindow, WindowState
from app.schemas.base import Moment, Out, PeriodText


class ReadingWindowOut(Out):
    period: PeriodText
    opens_at: Moment
    closes_at: Moment
    state: Literal["upcoming", "open", "closed"]

    @classmethod
    def of(cls, window: ReadingWindow, state: WindowState) -> "ReadingWindowOut":
        return cls.built(
            period=window.period,
            opens_at=window.opens_at,
            closes_at=window.closes_at,
            state=state.value,
        )
