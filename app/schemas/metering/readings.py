from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.models.customers.organization import NamedCompany
from app.models.metering.recorded_reading import RecordedReading
from app.models.metering.register_state import RegisterState
from app.models.metering.submission import ReadingsToSubmit, TypedReading
from app.schemas.base import (
    Cursor,
    In,
    Kilowatthours,
    Limit,
    Moment,
    Multiplier,
    Out,
    Page,
    PeriodText,
    RegisterValue,
)
from app.schemas.customers.organizations import OrganizationOut
from app.schemas.metering.names import EnergyName, ZoneName
from app.schemas.metering.windows import ReadingWindowOut
from app.services.metering.readings import ReadingReceipt
from app.services.metering.submission_outcomes import ReadingForm, SubmittedReadings

MOST_READINGS = 200
SourceName = Literal["cabinet", "api", "import", "operator", "remote", "legacy"]
StatusName = Literal["accepted", "in_review", "rejected", "superseded"]
KindName = Literal["actual", "estimated"]


class ReadingIn(In):
    register_id: UUID
    value: RegisterValue
    taken_at: Moment | None = Field(
        default=None, description="When the register was read; now, if left out"
    )


class ReadingsIn(In):
    """What registers of one account showed at the end of a period."""

    period: PeriodText | None = Field(
        default=None,
        description="The period these readings close; the oldest open one, if left out",
    )
    readings: Annotated[list[ReadingIn], Field(min_length=1, max_length=MOST_READINGS)]
    confirm_unusual: bool = Field(
        default=False, description="Yes, these surprising values are what the registers show"
    )
    dry_run: bool = Field(default=False, description="Judge the values and keep nothing")

    def handed_in(self) -> ReadingsToSubmit:
        return ReadingsToSubmit(
            period=self.period,
            readings=[
                TypedReading(reading.register_id, reading.value, reading.taken_at)
                for reading in self.readings
            ],
            confirm_unusual=self.confirm_unusual,
            dry_run=self.dry_run,
        )


class ReadingsQuery(BaseModel):
    from_: PeriodText | None = Field(default=None, alias="from", description="First period")
    to: PeriodText | None = Field(default=None, description="Last period")
    register_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor = None


class FindingOut(Out):
    code: Literal[
        "high_consumption",
        "low_consumption",
        "zero_consumption",
        "rollover_suspected",
        "zones_incomplete",
        "verification_overdue",
    ]
    detail: str


Words = Callable[[str], str]
"""Says a finding in the caller's language."""


class _ReadingFields(Out):
    register_id: UUID
    period: PeriodText
    value: RegisterValue
    taken_at: Moment
    submitted_at: Moment
    source: SourceName
    status: StatusName
    kind: KindName
    consumption_kwh: Kilowatthours | None = Field(
        description="Energy since the previous reading, kWh or kvarh; null for a first reading"
    )
    findings: list[FindingOut]
    supersedes: UUID | None = Field(description="The reading that this one replaced")
    submitted_by: OrganizationOut | None = Field(
        description="Another company that submitted it, for the account's owner; else null"
    )


class ReadingOut(_ReadingFields):
    id: UUID

    @classmethod
    def of(cls, reading: RecordedReading, words: Words) -> "ReadingOut":
        return cls.built(**_fields(reading, words))


class SubmittedReadingOut(_ReadingFields):
    id: UUID | None = Field(description="Null in a dry run")

    @classmethod
    def of(cls, reading: RecordedReading, words: Words) -> "SubmittedReadingOut":
        return cls.built(**_fields(reading, words))


class SubmittedReadingsOut(Out):
    period: PeriodText
    items: list[SubmittedReadingOut]
    consumption_kwh: Kilowatthours | None = Field(
        description="Active energy taken from the network, over all items"
    )
    receipt_id: UUID | None = Field(description="Null in a dry run")

    @classmethod
    def of(cls, submitted: SubmittedReadings, words: Words) -> "SubmittedReadingsOut":
        return cls.built(
            period=submitted.period,
            items=[SubmittedReadingOut.of(item, words) for item in submitted.items],
            consumption_kwh=submitted.consumption_kwh,
            receipt_id=submitted.receipt_id,
        )


ReadingsPage = Page[ReadingOut]


