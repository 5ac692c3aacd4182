from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import Busy, NotFound
from app.models.billing.bill_forecast import BillForecast
from app.models.metering.reading_rules import (
    MeterNotInstalled,
    MeterRemoved,
    ReadingAboveNext,
    ReadingBelowPrevious,
    ReadingExceedsRegister,
    ReadingPeriodSettled,
    RegisterIsRemote,
    TooManyCorrections,
    TooManyDecimals,
)
from app.models.metering.reading_window import ReadingWindowClosed
from app.models.metering.submission import (
    ReadingTimeImpossible,
    ReadingUnusual,
    RegisterNotFound,
    RegisterRepeated,
)
from app.routers.deps import AppServices, ContactPhones, Language, Origin, SignedIn
from app.routers.http.body_limits import KIBIBYTE, takes_up_to
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.answers import refusal_text
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.billing.dry_runs import JudgedReadingsOut
from app.schemas.metering.reading_forms import FormWords, ReadingFormOut
from app.schemas.metering.readings import (
    ReadingChangesOut,
    ReadingChangesQuery,
    ReadingOut,
    ReadingReceiptOut,
    ReadingsIn,
    ReadingsQuery,
    SubmittedReadingsOut,
    Words,
)
from app.security.cursors import CursorInvalid
from app.services.billing.use_cases import Billing
from app.services.metering.submission_outcomes import SubmittedReadings
from app.texts import Locale, say

router = APIRouter(
    tags=["readings"], responses=problems(OwnershipPending, PermissionMissing, NotFound)
)


@router.get("/accounts/{account_id}/reading-form")
async def get_reading_form(
    account_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    contacts: ContactPhones,
) -> ReadingFormOut:
    """Show what is needed to hand in readings in two clicks.

    The open period and its window, and every register that ran in it with what it showed, what it
    is expected to show now and what has been handed in. `refusal` tells of a register that takes no
    typed value why, with the code that a submission gives; a form whose other registers are
    answered as given is accepted. Of a meter that was removed in the period the closing value of
    `removed_on` is asked.
    """
    form = await services.metering.reading_submissions.form(credentials, account_id)
    words = FormWords(
        finding=_words(language),
        refusal=lambda refusal: refusal_text(refusal, language, contacts=contacts),
    )
    return ReadingFormOut.of(form, words)


@router.post(
    "/accounts/{account_id}/readings",
    status_code=HTTPStatus.CREATED,
    response_model=SubmittedReadingsOut,
    responses={
        HTTPStatus.OK: {
            "model": JudgedReadingsOut,
            "description": "Nothing new: a dry run, or the same values again",
        },
        **problems(
            OwnershipPending,
            PermissionMissing,
            LinkScopeMissing,
            ReadingWindowClosed,
            RegisterNotFound,
            RegisterRepeated,
            RegisterIsRemote,
            MeterRemoved,
            MeterNotInstalled,
            ReadingPeriodSettled,
            ReadingBelowPrevious,
            ReadingAboveNext,
            ReadingExceedsRegister,
            TooManyDecimals,
            TooManyCorrections,
            ReadingTimeImpossible,
            ReadingUnusual,
            Busy,
            *REPEATABLE,
        ),
    },
)
@takes_up_to(64 * KIBIBYTE)
async def submit_readings(
    account_id: UUID,
    body: ReadingsIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Hand in what the registers of an account show; all of it counts, or nothing.

    Inside the window a later value takes the place of an earlier one. The same value again is
    the same reading and answers 200. For another company's account the link's scope must be
    `readings` or `all`; its owner sees which company submitted. A value is measured against the
    last actual one; an estimate, or a value that is in review, binds nobody. A value may be
    corrected 50 times. A body may have 64 KiB. A dry run also tells what the period would come
    to (`bill`), as the forecast of the bill does.
    """
    submissions, handed_in = services.metering.reading_submissions, body.handed_in()
    if not body.dry_run:
        return await repeat.once(
            lambda once: submissions.submit(
                credentials, account_id, handed_in, origin=origin, once=once
            ),
            shown=lambda submitted: _shown(submitted, None, language),
            status=lambda submitted: HTTPStatus.CREATED if submitted.is_new else HTTPStatus.OK,
        )

    async def judge(_once: object) -> tuple[SubmittedReadings, BillForecast | None]:
        judged = await submissions.submit(credentials, account_id, handed_in, origin=origin)
        forecasts = services.of(Billing).forecasts
        return judged, await forecasts.of_readings(
            credentials, account_id, judged.period, judged.items
        )

    return await repeat.once(
        judge,
        shown=lambda judged: _shown(*judged, language),
        status=lambda _: HTTPStatus.OK,
        is_kept=False,
    )


@router.get("/accounts/{account_id}/readings", responses=problems(CursorInvalid))
async def list_readings(
    account_id: UUID,
    query: Annotated[ReadingsQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> Page[ReadingOut]:
    """List the readings of an account, newest first, superseded ones included."""
    found = await services.metering.readings.list_newest(
        credentials,
        account_id,
        from_=query.from_,
        to=query.to,
        register_id=query.register_id,
        limit=query.limit,
        cursor=query.cursor,
    )
    words = _words(language)
    items = [ReadingOut.of(reading, words) for reading in found.items]
    return Page[ReadingOut].built(items=items, next_cursor=found.next_cursor)


@router.get("/readings", responses=problems(CursorInvalid))
async def list_reading_changes(
    query: Annotated[ReadingChangesQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> ReadingChangesOut:
    """List readings of the whole cabinet that are new or changed, oldest change first.

    For programs that keep a copy: ask with `changed_since` or from the beginning, keep
    `next_cursor`, and go on with it. No reading is missed, whoever hands in readings meanwhile; one
    that is replaced, reviewed or withdrawn comes again with its new `status`. An account that is
    linked later brings its earlier readings only to who reads from the beginning.
    """
    found = await services.metering.reading_changes.list_changed(
        credentials,
        changed_since=query.changed_since,
        limit=query.limit,
        cursor=query.cursor,
    )
    return ReadingChangesOut.of(found, _words(language))


@router.get("/readings/{reading_id}")
async def get_reading(
    reading_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> ReadingOut:
    """Show one reading."""
    return ReadingOut.of(
        await services.metering.readings.get(credentials, reading_id), _words(language)
    )


@router.get("/reading-receipts/{receipt_id}")
async def get_reading_receipt(
    receipt_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> ReadingReceiptOut:
    """Show the proof that readings were handed in, and what became of them."""
    found = await services.metering.readings.receipt(credentials, receipt_id)
    return ReadingReceiptOut.of(found, _words(language))


def _shown(
    submitted: SubmittedReadings, bill: BillForecast | None, language: Locale
) -> SubmittedReadingsOut:
    if submitted.is_new:
        return SubmittedReadingsOut.of(submitted, _words(language))
    return JudgedReadingsOut.judged(
        submitted,
        bill,
        findings=_words(language),
        words=lambda key, **facts: say(key, language, **facts),
    )


def _words(language: Locale) -> Words:
    return lambda code: say(f"recorded.{code}", language)
