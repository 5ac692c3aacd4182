from enum import StrEnum
from typing import Literal

from pydantic import Field

from app.schemas.base import In
from app.schemas.billing.balances import StatementQuery


class ExportFormat(StrEnum):
    """New values may come."""

    PDF = "pdf"
    """A reconciliation act for both sides to sign, PDF/A."""
    XLSX = "xlsx"
    CSV = "csv"


class ExportQuery(StatementQuery):
    format: ExportFormat = Field(
        ExportFormat.PDF, description="`pdf`: a reconciliation act; `xlsx`, `csv`: its rows"
    )


class DocumentQuery(In):
    format: Literal["pdf"] = Field("pdf", description="PDF/A, with the payment code")
