import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from app.models.orders.deadline import DayUnit, FirstDay
from app.models.orders.service import FeeKind, RunsFrom, Service, ServiceVersion
from app.models.orders.texts import localized
from app.schemas.base import Out
from app.texts import Locale

Amount = str
"""Hryvnias with two places, as a string."""


class FeeOut(Out):
    kind: FeeKind = Field(
        description="`calculated`: the operator tells the sum after looking at the order"
    )
    amount: Amount | None = Field(description="With VAT", examples=["1800.00"])
    currency: Literal["UAH"] | None
    free_when: dict[str, Any] | None = Field(
        description="With which answers nothing is paid: `answer`, and `is` or `at_most`"
    )


class BasisOut(Out):
    """Where a rule comes from."""

    act: str
    clause: str | None


class TermVariantOut(Out):
    days: int
    when: dict[str, Any] = Field(description="`answer`, and `is` (one of) or `at_most`")


class DeadlineOut(Out):
    days: int
    unit: DayUnit
    runs_from: RunsFrom = Field(description="The event; its day is not counted")
    first_day: FirstDay
    basis: BasisOut
    variants: list[TermVariantOut] = Field(
        description="Other numbers of days; the first whose condition holds counts"
    )


class CompensationOut(Out):
    """What the operator credits, by itself, to who waits longer."""

    amount: Amount = Field(examples=["400.00"])
    currency: Literal["UAH"]
    repeat_days: int | None = Field(
        description="It is owed again after so many more calendar days; null: it is owed once"
    )
    basis: BasisOut


class DocumentOut(Out):
    code: str
    title: str
    is_required: bool
    any_of: str | None = Field(
        None, description="Of the documents that have the same code here, one is enough and needed"
    )


class ServiceOut(Out):
    code: str = Field(examples=["meter_replace"])
    version: int = Field(description="An order keeps the version it was placed by")
    title: str
    summary: str
    category: str = Field(examples=["metering"])
    fee: FeeOut
    deadline: DeadlineOut
    compensation: CompensationOut | None
    form: dict[str, Any] = Field(description="JSON Schema (2020-12) of an order's `answers`")
    documents: list[DocumentOut]
    needs_metering_point: bool
    has_appointment: bool
    is_self_service: bool = Field(description="Done the moment it is ordered")
    valid_from: dt.date
    valid_to: dt.date | None = Field(description="From this day on it is not offered")

    @classmethod
    def of(cls, row: ServiceVersion, locale: Locale) -> "ServiceOut":
        told = localized(row.definition, locale)
        names = ("title", "summary", "category", "form", "documents", "deadline")
        flags = ("needs_metering_point", "has_appointment", "is_self_service")
        return cls.model_validate(
            {
                "code": row.code,
                "version": row.version,
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "fee": _fee(told["fee"]),
                "compensation": _compensation(Service.of(row), locale),
                **{name: told[name] for name in (*names, *flags)},
            }
        )


def _fee(fee: Mapping[str, Any]) -> dict[str, Any]:
    amount = fee.get("amount")
    return {
        "kind": fee["kind"],
        "amount": amount,
        "currency": "UAH" if amount else None,
        "free_when": fee.get("free_when"),
    }


def _compensation(service: Service, locale: Locale) -> dict[str, Any] | None:
    if not service.compensation:
        return None
    row = service.compensation[0]
    return {
        "amount": str(row.amount),
        "currency": "UAH",
        "repeat_days": row.repeat_days,
        "basis": localized(row.basis, locale),
    }
