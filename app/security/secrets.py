"""What is derived from the server's secret keys: codes, refresh tokens, signatures.

Nothing derived here is stored, so a stolen dump of the database opens nothing. Each use has a
sub-key of its own (HKDF, RFC 5869), so that a value made for one purpose never fits another.

The first key makes everything, and every key verifies. So a key can be replaced while codes are
under way and people are signed in.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ID_BYTES: Final = 16
GENERATION_BYTES: Final = 4
SIGNATURE_BYTES: Final = 16
NONCE_BYTES: Final = 12
DEVICE_BYTES: Final = 16
NAME_HASH_DIGITS: Final = 32
SUB_KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
CONTEXT: Final = "cabinet 1 "
"""Begins the `info` of each sub-key; the number is that of the scheme."""

ACTIVATION_LETTERS: Final = "34679ACDEFGHJKMNPQRTWXY"
"""Digits and letters that nobody takes for one another on paper."""
ACTIVATION_LENGTH: Final = 10


class TokenUnreadable(ValueError):
    """Not a token of ours, or one that somebody has touched."""


class SecretKey:
    """The server's secret keys. Whoever holds one can make codes: keep them out of backups."""

    def __init__(self, secret: str, *older: str) -> None:
        self._keys = tuple(_Key(each) for each in (secret, *older))
        self._first = self._keys[0]

    @property
    def id(self) -> str:
        """The name of the key that makes everything now; it tells nothing about the key."""
        return self._first.id

    def knows(self, key_id: str | None) -> bool:
        """Tell whether the key with this name is still among the keys."""
        return any(key.id == key_id for key in self._keys)

    def code(
        self,
        *,
        challenge_id: UUID,
        purpose: str,
        phone: str,
        length: int,
        key_id: str | None = None,
    ) -> str:
        """Return the digits sent by SMS for one challenge; the same whenever they are asked.

        :param key_id: the key that wrote the SMS. The first key stands in for one that is gone:
            nobody has seen what it makes, so the guess is as good as any other.
        """
        key = next((each for each in self._keys if each.id == key_id), self._first)
        digest = key.derive("code", challenge_id.bytes, purpose.encode(), phone.encode())
        # 256 bits against at most 10^8: the remainder's bias is below 10^-69.
        return f"{int.from_bytes(digest) % 10**length:0{length}}"

    def activation_code(self, *, account_number: str, month: str) -> str:
        """Return the code that an account's bill of a month shows, `YYYY-MM`."""
        return next(self.activation_codes(account_number=account_number, month=month))

    def activation_codes(self, *, account_number: str, month: str) -> Iterator[str]:
        """Return what a bill of that month may show, by each key: bills outlive a rotation."""
        for key in self._keys:
            yield _letters(key.derive("activation", account_number.encode(), month.encode()))

    def refresh_token(self, *, organization_id: UUID, session_id: UUID, generation: int) -> str:
        """Return an opaque token that names its session and proves itself with 256 bits."""
        name = organization_id.bytes + session_id.bytes + generation.to_bytes(GENERATION_BYTES)
        return _to_text(name + self._derive("refresh", name))

    def read_refresh_token(self, token: str) -> tuple[UUID, UUID, int]:
        """Return organization, session and generation of a refresh token.

        :raises TokenUnreadable: not ours.
        """
        name, proof = _split(token, at=2 * ID_BYTES + GENERATION_BYTES)
        if not self._is_made_by_us("refresh", name, proof):
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
        maker = None if len(proof) != SIGNATURE_BYTES else self._maker("device", name, proof)
        if maker is None:
            raise TokenUnreadable
        # By the key that made the token: another first key must not make the device a stranger.
        return maker.derive("device hash", name)

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
        if not self._is_made_by_us("seal", payload, signature):
            raise TokenUnreadable
        return payload

    def fingerprint(self, request: bytes) -> bytes:
        """Return what tells two requests apart and can be checked against no guess without us.

        A request may hold a password: its plain hash would let a thief of a dump guess it fast.
        """
        return self._derive("request", request)

    def is_fingerprint(self, kept: bytes, request: bytes) -> bool:
        """Tell whether a fingerprint is this request's, whichever of our keys made it."""
        return self._is_made_by_us("request", request, kept)

    def encrypt(self, plain: bytes, *, about: bytes) -> bytes:
        """Return what may lie in a table although it holds tokens; `about` binds it to its row."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._first.cipher.encrypt(nonce, plain, about)

    def decrypt(self, sealed: bytes, *, about: bytes) -> bytes:
        """Return what was encrypted.

        :raises TokenUnreadable: with another key, or about something else.
        """
        nonce, encrypted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for key in self._keys:
            with suppress(InvalidTag):
                return key.cipher.decrypt(nonce, encrypted, about)
        raise TokenUnreadable

    def _derive(self, label: str, *parts: bytes) -> bytes:
        return self._first.derive(label, *parts)

    def _is_made_by_us(self, label: str, payload: bytes, proof: bytes) -> bool:
        return self._maker(label, payload, proof) is not None

    def _maker(self, label: str, payload: bytes, proof: bytes) -> "_Key | None":
        # All are compared, so that the time does not tell which key made it.
        found = [
            key
            for key in self._keys
            if hmac.compare_digest(proof, key.derive(label, payload)[: len(proof)])
        ]
        return found[0] if found else None


class _Key:
    """One secret and its sub-keys, each made at its first use."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._sub_keys: dict[str, bytes] = {}
        self.id = self.derive("id")[:KEY_ID_BYTES].hex()
        self.cipher = AESGCM(self._sub_key("encrypt"))

    def derive(self, label: str, *parts: bytes) -> bytes:
        message = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self._sub_key(label), message, "sha256")

    def _sub_key(self, label: str) -> bytes:
        known = self._sub_keys.get(label)
        if known is None:
            info = f"{CONTEXT}{label}".encode()
            hkdf = HKDF(algorithm=SHA256(), length=SUB_KEY_BYTES, salt=None, info=info)
            known = self._sub_keys[label] = hkdf.derive(self._secret)
        return known


def digest(token: str) -> bytes:
    """Return what is stored of a long random token."""
    return sha256(token.encode()).digest()


def _letters(digest: bytes) -> str:
    number = int.from_bytes(digest)
    # 256 bits against 23^10: the remainder's bias is below 10^-63.
    letters = []
    for _ in range(ACTIVATION_LENGTH):
        number, letter = divmod(number, len(ACTIVATION_LETTERS))
        letters.append(ACTIVATION_LETTERS[letter])
    return "".join(letters)


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
