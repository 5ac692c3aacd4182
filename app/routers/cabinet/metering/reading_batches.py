from http import HTTPStatus

from fastapi import APIRouter, Response

from app.access import OwnershipPending, PermissionMissing
from app.errors import Busy, Flaw
from app.routers.deps import AppServices, ContactPhones, Language, Origin, SignedIn
from app.routers.http.body_limits import LARGEST, takes_up_to
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.answers import flaw_text, refusal_text
from app.routers.problems.handlers import problems
from app.schemas.metering.reading_batches import BatchWords, ReadingBatchIn, ReadingBatchOut

router = APIRouter(tags=["readings"])


@router.post(
    "/reading-batches",
    status_code=HTTPStatus.OK,
    response_model=ReadingBatchOut,
    responses=problems(OwnershipPending, PermissionMissing, Busy, *REPEATABLE),
)
@takes_up_to(LARGEST)
async def submit_reading_batch(
    body: ReadingBatchIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    contacts: ContactPhones,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Hand in what up to 10,000 registers show, over all accounts of the cabinet.

    The answer is 200 with a result for each item in order, also where all are refused: an item is
    judged as `POST /v1/accounts/{account_id}/readings` judges it, with the same codes and
    findings. `all_or_nothing` records all readings or none. `independent` records each that may
    stand, in parts of some hundred: when a request breaks off, whole parts stand, and the same
    batch again finds them `unchanged`. A register that the cabinet does not show is
    `register_not_found`. A body may have 1 MiB.
    """
    words = BatchWords(
        refusal=lambda refusal: refusal_text(refusal, language, contacts=contacts),
        finding=lambda finding: flaw_text(
            "", Flaw("", finding.code.value, finding.facts), language
        ),
    )
    return await repeat.once(
        lambda once: services.metering.reading_batches.submit(
            credentials, body.batch(), origin=origin, once=once
        ),
        shown=lambda submitted: ReadingBatchOut.of(submitted, words),
        status=lambda _: HTTPStatus.OK,
        is_kept=not body.dry_run,
    )
