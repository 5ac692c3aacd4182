"""The reading form on the wire."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import Field

from app.errors import AppError
from app.models.metering.reading_rules import why_not_typed
from app.models.metering.register_state import PriorReading, RegisterState
from app.schemas.base import Multiplier, Out, PeriodText, RegisterValue
from app.schemas.metering.names import EnergyName, ZoneName
from app.schemas.metering.readings import (
    FindingOut,
    KindName,
    ReadingOut,
    Words,
    company_out,
    review_out,
)
from app.schemas.metering.windows import ReadingWindowOut
from app.services.metering.submission_outcomes import ReadingForm


@dataclass(frozen=True, slots=True)
class FormWords:
    """Says what a form tells of registers in the caller's language."""

    finding: Words
    refusal: Callable[[AppError], str]


class PreviousReadingOut(Out):
    value: RegisterValue
    taken_on: date
    period: PeriodText
    kind: KindName = Field(
        description="An `estimated` value binds nobody: what is submitted is measured against "
        "the last actual value"
    )


class ExpectedOut(Out):
    low: RegisterValue
    high: RegisterValue


class FormRefusalOut(Out):
    code: str = Field(
        description="The code of the problem that a submission is answered with",
        examples=["register_is_remote"],
    )
    detail: str = Field(description="The same, for a person")


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
    removed_on: date | None = Field(
        description="The day on which the meter was removed within the period, or the account "
        "lost its point; the value to submit is then the closing value of that day. Else null"
    )
    refusal: FormRefusalOut | None = Field(
        description="Why no new value of this register is taken for the period; null if one may "
        "be typed while the window is open"
    )
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
    def of(cls, form: ReadingForm, words: FormWords) -> "ReadingFormOut":
        return cls.built(
            account_id=form.account_id,
            period=form.window.period,
            window=ReadingWindowOut.of(form.window, form.state),
            may_submit=form.may_submit,
            registers=[_form_register(state, form, words) for state in form.registers],
        )


def _form_register(state: RegisterState, form: ReadingForm, words: FormWords) -> FormRegisterOut:
    expected, runs_until = state.expected(form.as_of), state.life.runs_until
    return FormRegisterOut.built(
        register_id=state.register_id,
        meter_id=state.meter_id,
        meter_serial=state.serial_number,
        eic=state.eic,
        code=state.code,
        energy=state.energy,
        zone=state.zone,
        digits=state.scale.digits,
        decimals=state.decimals,
        multiplier=state.scale.multiplier,
        is_remote=state.is_remote,
        removed_on=runs_until if runs_until == state.read_on else None,
        refusal=_refusal(why_not_typed(state, form.window.period), words),
        previous=_previous(state.previous),
        expected=ExpectedOut.built(low=expected.low, high=expected.high) if expected else None,
        submitted=_submitted(state, words.finding),
    )


def _refusal(refusal: AppError | None, words: FormWords) -> FormRefusalOut | None:
    if refusal is None:
        return None
    return FormRefusalOut.built(code=refusal.code, detail=words.refusal(refusal))


def _previous(previous: PriorReading | None) -> PreviousReadingOut | None:
    if previous is None:
        return None
    return PreviousReadingOut.built(
        value=previous.value,
        taken_on=previous.read_on,
        period=previous.period,
        kind=previous.kind,
    )


def _submitted(state: RegisterState, words: Words) -> ReadingOut | None:
    current = state.submitted
    if current is None:
        return None
    return ReadingOut.built(
        id=current.id,
        register_id=state.register_id,
        period=current.period,
        read_on=state.read_on,
        event=current.event,
        value=current.value,
        taken_at=current.taken_at,
        submitted_at=current.submitted_at,
        source=current.source,
        status=current.status,
        kind=current.kind,
        consumption_kwh=state.consumption(current.value),
        findings=[FindingOut.built(code=code, detail=words(code)) for code in current.findings],
        supersedes=current.supersedes,
        submitted_by=company_out(current.submitted_by),
        review=review_out(current.review),
    )
