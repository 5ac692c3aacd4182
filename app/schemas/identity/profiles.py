from typing import Annotated, Literal, cast

from pydantic import MISSING, AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.models.identity.member import ProfileChanges
from app.schemas.base import In


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("not_printable", "control characters are no part of a name")
    return text


PersonName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_printable),
    Field(examples=["Олена Кравець"]),
]


class ProfileIn(In):
    """What is left out stays as it is; `null` takes the name away."""

    full_name: PersonName | MISSING | None = MISSING
    locale: Literal["uk", "en", "ru"] | MISSING = MISSING

    def changes(self) -> ProfileChanges:
        # What is MISSING is not dumped.
        return cast("ProfileChanges", self.model_dump())
