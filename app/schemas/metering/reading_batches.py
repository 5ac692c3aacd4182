from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.errors import AppError
from app.models.metering.reading import Source
from app.models.metering.reading_batch import (
    MOST_ITEMS,
    BatchItem,
    BatchMode,
    ItemVerdict,
    Outcome,
    ReadingBatch,
    RegisterAddress,
)
from app.models.metering.reading_rules import Finding
from app.models.metering.register_state import Range
from app.schemas.base import STORABLE, In, Kilowatthours, Moment, Out, PeriodText, RegisterValue
from app.schemas.metering.readings import FindingOut
from app.services.metering.batch_outcomes import BatchReceipt, SubmittedBatch

LONGEST_NAME = 64
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=STORABLE)]
WAYS = (
    frozenset({"register_id"}),
    frozenset({"account_number", "meter_serial", "register_code"}),
    frozenset({"eic", "register_code"}),
)
ADDRESS = frozenset[str]().union(*WAYS)


class BatchItemIn(In):
    """What one register shows. It is named in one of three ways."""

    register_id: UUID | None = None
    account_number: Name | None = Field(
        default=None, description="With `meter_serial` and `register_code`"
    )
    meter_serial: Name | None = None
    eic: Name | None = Field(
        default=None,
        description="The metering point, with `register_code`; of several meters the one that "
        "runs at the end of the period",
    )
    register_code: Name | None = Field(default=None, examples=["1.8.0"])
    value: RegisterValue
    taken_at: Moment | None = Field(
        default=None, description="When the register was read; now, if left out"
    )

    @model_validator(mode="after")
    def _is_named_in_one_way(self) -> Self:
        if {name for name in ADDRESS if getattr(self, name) is not None} not in WAYS:
            raise PydanticCustomError("register_named_wrongly", "one of three ways")
        return self

    def item(self) -> BatchItem:
        address = RegisterAddress(
            register_id=self.register_id,
            account_number=self.account_number,
            meter_serial=self.meter_serial,
            eic=self.eic,
            register_code=self.register_code,
        )
        return BatchItem(address, self.value, self.taken_at)


class ReadingBatchIn(In):
    """What registers showed at the end of a period, in all accounts of the cabinet."""

    period: PeriodText | None = Field(
        default=None,
        description="The period these readings close; the oldest open one, if left out",
    )
    items: Annotated[list[BatchItemIn], Field(min_length=1, max_length=MOST_ITEMS)]
    mode: BatchMode = Field(description="What a reading that is refused means for the others")
    confirm_unusual: bool = Field(
        default=False, description="Yes, these surprising values are what the registers show"
    )
    dry_run: bool = Field(default=False, description="Judge the values and keep nothing")

    def batch(self) -> ReadingBatch:
        return ReadingBatch(
            period=self.period,
            items=[item.item() for item in self.items],
            mode=self.mode,
            confirm_unusual=self.confirm_unusual,
            dry_run=self.dry_run,
            source=Source.API,
        )


@dataclass(frozen=True, slots=True)
class BatchWords:
    """Says what became of an item in the caller's language."""

    refusal: Callable[[AppError], str]
    finding: Callable[[Finding], str]


class ExpectedOut(Out):
    low: RegisterValue
    high: RegisterValue


class BatchItemOut(Out):
    index: int = Field(description="The item's place in the request, from 0", examples=[0])
    outcome: Literal["recorded", "unchanged", "would_be_recorded", "held_back", "refused"] = Field(
        description="`unchanged`: the same value stood already; `held_back`: good by itself, but "
        "another item of an `all_or_nothing` batch was refused"
    )
    account_id: UUID | None = Field(description="Null if no register was found")
    register_id: UUID | None = Field(description="Null if no register was found")
    reading_id: UUID | None = Field(description="The reading that stands; else null")
    status: Literal["accepted", "in_review"] | None = Field(
        description="Of the reading, also where it would only be recorded; null if it is refused"
    )
    consumption_kwh: Kilowatthours | None = Field(
        description="Energy since the last actual value before, kWh or kvarh, if it is known"
    )
    findings: list[FindingOut] = Field(description="What is unusual about the value")
    expected: ExpectedOut | None = Field(
        description="Values that the past makes likely; null if it says too little"
    )
    code: str | None = Field(description="Why it is refused: a code of the list of problems")
    detail: str | None = Field(description="The same, for a person")

    @classmethod
    def of(cls, verdict: ItemVerdict, words: BatchWords) -> "BatchItemOut":
        judged, refusal, place = verdict.judged, verdict.refusal, verdict.place
        judgement = judged.judgement if judged else None
        return cls.built(
            index=verdict.index,
            outcome=verdict.outcome.value,
            account_id=place.account_id if place else None,
            register_id=place.register_id if place else None,
            reading_id=_standing(verdict),
            status=judgement.status.value if judgement and not refusal else None,
            consumption_kwh=judgement.consumption if judgement else None,
            findings=[
                FindingOut.built(code=finding.code.value, detail=words.finding(finding))
                for finding in (judged.findings if judged else ())
            ],
            expected=_expected(judgement.expected if judgement else None),
            code=refusal.code if refusal else None,
            detail=words.refusal(refusal) if refusal else None,
        )


class BatchReceiptOut(Out):
    account_id: UUID
    receipt_id: UUID
    readings: int

    @classmethod
    def of(cls, receipt: BatchReceipt) -> "BatchReceiptOut":
        return cls.built(
            account_id=receipt.account_id,
            receipt_id=receipt.receipt_id,
            readings=receipt.readings,
        )


class ReadingBatchOut(Out):
    period: PeriodText
    mode: BatchMode
    dry_run: bool
    recorded: int
    unchanged: int
    would_be_recorded: int
    held_back: int
    refused: int
    receipts: list[BatchReceiptOut] = Field(
        description="One for each account with new readings; two or more for a very large one"
    )
    items: list[BatchItemOut] = Field(description="One for each item of the request, in order")

    @classmethod
    def of(cls, submitted: SubmittedBatch, words: BatchWords) -> "ReadingBatchOut":
        return cls.built(
            period=submitted.period,
            mode=submitted.mode,
            dry_run=submitted.dry_run,
            **{outcome.value: submitted.count(outcome) for outcome in Outcome},
            receipts=[BatchReceiptOut.of(each) for each in submitted.receipts],
            items=[BatchItemOut.of(verdict, words) for verdict in submitted.verdicts],
        )


def _standing(verdict: ItemVerdict) -> UUID | None:
    if verdict.outcome is Outcome.UNCHANGED and verdict.judged and verdict.judged.state.submitted:
        return verdict.judged.state.submitted.id
    return verdict.reading_id


def _expected(found: Range | None) -> ExpectedOut | None:
    return None if found is None else ExpectedOut.built(low=found.low, high=found.high)
