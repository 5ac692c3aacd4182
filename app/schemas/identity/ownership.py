from pydantic import Field

from app.schemas.base import In, Moment, Out


class OwnershipProofIn(In):
    activation_code: str = Field(
        min_length=1,
        max_length=64,
        description="From a bill of this month or the two before; spaces and case do not matter",
        examples=["4AC7D-KM9XQ"],
    )


class OwnershipProofOut(Out):
    """A proof that waits, because the operator has another phone on file."""

    effective_at: Moment = Field(
        description="From then on the company is yours, unless the phone on file signs up first"
    )
