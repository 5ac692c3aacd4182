"""Handing in readings: the form, and what members type into it."""

from app.access import LinkScopeMissing
from app.models.reading_rules import (
    MeterRemoved,
    ReadingAboveNext,
    ReadingBelowPrevious,
    ReadingExceedsRegister,
    ReadingPeriodSettled,
    RegisterIsRemote,
    TooManyDecimals,
)
from app.models.reading_window import ReadingWindowClosed
from app.models.submission import (
    HandedIn,
    ReadingTimeImpossible,
    ReadingUnusual,
    RegisterNotFound,
    RegisterRepeated,
    TypedReading,
)
from app.services.reading_submissions.outcomes import ReadingForm, SubmittedReadings
from app.services.reading_submissions.service import ReadingSubmissionService

__all__ = [
    "HandedIn",
    "LinkScopeMissing",
    "MeterRemoved",
    "ReadingAboveNext",
    "ReadingBelowPrevious",
    "ReadingExceedsRegister",
    "ReadingForm",
    "ReadingPeriodSettled",
    "ReadingSubmissionService",
    "ReadingTimeImpossible",
    "ReadingUnusual",
    "ReadingWindowClosed",
    "RegisterIsRemote",
    "RegisterNotFound",
    "RegisterRepeated",
    "SubmittedReadings",
    "TooManyDecimals",
    "TypedReading",
]
