from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import (
    Consumption,
    Incomplete,
    MonthConsumption,
    Summary,
)
from app.models.metering.energy.spans import Unknown
from app.models.metering.register import REACTIVE, Energy, Zone
from app.schemas.base import (
    DECIMAL_SCHEMA,
    MONTH_SCHEMA,
    Cursor,
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
Unit = Literal["kWh", "kvarh"]
Words = Callable[[str], str]
"""Says a finding in the caller's language."""

MOST_ON_A_PAGE: Final = 50
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
    limit: Annotated[
        int, Field(ge=1, le=MOST_ON_A_PAGE, description="With `group_by=account`: accounts a page")
    ] = MOST_ON_A_PAGE
    cursor: Cursor = None


class ConsumptionFindingOut(TypedDict):
    """Why a month cannot be told, or only in part."""

    code: Annotated[
        str,
        WithJsonSchema(
            {
                "type": "string",
                "enum": [*Unknown, *Incomplete],
                "description": "New codes may come",
            }
        ),
    ]
    detail: Annotated[str, Field(description="The same for people, in the caller's language")]


class MonthConsumptionOut(TypedDict):
    """One month. What no readings tell is null, which is not the same as zero."""

    period: Annotated[str, WithJsonSchema(MONTH_SCHEMA)]
    kwh: Annotated[
        EnergyText | None, Field(description="The same as `amount`, in kvarh for reactive energy")
    ]
    amount: Annotated[EnergyText | None, Field(description="The energy, in `unit`")]
    unit: Unit
    zones: Annotated[
        dict[Zone, EnergyText | None] | None, Field(description="With `group_by=zone`, else null")
    ]
    registers: Annotated[
        dict[str, EnergyText | None] | None,
        Field(
            description=(
                "By register id, with `group_by=register`, else null. A meter that shows both "
                "zones and their total counts once: by its zones if all are known, else by the "
                "total"
            )
        ),
    ]
    accounts: Annotated[
        dict[str, EnergyText | None] | None,
        Field(description="By account id, with `group_by=account` (whole cabinet), else null"),
    ]
    is_estimated: Annotated[
        bool,
        Field(
            description=(
                "A register was not read at an end of its part of the month: an estimate stands "
                "there, or the energy between the readings around it was shared by days"
            )
        ),
    ]
    estimated_amount: Annotated[
        EnergyText | None, Field(description="How much of `amount` is estimated")
    ]
    is_complete: Annotated[
        bool,
        Field(description="Whether the whole month is known of each register that ran in it"),
    ]
    findings: Annotated[
        list[ConsumptionFindingOut],
        Field(description="Why the month is unknown or incomplete; empty if it is neither"),
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
            total_kwh=summary.total,
            average_monthly_kwh=summary.average_monthly,
            peak_period=summary.peak_period,
            zone_shares=summary.zone_shares,
            forecast_current_kwh=summary.forecast_current,
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
    def of(cls, consumption: Consumption, words: Words) -> "ConsumptionOut":
        question = consumption.question
        return cls.model_construct(
            from_=question.first,
            to=question.last,
            energy=question.energy,
            group_by=question.group_by,
            items=[_month(month, question, words) for month in consumption.months],
            summary=ConsumptionSummaryOut.of(consumption.summary),
        )


class CabinetConsumptionOut(ConsumptionOut):
    """The cabinet's months. With `group_by=account`: those of the accounts of this page."""

    next_cursor: str | None = Field(
        description="With `group_by=account`: asks for the next accounts; null at the end"
    )

    @classmethod
    def page(
        cls, consumption: Consumption, words: Words, next_cursor: str | None = None
    ) -> "CabinetConsumptionOut":
        return cls.model_construct(
            **dict(ConsumptionOut.of(consumption, words)), next_cursor=next_cursor
        )


def _month(month: MonthConsumption, question: Question, words: Words) -> MonthConsumptionOut:
    group_by, change = question.group_by, month.change_percent
    parts = {str(part): _known(energy) for part, energy in month.parts.items()}
    amount = _known(month.energy)
    return {
        "period": str(month.period),
        "kwh": amount,
        "amount": amount,
        "unit": "kvarh" if question.energy in REACTIVE else "kWh",
        "zones": (
            {zone: _known(energy) for zone, energy in month.zones.items()}
            if group_by is GroupBy.ZONE
            else None
        ),
        "registers": parts if group_by is GroupBy.REGISTER else None,
        "accounts": parts if group_by is GroupBy.ACCOUNT else None,
        "is_estimated": month.is_estimated,
        "estimated_amount": _known(month.estimated),
        "is_complete": month.is_complete,
        "findings": [{"code": code, "detail": words(code)} for code in month.findings],
        "days": month.days,
        "average_daily_kwh": _known(month.average_daily),
        "previous_year_kwh": _known(month.previous_year),
        # Adding zero takes the sign off a change that rounds to nothing.
        "change_percent": None if change is None else str(change.quantize(TENTH) + 0),
    }


def _known(energy: Decimal | None) -> str | None:
    return None if energy is None else str(energy.quantize(THOUSANDTH))
