"""The tokens that a signed-in device holds, and how a device is known again."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.access import Credentials
from app.origin import Origin
from app.security.access_tokens import LIFETIME, AccessTokens
from app.security.secrets import SecretKey, TokenUnreadable, digest


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime
    session_id: UUID
    device_token: str | None
    """None after a refresh whose client sent none."""


@dataclass(frozen=True, slots=True)
class DeviceMark:
    """By what a device is known again: the hash of its token, else address and User-Agent.

    A neighbour behind the same router can send the same address and User-Agent, and the token
    only who has it.
    """

    token_hash: bytes | None
    address: str | None
    agent: str | None

    @property
    def strongest(self) -> bytes:
        """Return the best mark there is: what is kept of who asked last."""
        return self.token_hash or self.looks

    @property
    def looks(self) -> bytes:
        return digest(f"{self.address}\n{self.agent}")


class SessionTokens:
    """Makes both tokens of a session; the refresh token of a generation is always the same."""

    def __init__(self, *, access_tokens: AccessTokens, secret_key: SecretKey) -> None:
        self._access_tokens = access_tokens
        self._secret_key = secret_key

    def refresh_hash(self, credentials: Credentials, *, generation: int = 0) -> bytes:
        """Return what is stored of the refresh token of a generation."""
        return digest(self._refresh_token(credentials, generation))

    def mark(self, origin: Origin) -> DeviceMark:
        """Return by what the device that asks is known again."""
        return DeviceMark(self._device_hash(origin), origin.address, origin.device)

    def device_token(self, origin: Origin) -> str | None:
        """Return the token that the device has sent, if it is one of ours."""
        return origin.device_token if self._device_hash(origin) else None

    def named(self, origin: Origin) -> Origin:
        """Return the origin with the device's token: the one it has sent, or a new one."""
        token = self.device_token(origin) or self._secret_key.device_token()
        return replace(origin, device_token=token)

    def name_hash(self, name: str) -> str:
        """Return what stands in the log for a phone or an account number."""
        return self._secret_key.name_hash(name)

    def issue(
        self,
        credentials: Credentials,
        *,
        generation: int,
        expires_at: datetime,
        now: datetime,
        device_token: str | None,
    ) -> Tokens:
        return Tokens(
            access_token=self._access_tokens.issue(credentials, now=now),
            expires_in=int(LIFETIME.total_seconds()),
            refresh_token=self._refresh_token(credentials, generation),
            refresh_expires_at=expires_at,
            session_id=credentials.session_id,
            device_token=device_token,
        )

    def read(self, refresh_token: str) -> tuple[UUID, UUID, int]:
        """Return organization, session and generation of a refresh token.

        :raises TokenUnreadable: not ours.
        """
        return self._secret_key.read_refresh_token(refresh_token)

    def _device_hash(self, origin: Origin) -> bytes | None:
        try:
            return self._secret_key.device_hash(origin.device_token or "")
        except TokenUnreadable:
            return None

    def _refresh_token(self, credentials: Credentials, generation: int) -> str:
        return self._secret_key.refresh_token(
            organization_id=credentials.organization_id,
            session_id=credentials.session_id,
            generation=generation,
        )
