import asyncio
import re
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.billing.shown import StatementRangeInvalid, StatementTooLong
from app.models.payments.papers import PaperUnavailable, PrintedPaper
from app.models.payments.slip import RecipientUnknown
from app.renderings.statement_tables import StatementTable, statement_csv, statement_xlsx
from app.routers.deps import AppServices, Language, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.payments.papers import DocumentQuery, ExportFormat, ExportQuery
from app.services.payments.papers import AccountStatement
from app.services.payments.use_cases import Payments
from app.texts import Locale, say

router = APIRouter(
    tags=["payments"],
    responses=problems(
        OwnershipPending, PermissionMissing, NotFound, RecipientUnknown, PaperUnavailable
    ),
)

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME: Final = 100


class PdfResponse(Response):
    media_type = PDF


def _answers(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    content = dict.fromkeys(media_types, BINARY)
    return {HTTPStatus.OK.value: {"description": description, "content": content}}


@router.get(
    "/invoices/{invoice_id}/document",
    response_class=PdfResponse,
    responses=_answers("The invoice, in Ukrainian", PDF),
)
async def get_invoice_document(
    invoice_id: UUID,
    _query: Annotated[DocumentQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
) -> Response:
    """Download an invoice as PDF/A, with the payment code of what is still owed.

    Papers are in Ukrainian in every language of the cabinet.
    """
    return _saved(await services.of(Payments).papers.invoice(credentials, invoice_id))


@router.get(
    "/accounts/{account_id}/statement/export",
    response_class=Response,
    responses={
        **_answers("The statement in the format asked for", PDF, XLSX, CSV),
        **problems(LinkScopeMissing, StatementRangeInvalid, StatementTooLong),
    },
)
async def export_statement(
    account_id: UUID,
    query: Annotated[ExportQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> Response:
    """Download what moved an account's balance: a reconciliation act, or rows for a table.

    The act is PDF/A in Ukrainian, with up to 2000 rows. CSV is UTF-8 with commas, amounts with a
    point; `detail` and the names of XLSX's columns are in the caller's language.
    """
    papers = services.of(Payments).papers
    first, last = query.from_, query.to
    if query.format is ExportFormat.PDF:
        return _saved(await papers.act(credentials, account_id, first=first, last=last))
    found = await papers.statement(credentials, account_id, first=first, last=last)
    # A tenth of a second for the longest: in a thread, others are served meanwhile.
    content = await asyncio.to_thread(_table, found, query.format, language)
    media_type = XLSX if query.format is ExportFormat.XLSX else CSV
    return Response(
        content,
        media_type=media_type,
        headers=_saved_as(f"{_name(found)}.{query.format.value}"),
    )


def _table(found: AccountStatement, wanted: ExportFormat, language: Locale) -> bytes:
    def words(key: str, **facts: Any) -> str:
        return say(key, language, **facts)

    table = StatementTable(found.statement, words)
    if wanted is ExportFormat.CSV:
        return statement_csv(table)
    title = words("statement.title", account_number=found.customer.account_number)
    return statement_xlsx(table, title=title)


def _name(found: AccountStatement) -> str:
    days = found.statement.days
    return f"statement-{found.customer.account_number}-{days.first}-{days.last}"


def _saved(paper: PrintedPaper) -> Response:
    headers = _saved_as(paper.name)
    return PdfResponse(paper.content, headers=headers)


def _saved_as(name: str) -> dict[str, str]:
    """Return the header by which a browser saves a file; numbers of others may hold anything."""
    safe = UNSAFE.sub("_", name)[-LONGEST_NAME:].lstrip(".")
    return {"Content-Disposition": f'attachment; filename="{safe}"'}
