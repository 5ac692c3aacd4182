from uuid import UUID

from fastapi import UploadFile
from pydantic import ConfigDict, Field

from app.models.orders.attachment import OrderAttachment
from app.models.orders.file_types import FileType
from app.models.orders.order_status import Side
from app.schemas.base import STORABLE, In, Moment, Out


class OrderAttachmentIn(In):
    """A form with a file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: UploadFile
    document_code: str = Field(
        min_length=1,
        max_length=40,
        pattern=STORABLE,
        description="One of the service's `documents`",
    )


class OrderAttachmentOut(Out):
    """A document of an order."""

    id: UUID
    document_code: str = Field(description="By the service; `act` is the operator's")
    by: Side
    name: str = Field(description="For saving it", examples=["plan.pdf"])
    media_type: FileType = Field(description="By its content")
    size: int = Field(description="Bytes as kept: pictures are drawn anew, without EXIF")
    sha256: str = Field(description="Of the bytes as kept")
    added_at: Moment

    @classmethod
    def of(cls, row: OrderAttachment) -> "OrderAttachmentOut":
        return cls.model_validate(
            {
                "id": row.id,
                "document_code": row.document_code,
                "by": row.side,
                "name": row.name,
                "media_type": row.media_type,
                "size": row.size,
                "sha256": row.sha256,
                "added_at": row.added_at,
            }
        )
