"""monobank's acquiring API as far as we use it, with true signatures, on a real port."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.http_server import Asked, FakeHttpServer, running_http_server

TOKEN = "monobank-test-token"
BEGINNING = datetime(2026, 11, 25, 10, tzinfo=UTC)


@dataclass
class FakeMonobank:
    server: FakeHttpServer = field(init=False)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    refund_status: str = "success"
    changes: int = 0
    """How often any invoice has changed: each change is a second later than the one before."""

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        url = urlsplit(asked.path)
        if url.path == "/api/merchant/pubkey":
            return 200, json.dumps({"key": self.published_key()}).encode()
        if f"x-token: {TOKEN}" not in asked.head.lower():
            return 403, b'{"errCode": "FORBIDDEN", "errText": "forbidden"}'
        name = url.path.rsplit("/", 1)[-1]
        if name == "create":
            return self._create(json.loads(asked.body))
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        said = query or json.loads(asked.body)
        invoice = self.invoices.get(said["invoiceId"])
        if invoice is None:
            return 404, b'{"errCode": "NOT_FOUND", "errText": "no such invoice"}'
        return self._act(name, invoice, said)

    def published_key(self) -> str:
        public = self.key.public_key()
        return b64encode(
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def move(self, invoice_id: str, status: str, **changes: Any) -> dict[str, Any]:
        """Let something happen to an invoice, a second after what happened before."""
        self.changes += 1
        invoice = self.invoices[invoice_id]
        invoice |= {"status": status, "modifiedDate": self._moment(), **changes}
        return invoice

    def pay(self, invoice_id: str) -> dict[str, Any]:
        amount = self.invoices[invoice_id]["amount"]
        return self.move(invoice_id, "success", finalAmount=amount, paymentInfo={"fee": 130})

    def notification(self, invoice: dict[str, Any], **changes: Any) -> tuple[bytes, dict[str, str]]:
        """Return a notification and its headers, signed with our key."""
        body = json.dumps(invoice | changes, indent=2).encode()
        signature = self.key.sign(body, ec.ECDSA(SHA256()))
        headers = {"X-Sign": b64encode(signature).decode(), "Content-Type": "application/json"}
        return body, headers

    @property
    def only(self) -> dict[str, Any]:
        (invoice,) = self.invoices.values()
        return invoice

    def _create(self, said: dict[str, Any]) -> tuple[int, bytes]:
        number = f"p2_{len(self.invoices):06}"
        reference = said["merchantPaymInfo"]["reference"]
        if any(each["reference"] == reference for each in self.invoices.values()):
            return 400, b'{"errCode": "BAD_REQUEST", "errText": "reference is not unique"}'
        self.changes += 1
        self.invoices[number] = {
            "invoiceId": number,
            "status": "created",
            "amount": said["amount"],
            "ccy": said["ccy"],
            "createdDate": self._moment(),
            "modifiedDate": self._moment(),
            "reference": reference,
            "destination": said["merchantPaymInfo"]["destination"],
            "cancelList": [],
        }
        page = f"https://pay.example/{number}"
        return 200, json.dumps({"invoiceId": number, "pageUrl": page}).encode()

    def _act(self, name: str, invoice: dict[str, Any], said: dict[str, Any]) -> tuple[int, bytes]:
        number = invoice["invoiceId"]
        if name == "status":
            return 200, json.dumps(invoice).encode()
        if name == "remove":
            if invoice["status"] != "created":
                return 400, b'{"errCode": "BAD_REQUEST", "errText": "not removable"}'
            self.move(number, "expired")
            return 200, b"{}"
        if name == "cancel":
            is_held = invoice["status"] == "hold"
            left = 0 if is_held else invoice["finalAmount"] - said["amount"]
            listed = [*invoice["cancelList"], said | {"status": self.refund_status}]
            status = "success" if left else "reversed"
            if self.refund_status == "success":
                self.move(number, status, finalAmount=left, cancelList=listed)
            return 200, json.dumps({"status": self.refund_status}).encode()
        self.move(number, "success", finalAmount=said.get("amount", invoice["amount"]))
        return 200, b'{"status": "success"}'

    def _moment(self) -> str:
        return (BEGINNING + timedelta(seconds=self.changes)).isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def running_monobank() -> AsyncIterator[FakeMonobank]:
    monobank = FakeMonobank()
    async with running_http_server(monobank.answer) as server:
        monobank.server = server
        yield monobank
