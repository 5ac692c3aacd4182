from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.accounts.account_link_request import (
    AccountLinkClosed,
    CompanyBlocked,
    ConsentUnavailable,
)
from app.models.customers.account import AccountNumberInvalid
from app.models.customers.account_link import AccountAlreadyLinked, LastAccount
from app.models.customers.organization import OrganizationNotRegistered
from app.models.identity.sign_up import AccountNotFound
from app.models.limits.kinds import TooManyAttempts
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.routers.rate_limits import rate_limit_headers
from app.schemas.accounts.account_links import (
    AccountLinkConfirmationIn,
    AccountLinkIn,
    AccountLinkOut,
    PendingAccountLinkOut,
)
from app.schemas.base import Cursor, Limit, Page
from app.security.cursors import CursorInvalid
from app.services.accounts.outcomes import LinkedAccount, LinkProgress

router = APIRouter(
    prefix="/account-links",
    tags=["accounts"],
    responses=problems(OwnershipPending, PermissionMissing),
)

AWAITING: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.ACCEPTED.value: {
        "model": PendingAccountLinkOut,
        "description": "Another company's account: a code went to that company's phone",
    }
}


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AccountLinkOut,
    responses=AWAITING
    | problems(
        AccountNumberInvalid,
        AccountNotFound,
        AccountAlreadyLinked,
        CompanyBlocked,
        OrganizationNotRegistered,
        ConsentUnavailable,
        CabinetFrozen,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def link_account(
    body: AccountLinkIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Show another account in the cabinet.

    The company's own is linked at once. Another company's needs its tax id and its consent: a
    code goes by SMS to the phone of that company's owner, with the caller's tax id and `scope`.
    Asking again with another `scope` changes what a link permits. Either company may end it.
    """
    return await repeat.once(
        lambda once: services.accounts.links.start(
            credentials,
            account_number=body.account_number,
            tax_id=body.tax_id,
            scope=body.scope,
            origin=origin,
            once=once,
        ),
        shown=_shown,
        status=lambda outcome: (
            HTTPStatus.CREATED if isinstance(outcome, LinkedAccount) else HTTPStatus.ACCEPTED
        ),
        headers=lambda outcome: (
            rate_limit_headers(outcome.standings) if isinstance(outcome, LinkProgress) else {}
        ),
    )


@router.get("", responses=problems(CursorInvalid))
async def list_account_links(
    credentials: SignedIn,
    services: AppServices,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[AccountLinkOut]:
    """List the cabinet's links, and those by which other companies see this company's accounts."""
    found = await services.accounts.links.list_by_id(credentials, limit=limit, cursor=cursor)
    items = [AccountLinkOut.of(linked) for linked in found.items]
    return Page[AccountLinkOut].built(items=items, next_cursor=found.next_cursor)


@router.post(
    "/{link_id}/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_model=PendingAccountLinkOut,
    responses=problems(
        NotFound,
        AccountLinkClosed,
        OrganizationNotRegistered,
        ConsentUnavailable,
        CabinetFrozen,
        ResendTooSoon,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def resend_account_link_code(
    link_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Send the same code again: a minute apart, three times at most."""
    return await repeat.send_code(
        lambda once: services.accounts.links.requests.resend(
            credentials, link_id, origin=origin, once=once
        ),
        shown=PendingAccountLinkOut.of,
    )


@router.post(
    "/{link_id}/confirmations",
    status_code=HTTPStatus.CREATED,
    response_model=AccountLinkOut,
    responses=problems(
        NotFound,
        CodeRejected,
        AccountAlreadyLinked,
        CompanyBlocked,
        ConsentUnavailable,
        CabinetFrozen,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def confirm_account_link(
    link_id: UUID,
    body: AccountLinkConfirmationIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Link another company's account with the code that its owner has received."""
    return await repeat.once(
        lambda once: services.accounts.links.requests.confirm(
            credentials, link_id, code=body.code, origin=origin, once=once
        ),
        shown=AccountLinkOut.of,
        status=lambda _: HTTPStatus.CREATED,
    )


@router.delete(
    "/{link_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, LastAccount, CabinetFrozen, HoldAfterReset),
)
async def unlink_account(
    link_id: UUID, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Take an account out of the cabinet, or one's own account out of another company's.

    The number of an account that was taken out signs nobody in; the last own account stays. For
    a day after a password reset every own account stays.
    """
    await services.accounts.links.end(credentials, link_id, origin=origin)


def _shown(outcome: LinkedAccount | LinkProgress) -> AccountLinkOut | PendingAccountLinkOut:
    if isinstance(outcome, LinkedAccount):
        return AccountLinkOut.of(outcome)
    return PendingAccountLinkOut.of(outcome)
