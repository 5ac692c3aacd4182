from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from app.models.metering.consumption.question import GroupBy
from app.models.metering.consumption.report import Consumption, MonthConsumption, Summary
from app.models.metering.register import Energy, Zone
from app.schemas.base import (
    DECIMAL_SCHEMA,
    MONTH_SCHEMA,
    In,
    Kilowatthours,
    Out,
    Percent,
    PeriodText,
)

# A parameter that is absent is absent; `null` is not a month.
MonthParameter = Annotated[PeriodText | None, WithJsonSchema(MONTH_SCHEMA)]


# A hot path: plain dictionaries of spelled numbers take half the time of models of decimals.
EnergyText = Annotated[
    str, WithJsonSchema({**DECIMAL_SCHEMA, "description": "kWh (kvarh for reactive energy)"})
]
PercentText = Annotated[
    str, WithJsonSchema({**DECIMAL_SCHEMA, "description": "Percent", "examples": ["-3.5"]})
]
THOUSANDTH: Final = Decimal("0.001")
TENTH: Final = Decimal("0.1")


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


class MonthConsumptionOut(TypedDict):
    """One month. `kwh` is null where no readings tell it, which is not the same as zero."""

    period: Annotated[str, WithJsonSchema(MONTH_SCHEMA)]
    kwh: EnergyText | None
    zones: Annotated[
        dict[Zone, EnergyText] | None, Field(description="With `group_by=zone`, else null")
    ]
    registers: Annotated[
        dict[str, EnergyText] | None,
        Field(
            description=(
                "By register id, with `group_by=register`, else null. A meter that shows both "
                "zones and their total counts once: by its zones if all are known, else by the "
                "total"
            )
        ),
    ]
    accounts: Annotated[
        dict[str, EnergyText] | None,
        Field(description="By account id, with `group_by=account` (whole cabinet), else null"),
    ]
    is_estimated: Annotated[
        bool,
        Field(
            description=(
                "An estimated reading opens or closes the month, or none did and the energy "
                "between the readings around it was spread by days"
            )
        ),
    ]
    days: Annotated[int, Field(examples=[31])]
    average_daily_kwh: EnergyText | None
    previous_year_kwh: Annotated[
        EnergyText | None, Field(description="The same month a year before")
    ]
    change_percent: Annotated[
        PercentText | None,
        Field(
            description="Against the year before; null while readings of the month may still come"
        ),
    ]


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
            items=[_month(month, question.group_by) for month in consumption.months],
            summary=ConsumptionSummaryOut.of(consumption.summary),
        )


def _month(month: MonthConsumption, group_by: GroupBy) -> MonthConsumptionOut:
    parts = {str(part): _spelled(kwh) for part, kwh in month.parts.items()}
    change = month.change_percent
    return {
        "period": str(month.period),
        "kwh": _known(month.kwh),
        "zones": (
            {zone: _spelled(kwh) for zone, kwh in month.zones.items()}
            if group_by is GroupBy.ZONE
            else None
        ),
        "registers": parts if group_by is GroupBy.REGISTER else None,
        "accounts": parts if group_by is GroupBy.ACCOUNT else None,
        "is_estimated": month.is_estimated,
        "days": month.days,
        "average_daily_kwh": _known(month.average_daily_kwh),
        "previous_year_kwh": _known(month.previous_year_kwh),
        # Adding zero takes the sign off a change that rounds to nothing.
        "change_percent": None if change is None else str(change.quantize(TENTH) + 0),
    }


def _known(kwh: Decimal | None) -> str | None:
    return None if kwh is None else _spelled(kwh)


def _spelled(kwh: Decimal) -> str:
    return str(kwh.quantize(THOUSANDTH))
