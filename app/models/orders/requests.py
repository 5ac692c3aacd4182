"""What a customer asks for with an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom the operator talks to about the order."""

    name: str
    phone: str
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    service_code: str
    account_id: UUID
    metering_point_id: UUID | None
    answers: Mapping[str, Any]
    contact: Contact
    comment: str | None
    submit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """What is changed in an order; None: as it is."""

    answers: Mapping[str, Any] | None = None
    contact: Contact | None = None
    comment: str | None = None
