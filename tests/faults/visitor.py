"""A visitor who tries every operation of the document."""

import re
from http import HTTPStatus
from uuid import uuid4

from httpx import Response

from app.main import document
from app.models.messages.code_challenge import RESEND_AFTER, Purpose
from tests.factories.people import PASSWORD, new_phone, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Cabinet, Keys
from tests.faults.codes import code_of

NEW_PASSWORD = "Zxcv987?"


class Visitor:
    """Calls operations by their name in the OpenAPI document, and remembers which."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._client = cabinet.client
        self._places = {
            operation["operationId"]: (method, path)
            for path, methods in document()["paths"].items()
            for method, operation in methods.items()
        }
        self.headers: dict[str, str] = {}
        self.left = set(self._places)

    async def call(self, operation: str, body: object = None, **places: str) -> Response:
        method, path = self._places[operation]
        in_path = {name: places.pop(name) for name in list(places) if f"{{{name}}}" in path}
        key = {"Idempotency-Key": uuid4().hex} if method == "post" else {}
        response = await self._client.request(
            method, path.format(**in_path), json=body, params=places, headers=self.headers | key
        )
        assert response.is_success, (operation, response.text)
        self.left.discard(operation)
        return response

    async def ask_for_nothing(self) -> None:
        """Call what is left about things that are not there: refused, and never for want of room.

        A refusal has looked for its thing already, as the caller, with the one connection.
        """
        for operation in sorted(self.left - {"signOut"}):
            method, path = self._places[operation]
            address = re.sub(r"\{\w+\}", lambda _: str(uuid4()), path)
            body: object = {} if method in {"post", "put", "patch"} else None
            response = await self._client.request(method, address, json=body, headers=self.headers)
            assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (operation, response)
            self.left.discard(operation)


class Identity:
    """What an owner does with passwords, sessions, members, phones and links."""

    def __init__(self, visitor: Visitor, cabinet: Cabinet, keys: Keys, clock: FrozenClock) -> None:
        self._visitor = visitor
        self._cabinet = cabinet
        self._keys = keys
        self._clock = clock

    async def visit(self, *, phone: str, account_number: str) -> None:
        await self._sessions(phone)
        await self._members()
        await self._phone()
        await self._links()
        await self._visitor.call("listAuditEvents")
        await self._reset(account_number)

    async def _sessions(self, phone: str) -> None:
        call = self._visitor.call
        await call("listSigningKeys")
        await call("changeMe", {"full_name": "Олена Кравець"})
        words = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        await call("changePassword", words)
        other = await call("signIn", {"phone": phone, "password": NEW_PASSWORD})
        await call("listSessions")
        await call("endSession", session_id=other.json()["session_id"])
        await call("endOtherSessions")

    async def _members(self) -> None:
        call = self._visitor.call
        invitee = {"phone": new_phone(), "full_name": "Іван Бондар", "role": "viewer"}
        invitation_id = (await call("inviteMember", invitee)).json()["id"]
        self._clock.advance(RESEND_AFTER)
        await call("resendInvitationCode", invitation_id=invitation_id)
        code = await self._code(invitation_id, Purpose.INVITATION)
        body = {"code": code, "password": PASSWORD}
        await call("acceptInvitation", body, invitation_id=invitation_id)
        other = (await call("inviteMember", invitee | {"phone": new_phone()})).json()["id"]
        await call("listInvitations")
        await call("withdrawInvitation", invitation_id=other)
        members = (await call("listMembers")).json()["items"]
        [member_id] = [each["id"] for each in members if each["role"] == "viewer"]
        await call("changeMember", {"role": "metering"}, member_id=member_id)
        await call("removeMember", member_id=member_id)
        await call("freezeCabinet")
        await call("unfreezeCabinet")

    async def _phone(self) -> None:
        body = {"new_phone": new_phone(), "current_password": NEW_PASSWORD}
        change_id = (await self._visitor.call("startPhoneChange", body)).json()["id"]
        self._clock.advance(RESEND_AFTER)
        await self._visitor.call("resendPhoneChangeCodes", change_id=change_id)
        codes = {
            "old_phone_code": await self._code(change_id, Purpose.PHONE_CHANGE_OLD),
            "new_phone_code": await self._code(change_id, Purpose.PHONE_CHANGE_NEW),
        }
        await self._visitor.call("confirmPhoneChange", codes, change_id=change_id)

    async def _links(self) -> None:
        call = self._visitor.call
        other = await create_company(self._cabinet.database)
        await sign_in(self._cabinet.database, self._keys.access_tokens, other)
        wish = {
            "account_number": other.account.account_number,
            "tax_id": other.organization.tax_id,
        }
        request_id = (await call("linkAccount", wish)).json()["id"]
        self._clock.advance(RESEND_AFTER)
        await call("resendAccountLinkCode", link_id=request_id)
        code = {"code": await self._code(request_id, Purpose.ACCOUNT_LINK)}
        link_id = (await call("confirmAccountLink", code, link_id=request_id)).json()["id"]
        await call("listAccountLinks")
        await call("unlinkAccount", link_id=link_id)
        await call("blockCompany", tax_id=other.organization.tax_id)
        await call("listBlockedCompanies")
        await call("unblockCompany", tax_id=other.organization.tax_id)

    async def _reset(self, account_number: str) -> None:
        call = self._visitor.call
        wish = {"account_number": account_number}
        reset_id = (await call("startPasswordReset", wish)).json()["id"]
        self._clock.advance(RESEND_AFTER)
        await call("resendPasswordResetCode", reset_id=reset_id)
        code = await self._code(reset_id, Purpose.PASSWORD_RESET)
        body = {"code": code, "new_password": PASSWORD}
        tokens = (await call("confirmPasswordReset", body, reset_id=reset_id)).json()
        self._visitor.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    async def _code(self, subject_id: str, purpose: Purpose) -> str:
        return await code_of(self._cabinet.database, self._keys.secret_key, subject_id, purpose)
