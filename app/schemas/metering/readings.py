from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.models.customers.organization import NamedCompany
from app.models.metering.reading_change import ChangedReading
from app.models.metering.reading_review import Review
from app.models.metering.recorded_reading import Receipt, RecordedReading
from app.models.metering.submission import ReadingsToSubmit, TypedReading
from app.schemas.base import (
    Cursor,
    In,
    Kilowatthours,
    Limit,
    Moment,
    Out,
    Page,
    PeriodText,
    RegisterValue,
)
from app.schemas.customers.organizations import OrganizationOut
from app.services.metering.reading_changes import ChangesPage
from app.services.metering.readings import ReceiptWithReadings
from app.services.metering.submission_outcomes import SubmittedReadings

MOST_READINGS = 200
SourceName = Literal["cabinet", "api", "import", "operator", "remote", "legacy"]
StatusName = Literal["accepted", "in_review", "rejected", "superseded"]
KindName = Literal["actual", "estimated"]
EventName = Literal["periodic", "installed", "removed", "control"]


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


class ReadingChangesQuery(BaseModel):
    changed_since: Moment | None = Field(
        default=None,
        description="Begin with what was written at this moment or later; some readings of the "
        "minutes before may come too. Everything, if left out; not used beside `cursor`",
    )
    limit: Limit = 50
    cursor: Annotated[
        str | None,
        Field(max_length=512, description="`next_cursor` of the answer before, however old it is"),
    ] = None


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


class ReviewOut(Out):
    """What the operator has decided about a reading."""

    outcome: Literal["accepted", "rejected", "withdrawn"]
    reason: str = Field(description="In the operator's words")
    decided_at: Moment


class _ReadingFields(Out):
    register_id: UUID
    period: PeriodText
    read_on: date = Field(
        description="The day at whose beginning the register showed the value; "
        "the first day after the period, unless `event` tells another reason to read it"
    )
    event: EventName
    value: RegisterValue
    taken_at: Moment
    submitted_at: Moment
    source: SourceName
    status: StatusName
    kind: KindName
    consumption_kwh: Kilowatthours | None = Field(
        description="Energy since the last actual value before, kWh or kvarh; null for a first "
        "reading, for an estimate that an actual value follows, and where nobody can know it"
    )
    findings: list[FindingOut]
    supersedes: UUID | None = Field(description="The reading that this one replaced")
    submitted_by: OrganizationOut | None = Field(
        description="Another company that submitted it, for the account's owner; else null"
    )
    review: ReviewOut | None = Field(
        description="What the operator decided about this reading; null if nobody had to look at it"
    )


class ReadingOut(_ReadingFields):
    id: UUID

    @classmethod
    def of(cls, reading: RecordedReading, words: Words) -> "ReadingOut":
        return cls.built(**_fields(reading, words))


class ChangedReadingOut(ReadingOut):
    account_id: UUID = Field(description="The account whose register showed the value")

    @classmethod
    def changed(cls, changed: ChangedReading, words: Words) -> "ChangedReadingOut":
        return cls.built(account_id=changed.account_id, **_fields(changed.reading, words))


class ReadingChangesOut(Out):
    items: list[ChangedReadingOut] = Field(
        description="Oldest change first; a reading that changes again comes again"
    )
    next_cursor: str = Field(
        description="Where to go on, now or at any later time; given also when nothing has changed"
    )
    has_more: bool = Field(description="Ask again at once: there is more than this answer holds")

    @classmethod
    def of(cls, found: ChangesPage, words: Words) -> "ReadingChangesOut":
        return cls.built(
            items=[ChangedReadingOut.changed(each, words) for each in found.items],
            next_cursor=found.next_cursor,
            has_more=found.has_more,
        )


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


class ReceiptChainOut(Out):
    number: int = Field(description="The place in the company's chain, from 1", examples=[42])
    previous_hash: str = Field(description="The hash of the receipt before; 64 zeros for the first")
    hash: str = Field(description="SHA-256 of `text` in UTF-8, in hexadecimal")
    text: str = Field(description="Seven lines that the hash is over; see docs/receipts.md")

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptChainOut | None":
        seal = receipt.seal
        if not receipt.is_own or seal.number is None:
            return None
        return cls.built(
            number=seal.number,
            previous_hash=seal.previous_hash,
            hash=seal.hash,
            text=seal.hash_text,
        )


class ReadingReceiptOut(Out):
    id: UUID
    account_id: UUID
    account_number: str
    period: PeriodText
    submitted_at: Moment
    digest: str = Field(description="SHA-256 over what was handed in")
    digest_text: str | None = Field(
        description="What the digest is over, line by line; null for receipts of before 2026-11-25"
    )
    chain: ReceiptChainOut | None = Field(
        description="The receipt's place in the chain; null in another company's cabinet"
    )
    items: list[ReadingOut]

    @classmethod
    def of(cls, found: ReceiptWithReadings, words: Words) -> "ReadingReceiptOut":
        receipt = found.receipt
        return cls.built(
            id=receipt.id,
            account_id=receipt.account_id,
            account_number=receipt.account_number,
            period=receipt.period,
            submitted_at=receipt.submitted_at,
            digest=receipt.digest,
            digest_text=receipt.seal.digest_text,
            chain=ReceiptChainOut.of(receipt),
            items=[ReadingOut.of(item, words) for item in found.items],
        )


def _fields(reading: RecordedReading, words: Words) -> dict[str, Any]:
    return {
        "id": reading.id,
        "register_id": reading.register_id,
        "period": reading.period,
        "read_on": reading.read_on,
        "event": reading.event,
        "value": reading.value,
        "taken_at": reading.taken_at,
        "submitted_at": reading.submitted_at,
        "source": reading.source,
        "status": reading.status,
        "kind": reading.kind,
        "consumption_kwh": reading.consumption_kwh,
        "findings": [FindingOut.built(code=code, detail=words(code)) for code in reading.findings],
        "supersedes": reading.supersedes,
        "submitted_by": company_out(reading.submitted_by),
        "review": review_out(reading.review),
    }


def company_out(company: NamedCompany | None) -> OrganizationOut | None:
    if company is None:
        return None
    return OrganizationOut.built(tax_id=company.tax_id, name=company.name)


def review_out(review: Review | None) -> ReviewOut | None:
    if review is None:
        return None
    return ReviewOut.built(
        outcome=review.outcome, reason=review.reason, decided_at=review.decided_at
    )
