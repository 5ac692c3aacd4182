"""What is derived from the server's one secret key: codes, refresh tokens, signatures.

Nothing derived here is stored, so a stolen dump of the database opens nothing. Each use has its
own label, so that a value made for one purpose never fits another.
"""

import base64
import binascii
import hmac
import os
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ID_BYTES: Final = 16
GENERATION_BYTES: Final = 4
SIGNATURE_BYTES: Final = 16
NONCE_BYTES: Final = 12
DEVICE_BYTES: Final = 16
NAME_HASH_DIGITS: Final = 32

ACTIVATION_LETTERS: Final = "34679ACDEFGHJKMNPQRTWXY"
"""Digits and letters that nobody takes for one another on paper."""
ACTIVATION_LENGTH: Final = 10


class TokenUnreadable(ValueError):
    """Not a token of ours, or one that somebody has touched."""


class SecretKey:
    """The server's secret key. Whoever holds it can make every code: keep it out of backups."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cipher = AESGCM(self._derive("encrypt"))

    def code(self, *, challenge_id: UUID, purpose: str, phone: str, length: int) -> str:
        """Return the digits sent by SMS for one challenge; the same whenever they are asked."""
        digest = self._derive("code", challenge_id.bytes, purpose.encode(), phone.encode())
        # 256 bits against at most 10^8: the remainder's bias is below 10^-69.
        return f"{int.from_bytes(digest) % 10**length:0{length}}"

    def activation_code(self, *, account_number: str, month: str) -> str:
        """Return the code that an account's bill of a month shows, `YYYY-MM`."""
        number = int.from_bytes(self._derive("activation", account_number.encode(), month.encode()))
        # 256 bits against 23^10: the remainder's bias is below 10^-63.
        letters = []
        for _ in range(ACTIVATION_LENGTH):
            number, letter = divmod(number, len(ACTIVATION_LETTERS))
            letters.append(ACTIVATION_LETTERS[letter])
        return "".join(letters)

    def refresh_token(self, *, organization_id: UUID, session_id: UUID, generation: int) -> str:
        """Return an opaque token that names its session and proves itself with 256 bits."""
        name = organization_id.bytes + session_id.bytes + generation.to_bytes(GENERATION_BYTES)
        return _to_text(name + self._derive("refresh", name))

    def read_refresh_token(self, token: str) -> tuple[UUID, UUID, int]:
        """Return organization, session and generation of a refresh token.

        :raises TokenUnreadable: not ours.
        """
        name, proof = _split(token, at=2 * ID_BYTES + GENERATION_BYTES)
        if not hmac.compare_digest(proof, self._derive("refresh", name)):
            raise TokenUnreadable
        return (
            UUID(bytes=name[:ID_BYTES]),
            UUID(bytes=name[ID_BYTES : 2 * ID_BYTES]),
            int.from_bytes(name[2 * ID_BYTES :]),
        )

    def device_token(self) -> str:
        """Return a new name for a device: 128 random bits, and the proof that we gave it."""
        name = os.urandom(DEVICE_BYTES)
        return _to_text(name + self._derive("device", name)[:SIGNATURE_BYTES])

    def device_hash(self, token: str) -> bytes:
        """Return what is stored of a device's token.

        :raises TokenUnreadable: not ours.
        """
        name, proof = _split(token, at=DEVICE_BYTES)
        if len(proof) != SIGNATURE_BYTES:
            raise TokenUnreadable
        if not hmac.compare_digest(proof, self._derive("device", name)[:SIGNATURE_BYTES]):
            raise TokenUnreadable
        return self._derive("device hash", name)

    def name_hash(self, name: str) -> str:
        """Return what stands in the log for a phone or an account number."""
        return self._derive("name", name.encode()).hex()[:NAME_HASH_DIGITS]

    def seal(self, payload: bytes) -> str:
        """Return a payload that clients carry and cannot change: a list's cursor."""
        return _to_text(self._derive("seal", payload)[:SIGNATURE_BYTES] + payload)

    def unseal(self, sealed: str) -> bytes:
        """Return what was sealed.

        :raises TokenUnreadable: not ours.
        """
        signature, payload = _split(sealed, at=SIGNATURE_BYTES)
        if not hmac.compare_digest(signature, self._derive("seal", payload)[:SIGNATURE_BYTES]):
            raise TokenUnreadable
        return payload

    def encrypt(self, plain: bytes, *, about: bytes) -> bytes:
        """Return what may lie in a table although it holds tokens; `about` binds it to its row."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def decrypt(self, sealed: bytes, *, about: bytes) -> bytes:
        """Return what was encrypted.

        :raises TokenUnreadable: with another key, or about something else.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except InvalidTag:
            raise TokenUnreadable from None

    def _derive(self, label: str, *parts: bytes) -> bytes:
        message = b"".join(len(part).to_bytes(4) + part for part in (label.encode(), *parts))
        return hmac.digest(self._secret, message, "sha256")


def digest(token: str) -> bytes:
    """Return what is stored of a long random token."""
    return sha256(token.encode()).digest()


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _split(text: str, *, at: int) -> tuple[bytes, bytes]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenUnreadable from None
    if len(raw) < at or _to_text(raw) != text:
        raise TokenUnreadable
    return raw[:at], raw[at:]
