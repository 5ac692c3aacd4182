from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema

from app.models.register import Zone
from app.schemas.base import In, Kilowatthours, Out, Percent, PeriodText
from app.services.consumption import Consumption, Energy, GroupBy, MonthConsumption, Summary

MONTH_SCHEMA: Final = {
    "type": "string",
    "pattern": r"^(19[9]\d|2[01]\d\d)-(0[1-9]|1[0-2])$",
    "examples": ["2026-10"],
}
# A parameter that is absent is absent; `null` is not a month.
MonthParameter = Annotated[PeriodText | None, WithJsonSchema(MONTH_SCHEMA)]


class SpanQuery(In):
    """Which months of which energy."""

    from_: MonthParameter = Field(
        None, alias="from", description="First month; without it the one a year before `to`"
    )
    to: MonthParameter = Field(None, description="Last month, included; without it the present one")
    energy: Energy = Field(
        Energy.ACTIVE_IMPORT, description="Reactive energy is in kvarh under the same names"
    )


class AccountConsumptionQuery(SpanQuery):
    group_by: Literal[GroupBy.ZONE, GroupBy.REGISTER, GroupBy.TOTAL] = Field(
        GroupBy.ZONE, description="What each month is divided into"
    )


class ConsumptionQuery(SpanQuery):
    group_by: GroupBy = Field(GroupBy.ZONE, description="What each month is divided into")


class MonthConsumptionOut(Out):
    """One month. `kwh` is null where no readings tell it, which is not the same as zero."""

    period: PeriodText
    kwh: Kilowatthours | None
    zones: dict[Zone, Kilowatthours] | None = Field(description="With `group_by=zone`, else null")
    registers: dict[UUID, Kilowatthours] | None = Field(
        description=(
            "By register id, with `group_by=register`, else null. A meter that shows both zones "
            "and their total counts once: by its zones if all are known, else by the total"
        )
    )
    accounts: dict[UUID, Kilowatthours] | None = Field(
        description="By account id, with `group_by=account` (whole cabinet only), else null"
    )
    is_estimated: bool = Field(
        description=(
            "An estimated reading opens or closes the month, or none did and the energy between "
            "the readings around it was spread by days"
        )
    )
    days: int = Field(examples=[31])
    average_daily_kwh: Kilowatthours | None
    previous_year_kwh: Kilowatthours | None = Field(description="The same month a year before")
    change_percent: Percent | None = Field(
        description="Against the year before; null while readings of the month may still come"
    )

    @classmethod
    def of(cls, month: MonthConsumption, group_by: GroupBy) -> "MonthConsumptionOut":
        # Our own numbers need no validation, and this is a hot path.
        return cls.model_construct(
            period=month.period,
            kwh=month.kwh,
            zones=month.zones if group_by is GroupBy.ZONE else None,
            registers=month.parts if group_by is GroupBy.REGISTER else None,
            accounts=month.parts if group_by is GroupBy.ACCOUNT else None,
            is_estimated=month.is_estimated,
            days=month.period.days,
            average_daily_kwh=month.average_daily_kwh,
            previous_year_kwh=month.previous_year_kwh,
            change_percent=month.change_percent,
        )


class ConsumptionSummaryOut(Out):
    total_kwh: Kilowatthours | None
    average_monthly_kwh: Kilowatthours | None = Field(description="Of the months that are closed")
    peak_period: PeriodText | None
    zone_shares: dict[Zone, Percent] = Field(
        description="Percent of the total; they add up to 100.0", examples=[{"total": "100.0"}]
    )
    forecast_current_kwh: Kilowatthours | None = Field(
        description=(
            "What the present month is likely to come to: what it was, once closed; else the same "
            "month of last year scaled by the last three closed months against those of a year "
            "before; else the average day of those three"
        )
    )

    @classmethod
    def of(cls, summary: Summary) -> "ConsumptionSummaryOut":
        return cls.model_construct(
            total_kwh=summary.total_kwh,
            average_monthly_kwh=summary.average_monthly_kwh,
            peak_period=summary.peak_period,
            zone_shares=summary.zone_shares,
            forecast_current_kwh=summary.forecast_current_kwh,
        )


class ConsumptionOut(Out):
    """Every month from `from` to `to`, oldest first."""

    from_: PeriodText = Field(serialization_alias="from")
    to: PeriodText
    energy: Energy
    group_by: GroupBy
    items: list[MonthConsumptionOut]
    summary: ConsumptionSummaryOut

    @classmethod
    def of(cls, consumption: Consumption) -> "ConsumptionOut":
        question = consumption.question
        return cls.model_construct(
            from_=question.first,
            to=question.last,
            energy=question.energy,
            group_by=question.group_by,
            items=[
                MonthConsumptionOut.of(month, question.group_by) for month in consumption.months
            ],
            summary=ConsumptionSummaryOut.of(consumption.summary),
        )
