"""What customers send about orders."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models.orders.requests import Contact, OrderChange, OrderRequest
from app.schemas.base import STORABLE, In
from app.schemas.identity.sign_ups import Phone

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=STORABLE)
]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=STORABLE)
]
Email = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^@\s\x00]{1,100}@[^@\s\x00]{1,90}$")
]


class ContactIn(In):
    """Whom the operator talks to about the order."""

    name: Line
    phone: Phone
    email: Email | None = None

    def meant(self) -> Contact:
        return Contact(name=self.name, phone=self.phone, email=self.email)


class OrderIn(In):
    service_code: str = Field(max_length=40, pattern=STORABLE, examples=["meter_replace"])
    account_id: UUID
    metering_point_id: UUID | None = Field(
        default=None, description="Of the account; needed where the service says so"
    )
    answers: dict[str, Any] = Field(
        default_factory=dict, description="By the `form` of the service", max_length=100
    )
    contact: ContactIn
    comment: Prose | None = None
    submit: bool = Field(
        default=True, description="`false` keeps a draft, to which documents can be attached"
    )

    def meant(self) -> OrderRequest:
        return OrderRequest(
            service_code=self.service_code,
            account_id=self.account_id,
            metering_point_id=self.metering_point_id,
            answers=self.answers,
            contact=self.contact.meant(),
            comment=self.comment,
            submit=self.submit,
        )


class OrderChangeIn(In):
    """What to change; what is left out stays."""

    answers: dict[str, Any] | None = Field(default=None, max_length=100)
    contact: ContactIn | None = None
    comment: Prose | None = None

    def meant(self) -> OrderChange:
        contact = self.contact.meant() if self.contact else None
        return OrderChange(answers=self.answers, contact=contact, comment=self.comment)


class OrderCancellationIn(In):
    reason: Prose


class OrderMessageIn(In):
    text: Prose
