from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import In, Out
from app.schemas.codes import LongCode
from app.schemas.identity.sessions import OneNameIn
from app.schemas.identity.sign_ups import CodeOut, Password


class PasswordResetIn(OneNameIn):
    """An organization's owner by account number, or any member by their own phone."""


class ResetCodeOut(CodeOut):
    length: int = Field(examples=[8])


class PasswordResetOut(Out):
    """The same whether or not anybody has registered the account or the phone."""

    id: UUID
    code: ResetCodeOut


class PasswordResetConfirmationIn(In):
    code: LongCode
    new_password: Password


class PasswordChangeIn(In):
    current_password: Annotated[str, Field(max_length=1024, examples=["Qwer123!"])]
    new_password: Password
