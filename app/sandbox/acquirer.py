"""An acquirer that speaks monobank's protocol, with true signatures and no money.

Its page lets a person pay, be declined, let the page expire, or be slow. Notifications are
repeated and reordered, as those of a real one may be.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.clock import Clock
from app.models.payments.acquiring import UAH

MOST_KEPT: Final = 1000
FEE_PERCENT: Final = 1
LONGEST_VALID: Final = 86_400
OPEN: Final = frozenset({"created", "processing"})


class Refused(Exception):
    """The request is answered with an error of the protocol."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(code)
        self.status = status
        self.answer = {"errCode": code, "errText": text}


@dataclass(slots=True)
class SandboxCharge:
    """One `invoice` in the protocol's words, and where it is told about."""

    id: str
    told_to: str
    returns_to: str | None
    expires_at: datetime
    said: dict[str, Any]
    history: list[dict[str, Any]] = field(default_factory=list)
    """Every state that it has had, as a notification says it."""

    @property
    def status(self) -> str:
        return str(self.said["status"])


class SandboxAcquirer:
    """The charges of the sandbox, in memory; the oldest are forgotten first."""

    def __init__(self, clock: Clock, *, token: str) -> None:
        self._clock = clock
        self._token = token
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._charges: dict[str, SandboxCharge] = {}

    def require_token(self, given: str) -> None:
        """Let pass who has the shop's token.

        :raises Refused:
        """
        if not self._token or not compare_digest(given.encode(), self._token.encode()):
            raise Refused(403, "FORBIDDEN", "unknown X-Token")

    def public_key(self) -> str:
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(pem).decode()

    def sign(self, body: bytes) -> str:
        return b64encode(self._key.sign(body, ec.ECDSA(SHA256()))).decode()

    def create(self, asked: Mapping[str, Any]) -> SandboxCharge:
        """Open a page.

        :raises Refused: a request that the protocol does not allow.
        """
        about = asked.get("merchantPaymInfo")
        amount, reference = asked.get("amount"), (about or {}).get("reference")
        if not isinstance(amount, int) or amount <= 0 or asked.get("ccy", UAH) != UAH:
            raise Refused(400, "BAD_REQUEST", "amount or ccy")
        if any(each.said["reference"] == reference for each in self._charges.values()):
            raise Refused(400, "BAD_REQUEST", "reference is not unique")
        now, valid = self._clock.now(), min(int(asked.get("validity", 3600)), LONGEST_VALID)
        number = f"p2_{uuid4().hex[:12]}"
        charge = SandboxCharge(
            id=number,
            told_to=str(asked.get("webHookUrl", "")),
            returns_to=asked.get("redirectUrl"),
            expires_at=now + timedelta(seconds=valid),
            said={
                "invoiceId": number,
                "status": "created",
                "amount": amount,
                "ccy": UAH,
                "createdDate": _moment(now),
                "modifiedDate": _moment(now),
                "reference": reference,
                "destination": (about or {}).get("destination", ""),
                "cancelList": [],
            },
        )
        charge.history.append(dict(charge.said))
        while len(self._charges) >= MOST_KEPT:
            del self._charges[next(iter(self._charges))]
        self._charges[number] = charge
        return charge

    def find(self, number: str) -> SandboxCharge:
        """Return a charge as it is now: a page that nobody paid on has expired.

        :raises Refused: there is none.
        """
        charge = self._charges.get(number)
        if charge is None:
            raise Refused(404, "NOT_FOUND", "no such invoice")
        if charge.status in OPEN and self._clock.now() >= charge.expires_at:
            self.move(charge, "expired")
        return charge

    def pay(self, charge: SandboxCharge) -> None:
        amount = charge.said["amount"]
        self.move(
            charge,
            "success",
            finalAmount=amount,
            paymentInfo={"fee": amount * FEE_PERCENT // 100, "maskedPan": "444403******1902"},
        )

    def decline(self, charge: SandboxCharge) -> None:
        self.move(charge, "failure", errCode="59", failureReason="the bank declined the card")

    def refund(self, charge: SandboxCharge, asked: Mapping[str, Any]) -> None:
        """Give money back.

        :raises Refused: there is not so much.
        """
        left = charge.said.get("finalAmount", 0) - asked.get("amount", charge.said["amount"])
        if left < 0 or charge.status != "success":
            raise Refused(400, "BAD_REQUEST", "not so much was paid")
        self.move(charge, "success" if left else "reversed", finalAmount=left)

    def remove(self, charge: SandboxCharge) -> None:
        """Close the page.

        :raises Refused: somebody has paid.
        """
        if charge.status not in OPEN:
            raise Refused(400, "BAD_REQUEST", "not removable")
        self.move(charge, "expired")

    def move(self, charge: SandboxCharge, status: str, **more: Any) -> None:
        charge.said |= {"status": status, "modifiedDate": _moment(self._clock.now()), **more}
        charge.history.append(dict(charge.said))


def notification(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, indent=2).encode()


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
