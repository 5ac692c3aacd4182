import unicodedata
from datetime import datetime
from pathlib import PureWindowsPath
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from app.errors import Conflict, Invalid, TooLarge, Unavailable
from app.models.base import Base, Owned
from app.models.orders.file_types import FileType

MOST_ATTACHMENTS: Final = 20
"""Of one order."""
ACT: Final = "act"
"""The document that the operator adds: the act of what was done."""
LONGEST_NAME: Final = 120


class TooManyAttachments(Conflict):
    code = "too_many_attachments"
    members = ("most",)


class DocumentUnknown(Invalid):
    """The service asks for no such document."""

    code = "document_unknown"


class FileTooLarge(TooLarge):
    """More bytes than one file may have."""

    code = "file_size_refused"
    members = ("most_bytes",)


class FileEmpty(Invalid):
    code = "file_empty"


class FileInfected(Invalid):
    """The antivirus has found something."""

    code = "file_infected"


class ImageUnreadable(Invalid):
    """It begins as a picture and is none, or is larger than any camera makes."""

    code = "image_unreadable"


class ScannerUnavailable(Unavailable):
    """The antivirus does not answer, and nothing is taken unscanned."""

    code = "scanner_unavailable"


class StorageUnavailable(Unavailable):
    """Files cannot be kept now: the disk is full, or away."""

    code = "storage_unavailable"


class OrderAttachment(Owned, Base):
    """A file of an order. The bytes are kept apart, under `id`."""

    __tablename__ = "order_attachments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
        Index("ix_order_attachments_order", "organization_id", "order_id"),
    )

    order_id: Mapped[UUID]
    document_code: Mapped[str]
    side: Mapped[str]
    name: Mapped[str]
    """As it is offered for saving; never a path, and never where the file is kept."""
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    added_at: Mapped[datetime]

    @property
    def key(self) -> str:
        return str(self.id)


def safe_name(given: str | None, kind: FileType) -> str:
    """Return a name without a path and without what no screen shows, with the true extension."""
    stem = PureWindowsPath((given or "").replace("/", "\\")).stem
    shown = unicodedata.normalize("NFC", stem)
    kept = "".join(each for each in shown if each.isprintable() and each not in '<>:"|?*%')
    return f"{kept.strip(' .')[:LONGEST_NAME] or 'document'}{kind.extension}"
