from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import StreamingResponse

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.orders.attachment import (
    DocumentUnknown,
    FileEmpty,
    FileInfected,
    FileTooLarge,
    ImageUnreadable,
    OrderAttachment,
    ScannerUnavailable,
    StorageUnavailable,
    TooManyAttachments,
)
from app.models.orders.file_types import LARGEST, FileType, FileTypeRefused
from app.models.orders.order_status import OrderNotChangeable
from app.restraints import HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.http.body_limits import KIBIBYTE, takes_files
from app.routers.problems.handlers import problems
from app.schemas.orders.attachments import OrderAttachmentIn, OrderAttachmentOut
from app.services.orders.use_cases import Orders

router = APIRouter(
    prefix="/orders/{order_id}/attachments",
    tags=["orders"],
    responses=problems(OwnershipPending, PermissionMissing, NotFound, LinkScopeMissing),
)

AROUND: Final = 8 * KIBIBYTE
"""Bytes of a form beside its file."""
FILES: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "description": "The file",
        "content": {
            kind.value: {"schema": {"type": "string", "format": "binary"}} for kind in FileType
        },
    }
}


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        OrderNotChangeable,
        DocumentUnknown,
        TooManyAttachments,
        FileTooLarge,
        FileEmpty,
        FileTypeRefused,
        ImageUnreadable,
        FileInfected,
        ScannerUnavailable,
        StorageUnavailable,
        HoldAfterReset,
    ),
)
@takes_files(LARGEST + AROUND)
async def attach_document(
    order_id: UUID,
    form: Annotated[OrderAttachmentIn, Form(media_type="multipart/form-data")],
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
) -> OrderAttachmentOut:
    """Attach a document to a draft, or to an order that the operator has asked about.

    PDF, JPEG, PNG, P7S or ASiC-E up to 10 MiB, known by its content. Pictures are drawn anew,
    without EXIF. The same file as the same document again is the same attachment.
    """
    added = await services.of(Orders).attachments.add(
        credentials,
        order_id,
        document_code=form.document_code,
        source=form.file.file,
        name=form.file.filename,
        origin=origin,
    )
    return OrderAttachmentOut.of(added)


@router.get("/{attachment_id}", response_class=StreamingResponse, responses=FILES)
async def get_attachment(
    order_id: UUID, attachment_id: UUID, credentials: SignedIn, services: AppServices
) -> StreamingResponse:
    """Download a document, to be saved and not shown."""
    found = await services.of(Orders).attachments.open(credentials, order_id, attachment_id)
    return StreamingResponse(
        found.pieces, media_type=found.attachment.media_type, headers=_saved_as(found.attachment)
    )


@router.delete(
    "/{attachment_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(OrderNotChangeable, HoldAfterReset),
)
async def remove_attachment(
    order_id: UUID,
    attachment_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
) -> None:
    """Remove a document that the customer has attached, while the order may be changed."""
    await services.of(Orders).attachments.remove(
        credentials, order_id, attachment_id, origin=origin
    )


def _saved_as(attachment: OrderAttachment) -> dict[str, str]:
    """Return the headers by which a browser saves a file under its name (RFC 6266)."""
    plain = f"document{FileType(attachment.media_type).extension}"
    encoded = quote(attachment.name, safe="")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}",
        "Content-Length": str(attachment.size),
    }
