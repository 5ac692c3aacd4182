"""LiqPay's API as far as we use it, with true signatures, on a real port."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from app.adapters.acquirers.liqpay_signature import Version, is_signed, sign
from tests.fakes.http_server import Asked, FakeHttpServer, running_http_server

PRIVATE: Final = "liqpay-test-key"
BEGINNING: Final = 1_764_000_000_000


@dataclass
class FakeLiqPay:
    server: FakeHttpServer = field(init=False)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: int = 0
    changes: int = 0

    def open(self, page_url: str) -> str:
        """Open the address that a person was sent to, and return the order's name."""
        form = {name: values[0] for name, values in parse_qs(urlsplit(page_url).query).items()}
        said = self._read(form)
        self.orders[said["order_id"]] = {
            "order_id": said["order_id"],
            "amount": said["amount"],
            "currency": said["currency"],
            "status": "prepared",
            "create_date": self._moment(),
        }
        return str(said["order_id"])

    def move(self, order_id: str, status: str, **more: Any) -> dict[str, Any]:
        order = self.orders[order_id]
        order |= {"status": status, "end_date": self._moment(), **more}
        return order

    def notification(self, order: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        data = b64encode(json.dumps(order).encode()).decode()
        form = {"data": data, "signature": sign(data, key=PRIVATE, version=Version.V7)}
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        said = self._read(form)
        order = self.orders.get(said["order_id"])
        if order is None:
            return 200, b'{"result": "error", "err_code": "payment_not_found"}'
        if said["action"] == "refund":
            self._refund(order, Decimal(said["amount"]))
        if said["action"] == "hold_completion":
            self.move(said["order_id"], "success")
        return 200, json.dumps(order).encode()

    def _refund(self, order: dict[str, Any], amount: Decimal) -> None:
        self.refunds += 1
        returned = Decimal(order.get("refund_amount", "0")) + amount
        whole = returned == Decimal(order["amount"])
        order |= {
            "status": "reversed" if whole else "success",
            "refund_amount": str(returned),
            "refund_date_last": self._moment(),
        }

    def _read(self, form: dict[str, str]) -> dict[str, Any]:
        assert is_signed(form["signature"], form["data"], key=PRIVATE, version=Version.V7)
        said: dict[str, Any] = json.loads(b64decode(form["data"]))
        return said

    def _moment(self) -> int:
        self.changes += 1
        return BEGINNING + 1000 * self.changes


@asynccontextmanager
async def running_liqpay() -> AsyncIterator[FakeLiqPay]:
    liqpay = FakeLiqPay()
    async with running_http_server(liqpay.answer) as server:
        liqpay.server = server
        yield liqpay
