"""Consumption as a picture, worded for people."""

from decimal import Decimal
from typing import Final

from app.models.metering.chart_link import Theme
from app.models.metering.consumption.report import Consumption, MonthConsumption
from app.models.metering.register import REACTIVE, Zone
from app.renderings.bar_chart import Bar, BarChart
from app.renderings.palette import AUTO, DARK, LIGHT, Palette
from app.texts import Locale, say
from app.texts.formats import formatted

COLOURS: Final = {
    Zone.TOTAL: "#0072b2",
    Zone.NIGHT: "#0072b2",
    Zone.HALF_PEAK: "#56b4e9",
    Zone.DAY: "#e69f00",
    Zone.PEAK: "#d55e00",
}
"""From the bottom of a bar up, cheap hours first. Okabe and Ito chose the colours so that people
with any colour vision can tell them apart."""

PALETTES: Final = {Theme.LIGHT: LIGHT, Theme.DARK: DARK, Theme.AUTO: AUTO}

MOST_NUMBERED: Final = 16
"""Months whose numbers fit below the bars; beyond, only years are named."""

ROOM_FOR_A_YEAR: Final = 0.1
"""Of the width: what the four digits of a year take."""

JANUARY: Final = 1
WHOLE: Final = Decimal(1)


def consumption_chart(consumption: Consumption, locale: Locale, theme: Theme = Theme.LIGHT) -> str:
    """Return an SVG picture of the months: zones stacked, the year before as a line."""
    return _Wording(consumption, locale).chart(PALETTES[theme]).svg()


class _Wording:
    def __init__(self, consumption: Consumption, locale: Locale) -> None:
        self._consumption = consumption
        self._locale = locale
        kind = "reactive" if consumption.question.energy in REACTIVE else "active"
        self._unit = say(f"chart.unit.{kind}", locale)
        self._numbered = len(consumption.months) <= MOST_NUMBERED

    def chart(self, palette: Palette) -> BarChart:
        months = self._consumption.months
        present = {zone for month in months for zone in month.zones}
        return BarChart(
            language=self._locale.value,
            palette=palette,
            title=self._say(f"title.{self._consumption.question.energy.value}", unit=self._unit),
            description=self._description(),
            series={self._zone(zone): COLOURS[zone] for zone in COLOURS if zone in present},
            pale_name=(
                self._say("estimated") if any(month.is_estimated for month in months) else None
            ),
            mark_name=(
                self._say("year_before")
                if any(month.previous_year is not None for month in months)
                else None
            ),
            bars=[self._bar(month, is_first=place == 0) for place, month in enumerate(months)],
            number=lambda value: formatted(value, self._locale),
        )

    def _description(self) -> str:
        question, summary = self._consumption.question, self._consumption.summary
        span = {"first": question.first, "last": question.last}
        if summary.total is None or summary.peak_period is None:
            return self._say("empty", **span)
        highest = max(
            month.energy for month in self._consumption.months if month.energy is not None
        )
        return self._say(
            "description",
            **span,
            total=self._amount(summary.total),
            peak=summary.peak_period,
            highest=self._amount(highest),
        )

    def _bar(self, month: MonthConsumption, *, is_first: bool) -> Bar:
        period = month.period
        names_year = period.month == JANUARY or (is_first and self._has_room_before_january)
        label = f"{period.month:02}" if self._numbered else ""
        return Bar(
            label=label,
            sublabel=str(period.year) if names_year else "",
            story=self._story(month),
            parts={
                self._zone(zone): energy
                for zone, energy in month.zones.items()
                if month.energy is not None and energy is not None
            },
            is_pale=month.is_estimated,
            mark=month.previous_year,
        )

    @property
    def _has_room_before_january(self) -> bool:
        """Tell whether the first month's year does not run into that of the first January."""
        months = self._consumption.months
        before = (JANUARY - months[0].period.month) % 12
        return before >= len(months) or before / len(months) >= ROOM_FOR_A_YEAR

    def _story(self, month: MonthConsumption) -> str:
        if month.energy is None:
            return self._say("bar_unknown", period=month.period)
        return self._say("bar", period=month.period, amount=self._amount(month.energy))

    def _amount(self, kwh: Decimal) -> str:
        return f"{formatted(kwh.quantize(WHOLE), self._locale)} {self._unit}"

    def _zone(self, zone: Zone) -> str:
        return self._say(f"zone.{zone.value}")

    def _say(self, key: str, **facts: object) -> str:
        return say(f"chart.{key}", self._locale, **facts)
