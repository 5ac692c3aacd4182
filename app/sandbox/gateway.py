"""An SMS provider that speaks TurboSMS's protocol and delivers into the sandbox's inbox.

Like the real one it answers HTTP 200 whatever happens, with the outcome in the body.
"""

import hmac
import json
import re
from collections import Counter
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from fastapi import APIRouter, Request

from app.sandbox.inbox import FLAKY, STOP_LIST, Inbox

MOBILE: Final = re.compile(r"380\d{9}", re.ASCII)
LONGEST_SENDER: Final = 11
LONGEST_TEXT: Final = 661
"""Ten segments of Cyrillic; the real limit depends on the contract."""
FAILURES_OF_FLAKY: Final = 3
MOST_COUNTED: Final = 1000


class Code(IntEnum):
    OK = 0
    REQUIRED_TOKEN = 103
    REQUIRED_MESSAGE_SENDER = 200
    REQUIRED_MESSAGE_TEXT = 201
    REQUIRED_MESSAGE_RECIPIENT = 202
    INVALID_REQUEST = 300
    INVALID_TOKEN = 301
    INVALID_MESSAGE_SENDER = 302
    INVALID_PHONE = 305
    INVALID_MESSAGE_ID = 307
    RECIPIENT_IN_STOPLIST = 404
    INVALID_MESSAGE_LENGTH = 413
    DUPLICATE_MESSAGE = 427
    FAILED_SMS_SEND = 503
    SUCCESS_MESSAGE_ACCEPTED = 800
    SUCCESS_MESSAGE_PARTIAL_ACCEPTED = 802


Answer = dict[str, Any]


class ProtocolError(Exception):
    """The request is wrong as a whole."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


class SandboxGateway:
    def __init__(self, inbox: Inbox, *, token: str) -> None:
        self._inbox = inbox
        self._token = token
        self._failures: Counter[tuple[str, str]] = Counter()

    async def send(self, request: Request) -> Answer:
        """Take a message for each of its recipients."""
        try:
            body = await self._open(request)
            sender, text, recipients = _message(body)
        except ProtocolError as error:
            return _answer(error.code)
        results = [self._take(str(phone), sender, text) for phone in recipients]
        return _answer(_summary(results), results)

    async def status(self, request: Request) -> Answer:
        """Tell what has become of messages."""
        try:
            body = await self._open(request)
        except ProtocolError as error:
            return _answer(error.code)
        ids = body.get("messages")
        if not isinstance(ids, list) or not ids:
            return _answer(Code.INVALID_MESSAGE_ID)
        return _answer(Code.OK, [self._state(str(message_id)) for message_id in ids])

    async def _open(self, request: Request) -> Mapping[str, Any]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ProtocolError(Code.REQUIRED_TOKEN)
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise ProtocolError(Code.INVALID_TOKEN)
        try:
            body = await request.json()
            json.dumps(body, ensure_ascii=False).encode()  # half a character can never be shown
        except (ValueError, RecursionError):
            raise ProtocolError(Code.INVALID_REQUEST) from None
        if not isinstance(body, dict):
            raise ProtocolError(Code.INVALID_REQUEST)
        return body

    def _take(self, phone: str, sender: str, text: str) -> Answer:
        code = self._objection(phone, text)
        sms = None if code else self._inbox.receive(phone=phone, sender=sender, text=text)
        return {"phone": phone, "message_id": sms.id if sms else None, **_told(code or Code.OK)}

    def _objection(self, phone: str, text: str) -> Code | None:
        if not MOBILE.fullmatch(phone):
            return Code.INVALID_PHONE
        if phone.endswith(STOP_LIST.digits):
            return Code.RECIPIENT_IN_STOPLIST
        if self._inbox.has_lately(phone=phone, text=text):
            return Code.DUPLICATE_MESSAGE
        if phone.endswith(FLAKY.digits) and self._fails_again(phone, text):
            return Code.FAILED_SMS_SEND
        return None

    def _fails_again(self, phone: str, text: str) -> bool:
        if len(self._failures) >= MOST_COUNTED:
            self._failures.clear()
        self._failures[phone, text] += 1
        return self._failures[phone, text] <= FAILURES_OF_FLAKY

    def _state(self, message_id: str) -> Answer:
        status = self._inbox.status_of(message_id)
        return {"message_id": message_id, "type": "sms", "status": status, **_told(Code.OK)}


def gateway_router(inbox: Inbox, *, token: str) -> APIRouter:
    gateway = SandboxGateway(inbox, token=token)
    router = APIRouter(prefix="/sandbox/turbosms")
    router.add_api_route("/message/send.json", gateway.send, methods=["POST"])
    router.add_api_route("/message/status.json", gateway.status, methods=["POST"])
    return router


def _message(body: Mapping[str, Any]) -> tuple[str, str, list[Any]]:
    sms, recipients = body.get("sms"), body.get("recipients")
    if not isinstance(sms, dict):
        raise ProtocolError(Code.INVALID_REQUEST)
    sender, text = sms.get("sender"), sms.get("text")
    if not isinstance(sender, str) or not sender:
        raise ProtocolError(Code.REQUIRED_MESSAGE_SENDER)
    if not isinstance(text, str) or not text:
        raise ProtocolError(Code.REQUIRED_MESSAGE_TEXT)
    if not isinstance(recipients, list) or not recipients:
        raise ProtocolError(Code.REQUIRED_MESSAGE_RECIPIENT)
    if len(sender) > LONGEST_SENDER:
        raise ProtocolError(Code.INVALID_MESSAGE_SENDER)
    if len(text) > LONGEST_TEXT:
        raise ProtocolError(Code.INVALID_MESSAGE_LENGTH)
    return sender, text, recipients


def _summary(results: list[Answer]) -> Code:
    accepted = sum(result["message_id"] is not None for result in results)
    if accepted == len(results):
        return Code.SUCCESS_MESSAGE_ACCEPTED
    if accepted:
        return Code.SUCCESS_MESSAGE_PARTIAL_ACCEPTED
    return Code(results[0]["response_code"])


def _answer(code: Code, result: list[Answer] | None = None) -> Answer:
    return {**_told(code), "response_result": result}


def _told(code: Code) -> Answer:
    return {"response_code": code.value, "response_status": code.name}
