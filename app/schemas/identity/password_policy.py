from typing import Literal

from pydantic import Field

from app.models.identity import password_policy
from app.schemas.base import Out
from app.texts import Locale, say


class CharacterClassOut(Out):
    code: Literal["lower_case", "upper_case", "digit", "symbol"]
    characters: str = Field(
        description="At least one of these must be there",
        examples=["abcdefghijklmnopqrstuvwxyz"],
    )
    missing: str = Field(
        description="The code of the flaw when none is there", examples=["no_lower_case"]
    )
    hint: str = Field(examples=["Add a lower-case Latin letter."])


class PasswordPolicyOut(Out):
    """The rules for passwords.

    Lengths, alphabet and classes can be checked while typing; common passwords and identifiers
    are checked by the server.
    """

    min_length: int = Field(examples=[8])
    max_length: int = Field(examples=[128])
    alphabet: str = Field(description="Every character that a password may have")
    required: list[CharacterClassOut]
    rejects_common: bool = Field(description="Common passwords are refused: `too_common`")
    rejects_identifiers: bool = Field(
        description="The phone, account number and tax id are refused: `contains_identifier`"
    )
    example: str = Field(examples=["Qwer123!"])
    hint: str = Field(description="One sentence to show beside the field")

    @classmethod
    def current(cls, locale: Locale) -> "PasswordPolicyOut":
        return cls(
            min_length=password_policy.MIN_LENGTH,
            max_length=password_policy.MAX_LENGTH,
            alphabet="".join(sorted(password_policy.ALPHABET)),
            required=[
                CharacterClassOut.model_validate(
                    {
                        "code": missing.removeprefix("no_"),
                        "characters": "".join(sorted(members)),
                        "missing": missing,
                        "hint": say(f"flaw.password_too_weak.{missing}", locale),
                    }
                )
                for missing, members in password_policy.CLASSES.items()
            ],
            rejects_common=True,
            rejects_identifiers=True,
            example=password_policy.EXAMPLE,
            hint=say(
                "password_policy.hint",
                locale,
                min_length=password_policy.MIN_LENGTH,
                example=password_policy.EXAMPLE,
            ),
        )
