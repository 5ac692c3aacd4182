"""Access tokens: JWTs signed with Ed25519 (RFC 8037), verified once, then cached (RFC 9068)."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from app.access import Credentials
from app.errors import Unauthenticated
from app.security.secrets import digest

LIFETIME: Final = timedelta(minutes=10)
AUDIENCE: Final = "cabinet"
TYPE: Final = "at+jwt"
REQUIRED: Final = ["iss", "aud", "exp", "iat", "jti", "sid", "sub", "org"]
REMEMBERED: Final = 20_000
"""Verified tokens kept in memory, about 10 MB at the most."""
PEM_END: Final = "-----END PRIVATE KEY-----"


class TokenRejected(Unauthenticated):
    """No token, or one that is forged, expired or made for somebody else; we do not say which."""

    code = "token_rejected"


class KeysUnreadable(ValueError):
    """The configured signing keys are not Ed25519 private keys in PEM."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What others verify our tokens with: an Ed25519 key as RFC 8037 writes it."""

    kid: str
    x: str


class AccessTokens:
    """Signs access tokens with the first key and believes what any of the keys has signed."""

    def __init__(self, *, keys_pem: str, issuer: str) -> None:
        keys = _load(keys_pem)
        self._issuer = issuer
        self._signing_id, self._signing_key = keys[0]
        self._public = {key_id: key.public_key() for key_id, key in keys}
        self._verified: dict[str, tuple[Credentials, float]] = {}

    @property
    def public_keys(self) -> list[PublicKey]:
        """The keys to believe, the one that signs now first."""
        return [PublicKey(kid, _raw(key)) for kid, key in self._public.items()]

    def issue(self, credentials: Credentials, *, now: datetime) -> str:
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": uuid4().hex,
            "sub": str(credentials.member_id),
            "sid": str(credentials.session_id),
            "org": str(credentials.organization_id),
        }
        return jwt.encode(
            claims,
            self._signing_key,
            algorithm="EdDSA",
            headers={"typ": TYPE, "kid": self._signing_id},
        )

    def verify(self, token: str, *, now: datetime) -> Credentials:
        """Return what a token says.

        :raises TokenRejected: it says nothing we believe.
        """
        known = self._verified.get(token)
        if known is None:
            known = self._verify(token)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[token] = known
        credentials, expires = known
        if expires <= now.timestamp():
            self._verified.pop(token, None)
            raise TokenRejected
        return credentials

    def _verify(self, token: str) -> tuple[Credentials, float]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TYPE:
                raise TokenRejected
            claims = jwt.decode(
                token,
                self._public[header["kid"]],
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=self._issuer,
                # The moment is the caller's: our clock, not PyJWT's, decides what has expired.
                options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            return Credentials(
                organization_id=UUID(claims["org"]),
                session_id=UUID(claims["sid"]),
                member_id=UUID(claims["sub"]),
            ), float(claims["exp"])
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
            raise TokenRejected from None


def require_keys(keys_pem: str) -> None:
    """Let pass what `AccessTokens` can sign and verify with.

    :raises KeysUnreadable:
    """
    _load(keys_pem)


def _load(keys_pem: str) -> list[tuple[str, Ed25519PrivateKey]]:
    keys = []
    for chunk in keys_pem.replace("\\n", "\n").split(PEM_END):
        if not chunk.strip():
            continue
        try:
            key = load_pem_private_key((chunk.strip() + f"\n{PEM_END}\n").encode(), None)
        except (ValueError, TypeError):
            raise KeysUnreadable("not a private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeysUnreadable("not an Ed25519 key")
        keys.append((_key_id(key), key))
    if not keys:
        raise KeysUnreadable("no key")
    return keys


def _raw(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key_id(key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return digest(public.hex()).hex()[:16]
