"""A debt that the customer disputes: no payment is set against it until the dispute ends."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from app.models.billing.allocation import OpenPart
from app.models.billing.posting import Document, DocumentType, Posting, PostingKind


def reclassified(part: OpenPart, dispute_id: UUID, *, ends: bool, on: date) -> Posting:
    """Return what moves a debt between its class and the disputed ones."""
    before, after = replace(part, is_disputed=ends), replace(part, is_disputed=not ends)
    return Posting.of(
        "dispute_end" if ends else "dispute",
        f"{dispute_id}/{part.charge}",
        PostingKind.ADJUSTMENT,
        on,
        (before.book, -part.outstanding),
        (after.book, part.outstanding),
        document=Document(DocumentType.INVOICE, part.invoice_id, part.number),
    )
