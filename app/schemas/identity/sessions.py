from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.identifiers import parse_phone
from app.models.identity.session import ShownSession
from app.schemas.base import In, Moment, Out, parsed


class OneNameIn(In):
    """An organization's owner by account number, or any member by their own phone."""

    account_number: Annotated[str, Field(max_length=32, examples=["1000000748"])] | None = None
    phone: Annotated[str, parsed(parse_phone), Field(max_length=32)] | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.account_number is None) == (self.phone is None):
            raise PydanticCustomError("account_number_or_phone", "one of the two is needed")
        return self

    @property
    def name(self) -> str:
        """The one of the two that was given, which may be empty."""
        return (self.phone if self.account_number is None else self.account_number) or ""


class SignInIn(OneNameIn):
    """An organization's owner by account number, or any member by their own phone."""

    password: Annotated[str, Field(max_length=1024, examples=["Qwer123!"])]


class RefreshIn(In):
    refresh_token: Annotated[str, Field(max_length=512)]


class SessionTokensOut(Out):
    access_token: str = Field(description="Send it as `Authorization: Bearer ...`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int = Field(description="Seconds the access token lives", examples=[600])
    refresh_token: str
    refresh_expires_at: Moment
    session_id: UUID


class TokensOut(SessionTokensOut):
    device_token: str = Field(
        description="Names this device: keep it, also after signing out, and send it as "
        "`X-Device-Token` with sign-in, reset and refresh",
        examples=["q83vEjRWeJCrze8SNFZ4kJq6dxYyMTQ1Njc4OTAxMjM"],
    )


class RefreshedOut(SessionTokensOut):
    device_token: str | None = Field(
        description="The one that was sent; null where none of ours was",
        examples=["q83vEjRWeJCrze8SNFZ4kJq6dxYyMTQ1Njc4OTAxMjM"],
    )


class SessionOut(Out):
    """A device on which you are signed in."""

    id: UUID
    device: str | None = Field(description="What the client called itself", examples=["Firefox"])
    address: str | None = Field(description="From where you signed in", examples=["192.0.2.7"])
    created_at: Moment
    last_seen_at: Moment = Field(description="The sign-in, or the latest refresh")
    current: bool = Field(description="The session that asks")

    @classmethod
    def of(cls, shown: ShownSession) -> "SessionOut":
        return cls.built(
            id=shown.id,
            device=shown.device,
            address=shown.address,
            created_at=shown.created_at,
            last_seen_at=shown.last_seen_at,
            current=shown.is_current,
        )


class KeyOut(Out):
    """A public key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"
    kid: str = Field(description="The `kid` of the tokens that it has signed")
    x: str = Field(description="The public key, base64url")


class JwksOut(Out):
    keys: list[KeyOut]
