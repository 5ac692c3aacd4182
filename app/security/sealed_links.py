"""What an address carries so that it opens without a sign-in: encrypted, and only for minutes."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.security.secrets import SecretKey, TokenUnreadable

WORDS: Final = "words"
UNTIL: Final = "until"


@dataclass(frozen=True, slots=True)
class SealedLinks:
    """Links of one kind: one that was made for another purpose is none here."""

    secret_key: SecretKey
    purpose: str

    def write(self, *words: str, until: datetime) -> str:
        """Return a token that holds the words, hides them, and ends at a moment."""
        plain = json.dumps({WORDS: words, UNTIL: until.timestamp()}).encode()
        sealed = self.secret_key.encrypt(plain, about=self._about)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, token: str, *, now: datetime) -> list[str]:
        """Return the words of a token.

        :raises TokenUnreadable: not ours, of another purpose, or over.
        """
        try:
            padded = token + "=" * (-len(token) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
            held = json.loads(self.secret_key.decrypt(sealed, about=self._about))
        except ValueError:  # no base64, too short for a nonce, or not sealed by us
            raise TokenUnreadable from None
        if held[UNTIL] <= now.timestamp():
            raise TokenUnreadable
        words: list[str] = held[WORDS]
        return words

    @property
    def _about(self) -> bytes:
        return f"link {self.purpose}".encode()
