"""The pair of tokens that a signed-in device holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import Credentials
from app.security.access_tokens import LIFETIME, AccessTokens
from app.security.secrets import SecretKey, digest


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime
    session_id: UUID


class SessionTokens:
    """Makes both tokens of a session; the refresh token of a generation is always the same."""

    def __init__(self, *, access_tokens: AccessTokens, secret_key: SecretKey) -> None:
        self._access_tokens = access_tokens
        self._secret_key = secret_key

    def refresh_hash(self, credentials: Credentials, *, generation: int = 0) -> bytes:
        """Return what is stored of the refresh token of a generation."""
        return digest(self._refresh_token(credentials, generation))

    def issue(
        self, credentials: Credentials, *, generation: int, expires_at: datetime, now: datetime
    ) -> Tokens:
        return Tokens(
            access_token=self._access_tokens.issue(credentials, now=now),
            expires_in=int(LIFETIME.total_seconds()),
            refresh_token=self._refresh_token(credentials, generation),
            refresh_expires_at=expires_at,
            session_id=credentials.session_id,
        )

    def read(self, refresh_token: str) -> tuple[UUID, UUID, int]:
        """Return organization, session and generation of a refresh token.

        :raises TokenUnreadable: not ours.
        """
        return self._secret_key.read_refresh_token(refresh_token)

    def _refresh_token(self, credentials: Credentials, generation: int) -> str:
        return self._secret_key.refresh_token(
            organization_id=credentials.organization_id,
            session_id=credentials.session_id,
            generation=generation,
        )
