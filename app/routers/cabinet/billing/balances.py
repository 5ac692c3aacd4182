from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.billing.shown import StatementRangeInvalid, StatementTooLong
from app.routers.deps import AppServices, Language, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.billing.balances import (
    AccountBalanceOut,
    BalanceQuery,
    CabinetBalanceOut,
    StatementOut,
    StatementQuery,
)
from app.schemas.billing.forecasts import BillForecastOut
from app.schemas.billing.payment_terms import PaymentTermsOut
from app.security.cursors import CursorInvalid
from app.services.billing.use_cases import Billing
from app.texts import say

router = APIRouter(tags=["bills"], responses=problems(OwnershipPending, PermissionMissing))


@router.get("/balance", responses=problems(CursorInvalid))
async def get_balance(
    query: Annotated[BalanceQuery, Query()], credentials: SignedIn, services: AppServices
) -> CabinetBalanceOut:
    """Show what the cabinet's accounts owe together, and each of them in pages."""
    balances = services.of(Billing).balances
    found = await balances.of_cabinet(credentials, limit=query.limit, cursor=query.cursor)
    return CabinetBalanceOut.of(found, balances.today)


@router.get("/accounts/{account_id}/balance", responses=problems(NotFound, LinkScopeMissing))
async def get_account_balance(
    account_id: UUID, credentials: SignedIn, services: AppServices
) -> AccountBalanceOut:
    """Show what an account owes, what is overdue, and what was paid before."""
    balances = services.of(Billing).balances
    found = await balances.of_account(credentials, account_id)
    return AccountBalanceOut.of(found, balances.today)


@router.get(
    "/accounts/{account_id}/statement",
    responses=problems(NotFound, LinkScopeMissing, StatementRangeInvalid, StatementTooLong),
)
async def get_statement(
    account_id: UUID,
    query: Annotated[StatementQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> StatementOut:
    """Show what moved an account's balance between two days: a reconciliation act, computed."""
    statement = await services.of(Billing).balances.statement(
        credentials, account_id, first=query.from_, last=query.to
    )
    return StatementOut.of(statement, lambda key, **facts: say(key, language, **facts))


@router.get("/accounts/{account_id}/payment-terms", responses=problems(NotFound, LinkScopeMissing))
async def get_payment_terms(
    account_id: UUID, credentials: SignedIn, services: AppServices
) -> PaymentTermsOut:
    """Show how an account pays: in how many days, and by which instalments."""
    terms = services.of(Billing).terms
    return PaymentTermsOut.of(await terms.of_account(credentials, account_id), terms.today)


@router.get("/accounts/{account_id}/bill-forecast", responses=problems(NotFound, LinkScopeMissing))
async def get_bill_forecast(
    account_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> BillForecastOut:
    """Show what the running month will come to, line by line.

    From the readings so far and the forecast of consumption, at the tariff of the month.
    """
    found = await services.of(Billing).forecasts.of_account(credentials, account_id)
    return BillForecastOut.of(found, lambda key, **facts: say(key, language, **facts))
