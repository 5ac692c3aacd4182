from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import Out


class FieldError(Out):
    """One thing wrong with one field."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the body; for a parameter, its name",
        examples=["/readings/0/value"],
    )
    parameter: str | None = Field(
        description="The name of the query, path or header parameter; null for the body",
        examples=[None],
    )
    code: str = Field(
        description="Stable, for programs; new codes may be added", examples=["missing"]
    )
    detail: str = Field(
        description="What is wrong and how to put it right, in the caller's language",
        examples=["This field is required."],
    )


class Problem(Out):
    """A refusal (RFC 9457). Programs branch on `code`; people read `title` and `detail`.

    Some codes carry members of their own beside these.
    """

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="The address of a page that explains the code",
        examples=["/problems/validation_failed"],
    )
    title: str = Field(examples=["Please check what you entered"])
    status: int = Field(examples=[422])
    code: str = Field(
        description="Stable, for programs; new codes may be added",
        examples=["validation_failed"],
    )
    detail: str = Field(examples=["Some fields are not filled in correctly."])
    instance: str = Field(description="The path of the request", examples=["/v1/sign-ups"])
    request_id: str = Field(
        description="What to tell the contact centre; also in the header X-Request-ID",
        examples=["7c9e6679f7424d93a3d2f5b0c1e4a8b6"],
    )
    errors: list[FieldError] = Field(
        description="Every field that is wrong; empty when the request as a whole is refused"
    )


class ProblemFinding(Out):
    """Why a reading is unusual."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) to the value in the body",
        examples=["/readings/0/value"],
    )
    code: str = Field(
        description="Stable, for programs; new codes may be added", examples=["high_consumption"]
    )
    detail: str = Field(
        description="What is unusual, in the caller's language",
        examples=["The consumption is well above the usual."],
    )


class ExpectedValues(Out):
    """Between which values a register was expected to stand."""

    register_id: UUID = Field(description="The register that was read")
    low: str | None = Field(
        description="The lowest usual value, in the register's own units; null when it is unknown",
        examples=["17500.000"],
    )
    high: str | None = Field(
        description="The highest usual value, in the register's own units; null when it is unknown",
        examples=["18200.000"],
    )