class ReadingReceiptOut(Out):
    id: UUID
    account_id: UUID
    account_number: str
    period: PeriodText
    submitted_at: Moment
    digest: str = Field(description="SHA-256 over what was handed in")
    items: list[ReadingOut]

    @classmethod
    def of(cls, found: ReadingReceipt, words: Words) -> "ReadingReceiptOut":
        receipt = found.receipt
        return cls.built(
            id=receipt.id,
            account_id=receipt.account_id,
            account_number=receipt.account_number,
            period=receipt.period,
            submitted_at=receipt.submitted_at,
            digest=receipt.digest,
            items=[ReadingOut.of(item, words) for item in found.items],
        )


class PreviousReadingOut(Out):
    value: RegisterValue
    taken_on: date
    period: PeriodText


class ExpectedOut(Out):
    low: RegisterValue
    high: RegisterValue


class FormRegisterOut(Out):
    """A register as a form shows it: what it showed, what it should show, what was handed in."""

    register_id: UUID
    meter_id: UUID
    meter_serial: str
    eic: str
    code: str = Field(description="OBIS code", examples=["1.8.0"])
    energy: EnergyName
    zone: ZoneName
    digits: int
    decimals: int
    multiplier: Multiplier
    is_remote: bool = Field(description="Read by the operator; not to be typed in")
    previous: PreviousReadingOut | None
    expected: ExpectedOut | None = Field(description="Null without a year's history")
    submitted: ReadingOut | None


class ReadingFormOut(Out):
    account_id: UUID
    period: PeriodText
    window: ReadingWindowOut
    may_submit: bool = Field(
        description="Whether the caller may submit: by their role and, of another company's "
        "account, by the link's scope"
    )
    registers: list[FormRegisterOut]

    @classmethod
    def of(cls, form: ReadingForm, words: Words) -> "ReadingFormOut":
        return cls.built(
            account_id=form.account_id,
            period=form.window.period,
            window=ReadingWindowOut.of(form.window, form.state),
            may_submit=form.may_submit,
            registers=[_form_register(state, form.as_of, words) for state in form.registers],
        )


def _fields(reading: RecordedReading, words: Words) -> dict[str, Any]:
    return {
        "id": reading.id,
        "register_id": reading.register_id,
        "period": reading.period,
        "value": reading.value,
        "taken_at": reading.taken_at,
        "submitted_at": reading.submitted_at,
        "source": reading.source,
        "status": reading.status,
        "kind": reading.kind,
        "consumption_kwh": reading.consumption_kwh,
        "findings": [FindingOut.built(code=code, detail=words(code)) for code in reading.findings],
        "supersedes": reading.supersedes,
        "submitted_by": _company(reading.submitted_by),
    }


def _company(company: NamedCompany | None) -> OrganizationOut | None:
    if company is None:
        return None
    return OrganizationOut.built(tax_id=company.tax_id, name=company.name)


def _form_register(state: RegisterState, as_of: date, words: Words) -> FormRegisterOut:
    previous, expected = state.previous, state.expected(as_of)
    return FormRegisterOut.built(
        register_id=state.register_id,
        meter_id=state.meter_id,
        meter_serial=state.serial_number,
        eic=state.eic,
        code=state.code,
        energy=state.energy,
        zone=state.zone,
        digits=state.digits,
        decimals=state.decimals,
        multiplier=state.multiplier,
        is_remote=state.is_remote,
        previous=PreviousReadingOut.built(
            value=previous.value, taken_on=previous.period.ends_on, period=previous.period
        )
        if previous
        else None,
        expected=ExpectedOut.built(low=expected.low, high=expected.high) if expected else None,
        submitted=_submitted(state, words),
    )


def _submitted(state: RegisterState, words: Words) -> ReadingOut | None:
    current = state.current
    if current is None:
        return None
    return ReadingOut.built(
        id=current.id,
        register_id=state.register_id,
        period=current.period,
        value=current.value,
        taken_at=current.taken_at,
        submitted_at=current.submitted_at,
        source=current.source,
        status=current.status,
        kind=current.kind,
        consumption_kwh=state.consumption(current.value),
        findings=[FindingOut.built(code=code, detail=words(code)) for code in current.findings],
        supersedes=current.supersedes,
        submitted_by=_company(current.submitted_by),
    )
