"""An owner, a colleague, another company, a stranger and a thief: what each of them can try."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from httpx import Response
from passlib.hash import argon2
from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from app.composition import build_services
from app.database import create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models.limits import Limits
from app.models.limits.kinds import DAY
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message
from app.models.period import Period
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.context import Context
from app.services.identity.ownership import activation_codes
from tests.databases import SavepointDatabase
from tests.factories.people import PASSWORD, SignedIn, headers_at, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at

SECRET: Final = SecretKey("a secret key for the machine, 32 bytes")
SEGMENTS: Final = 200
"""A day's money: a tenth of the product's, so that strangers reach the end of their shares."""
OWNERS: Final = "+380671234588"
HOME: Final = "198.51.100.7"
BROWSER: Final = "the owner's browser"


def wish(company: Company, phone: str) -> dict[str, str]:
    """Return what somebody types in who signs up for a company."""
    return {
        "phone": phone,
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
        "password": PASSWORD,
    }


class Scene:
    """The application on a database of its own, in a loop of its own: machines are not async."""

    def __init__(self, url: URL, access_tokens: AccessTokens) -> None:
        self._runner = asyncio.Runner()
        self._engine = create_engine(url.render_as_string(hide_password=False))
        cheap = argon2.using(type="ID", memory_cost=8, rounds=1, parallelism=1)
        self._passwords = PasswordHasher(threads=1, scheme=cheap)
        self._access_tokens = access_tokens
        self._app = create_app(cast("Services", None))
        self.clock = FrozenClock()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    async def begin(self) -> None:
        """Begin anew: everybody is in the register, and nobody has done anything yet."""
        self.clock.moment = FrozenClock().moment
        self._connection: AsyncConnection = await self._engine.connect()
        self._everything: AsyncTransaction = await self._connection.begin()
        self.database = SavepointDatabase(self._connection)
        self._app.state.services = build_services(
            Context.of(
                database=self.database,
                clock=self.clock,
                secret_key=SECRET,
                limits=Limits().costing(price=Decimal(1), daily_cap=Decimal(SEGMENTS)),
            ),
            passwords=self._passwords,
            access_tokens=self._access_tokens,
            account_numbers=AccountNumbers("\\d{4,12}"),
        )
        self.company = await create_company(self.database, phone_on_file=OWNERS)
        self.unclaimed = [
            await create_company(self.database, phone_on_file=new_phone()) for _ in range(3)
        ]
        self.other_company = await create_company(self.database)
        self.other = await self._member(self.other_company)

    async def _member(self, company: Company, role: str = "owner") -> SignedIn:
        stored = await self._passwords.hash(PASSWORD)
        return await sign_in(
            self.database, self._access_tokens, company, role=role, password_hash=stored
        )

    async def add_colleague(self) -> None:
        self.colleague = await self._member(self.company, role="manager")

    def acting(self, who: SignedIn) -> dict[str, str]:
        return headers_at(self._access_tokens, who, self.clock.now())

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        address: str,
        agent: str = "bot",
        headers: dict[str, str] | None = None,
    ) -> Response:
        async with client_at(self._app, address, device=agent) as client:
            answer = await client.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer

    async def code_of(self, subject_id: str, purpose: Purpose) -> str | None:
        """Return the code that a phone was sent, None if no SMS has left."""
        async with self.database.begin() as transaction:
            found = await transaction.scalar(
                select(CodeChallenge)
                .join(Message, Message.challenge_id == CodeChallenge.id)
                .where(CodeChallenge.subject_id == UUID(subject_id))
                .where(CodeChallenge.purpose == purpose)
                .limit(1)
            )
        if found is None:
            return None
        return SECRET.code(
            challenge_id=found.id, purpose=found.purpose, phone=found.phone, length=found.length
        )

    async def sign_up(
        self, company: Company, *, phone: str, address: str, agent: str = "bot"
    ) -> Response:
        return await self.post("sign-ups", wish(company, phone), address=address, agent=agent)

    async def confirm_sign_up(
        self, started: Response, *, address: str, agent: str = "bot"
    ) -> Response:
        sign_up_id = started.json()["id"]
        code = await self.code_of(sign_up_id, Purpose.SIGN_UP)
        path = f"sign-ups/{sign_up_id}/confirmations"
        return await self.post(path, {"code": code}, address=address, agent=agent)

    async def reset(
        self, name: dict[str, str], password: str, *, address: str, token: str = ""
    ) -> Response | None:
        """Recover with the phone at hand; None where no code has come."""
        headers = {"X-Device-Token": token}
        started = await self.post("password-resets", name, address=address, headers=headers)
        if started.status_code != 202:
            return None
        code = await self.code_of(started.json()["id"], Purpose.PASSWORD_RESET)
        if code is None:
            return None
        path = f"password-resets/{started.json()['id']}/confirmations"
        body = {"code": code, "new_password": password}
        answer = await self.post(path, body, address=address, headers=headers)
        return answer if answer.status_code == 201 else None

    async def prove(self, company: Company, tokens: dict[str, Any], *, address: str) -> Response:
        """Type in the code on the company's bill."""
        month = Period.parse(f"{self.clock.now():%Y-%m}")
        [(_, code)] = activation_codes(SECRET, [company.account.account_number], month)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        body = {"activation_code": code}
        return await self.post("me/ownership-proofs", body, address=address, headers=headers)

    async def comes_back(self, name: dict[str, str], password: str | None, token: str) -> bool:
        """Tell whether the owner gets in now: with the password, if it is theirs, and by a reset.

        Nothing of it stays.
        """
        trial = await self._connection.begin_nested()
        try:
            reset = await self.reset(name, "Back-1-Again", address="192.0.2.77", token=token)
            if reset is None or password is None:
                return reset is not None
            await trial.rollback()
            trial = await self._connection.begin_nested()
            body = {**name, "password": password}
            headers = {"X-Device-Token": token}
            entered = await self.post("sessions", body, address="192.0.2.77", headers=headers)
            return entered.status_code == 201
        finally:
            await trial.rollback()

    async def spent(self) -> int:
        """Return how many SMS the last 24 hours have paid for, news included."""
        last_day: datetime = self.clock.now() - DAY
        query = select(func.count()).where(Message.created_at > last_day)
        async with self.database.begin() as transaction:
            return await transaction.scalar(query) or 0

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)

    async def end(self) -> None:
        await self._everything.rollback()
        await self._connection.close()

    def close(self) -> None:
        self.run(self._engine.dispose())
        self._runner.close()
        self._passwords.close()
