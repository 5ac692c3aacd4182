"""Strangers never spend what an owner needs: a machine over all flows (security.md, "Budgets").

The owner has the phone in hand and a device that the cabinet knows. At every moment the owner can
sign in with the password and recover by SMS within the hour, whatever everybody else has tried;
and a day's SMS cost no more than the cap.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import pytest
from httpx import Response
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from typing_extensions import override

from app.models.identity.session import LONG_KNOWN
from app.models.limits.kinds import DAY, HOUR
from app.security.access_tokens import AccessTokens
from tests.databases import Databases
from tests.factories.people import PASSWORD, SignedIn, new_phone
from tests.limits.machines import explore
from tests.limits.scene import BROWSER, HOME, OWNERS, SEGMENTS, Scene, wish
from tests.rounds import few_or_many

ADDRESSES: Final = (HOME, *(f"203.0.{number}.1" for number in range(6)))
"""The owner's, which neighbours share, and six networks of strangers."""
WAITS: Final = [timedelta(minutes=1), HOUR, timedelta(hours=6), DAY]
THIEFS_PASSWORD: Final = "Thief-1-Password"
NEW_PASSWORD: Final = "Owner-2-Password"

addresses = st.sampled_from(ADDRESSES)
few = st.integers(1, 6)
which = st.integers(0, 99)


@dataclass(frozen=True)
class Started:
    """What somebody may guess at and ask for again."""

    flow: str
    id: str
    who: SignedIn | None
    token: str
    """Of the device that began it."""

    @property
    def path(self) -> str:
        return f"{self.flow}/{self.id}"


class Strangers(RuleBasedStateMachine):
    scene: ClassVar[Scene]

    def __init__(self) -> None:
        super().__init__()
        self.started: list[Started] = []
        self.password: str | None = PASSWORD
        self.stolen_at: datetime | None = None
        self.thiefs_token = ""
        self._run(self.scene.begin())

    @override
    def teardown(self) -> None:
        self._run(self.scene.end())

    @initialize(sign_ups=st.integers(0, 6), changes=st.integers(0, 2), guesses=few)
    def owner_signs_up(self, sign_ups: int, changes: int, guesses: int) -> None:
        """Strangers have begun with the owner's number before it was a member's."""
        for number in range(min(sign_ups, 3)):
            company = self.scene.unclaimed[number]
            self._start("sign-ups", wish(company, OWNERS), ADDRESSES[1 + number])
        for _ in range(changes):
            self.other_changes_phone(OWNERS, ADDRESSES[4])
        for each in range(len(self.started)):
            self.guess(each, guesses, ADDRESSES[5])
        signing_up = self.scene.sign_up(
            self.scene.company, phone=OWNERS, address=HOME, agent=BROWSER
        )
        started = self._run(signing_up)
        confirmed = self._run(self.scene.confirm_sign_up(started, address=HOME, agent=BROWSER))
        assert confirmed.status_code == 201, confirmed.text
        assert confirmed.json()["ownership"] == "proven"
        self.token = confirmed.json()["device_token"]
        self.known_since = self.now
        self._run(self.scene.add_colleague())

    # A stranger with a bill, and with the owner's number.

    @rule(company=which, phone=st.sampled_from([OWNERS, None]), address=addresses)
    def stranger_signs_up(self, company: int, phone: str | None, address: str) -> None:
        known = [self.scene.company, *self.scene.unclaimed]
        body = wish(known[company % len(known)], phone or new_phone())
        self._start("sign-ups", body, address)

    @rule(by_phone=st.booleans(), times=few, address=addresses, is_neighbour=st.booleans())
    def stranger_resets(
        self, *, by_phone: bool, times: int, address: str, is_neighbour: bool
    ) -> None:
        agent = BROWSER if is_neighbour else "bot"
        for _ in range(times):
            self._start("password-resets", self._name(by_phone=by_phone), address, agent=agent)

    @rule(by_phone=st.booleans(), times=st.integers(1, 25), address=addresses)
    def stranger_signs_in(self, *, by_phone: bool, times: int, address: str) -> None:
        body = {**self._name(by_phone=by_phone), "password": "Wrong123!"}
        for _ in range(times):
            self._post("sessions", body, address=address, agent=BROWSER)

    @precondition(lambda self: self.started)
    @rule(one=which, times=few, address=addresses)
    def guess(self, one: int, times: int, address: str) -> None:
        begun = self.started[one % len(self.started)]
        code = "00000000" if begun.flow in {"password-resets", "me/phone-changes"} else "000000"
        bodies = {
            "password-resets": {"code": code, "new_password": NEW_PASSWORD},
            "invitations": {"code": code, "password": PASSWORD},
            "me/phone-changes": {"old_phone_code": code, "new_phone_code": code},
        }
        end = "acceptances" if begun.flow == "invitations" else "confirmations"
        for _ in range(times):
            body = bodies.get(begun.flow, {"code": code})
            answer = self._go_on(begun, end, body, address)
            assert answer.status_code in {401, 409, 422, 429}, answer.text

    @precondition(lambda self: self.started)
    @rule(one=which, address=addresses)
    def ask_again(self, one: int, address: str) -> None:
        self._go_on(self.started[one % len(self.started)], "codes", None, address)

    @rule(company=st.integers(0, 2), address=addresses, objects=st.booleans())
    def stranger_claims(self, *, company: int, address: str, objects: bool) -> None:
        """Claim a company with a bill; the phone on file may object by signing up."""
        claimed, scene = self.scene.unclaimed[company], self.scene
        started = self._run(scene.sign_up(claimed, phone=new_phone(), address=address))
        if started.status_code == 202:
            tokens = self._run(scene.confirm_sign_up(started, address=address)).json()
            if "access_token" in tokens:
                self._run(scene.prove(claimed, tokens, address=address))
        if objects:
            phone = claimed.organization.phone_on_file or ""
            self._start("sign-ups", wish(claimed, phone), HOME, agent=BROWSER)

    # Another company, and a colleague.

    @rule(scope=st.sampled_from(["view", "all"]), address=addresses)
    def other_asks_for_consent(self, scope: str, address: str) -> None:
        self._start(
            "account-links",
            {
                "account_number": self.scene.company.account.account_number,
                "tax_id": self.scene.company.organization.tax_id,
                "scope": scope,
            },
            address,
            who=self.scene.other,
        )

    @rule(address=addresses, times=few)
    def other_invites_the_owner(self, address: str, times: int) -> None:
        body = {"phone": OWNERS, "full_name": "Somebody", "role": "viewer"}
        for _ in range(times):
            self._start("invitations", body, address, who=self.scene.other)

    @rule(phone=st.sampled_from([OWNERS, None]), address=addresses)
    def other_changes_phone(self, phone: str | None, address: str) -> None:
        body = {"new_phone": phone or new_phone(), "current_password": PASSWORD}
        self._start("me/phone-changes", body, address, who=self.scene.other)

    @rule(address=addresses)
    def colleague_resets(self, address: str) -> None:
        name = {"phone": self.scene.colleague.member.phone}
        self._run(self.scene.reset(name, PASSWORD, address=address))

    @rule(address=addresses)
    def colleague_changes_phone(self, address: str) -> None:
        body = {"new_phone": new_phone(), "current_password": PASSWORD}
        self._start("me/phone-changes", body, address, who=self.scene.colleague)

    @precondition(lambda self: self._may_be_stolen())
    @rule(address=addresses, returns=st.booleans())
    def thief_takes_over(self, *, address: str, returns: bool) -> None:
        """Reset the password with the stolen number; the owner gets the number back."""
        self.stolen_at = self.now
        taken = self._run(self.scene.reset(self._name(), THIEFS_PASSWORD, address=address))
        if taken is None:
            return
        self.password, self.thiefs_token = None, taken.json()["device_token"]
        thief = {"Authorization": f"Bearer {taken.json()['access_token']}"}
        invitation = {"phone": new_phone(), "full_name": "Accomplice", "role": "manager"}
        change = {"new_phone": new_phone(), "current_password": THIEFS_PASSWORD}
        for path, body in (("invitations", invitation), ("me/phone-changes", change)):
            tried = self._post(path, body, address=address, headers=thief)
            assert tried.json()["code"] == "hold_after_reset"
        if returns:
            self.owner_returns()

    @precondition(lambda self: self.thiefs_token)
    @rule(times=few, address=addresses)
    def thief_floods(self, times: int, address: str) -> None:
        for _ in range(times):
            self._start("password-resets", self._name(), address, token=self.thiefs_token)

    @precondition(lambda self: self.password is None)
    @rule()
    def owner_returns(self) -> None:
        back = self.scene.reset(self._name(), NEW_PASSWORD, address="192.0.2.9", token=self.token)
        assert self._run(back) is not None, "with the phone in hand and the device of before"
        self.password = NEW_PASSWORD
        self.known_since = self.now

    @rule(by=st.sampled_from(WAITS))
    def time_passes(self, by: timedelta) -> None:
        self.scene.wait(by)

    @invariant()
    def the_owner_gets_in_within_the_hour(self) -> None:
        moment, gets_in = self.now, False
        for waited in (timedelta(0), HOUR / 2, HOUR):
            self.scene.clock.moment = moment + waited
            back = self.scene.comes_back(self._name(), self.password, self.token)
            gets_in = bool(self._run(back))
            if gets_in:
                break
        self.scene.clock.moment = moment
        assert gets_in

    @invariant()
    def the_money_stays_below_the_cap(self) -> None:
        assert self._run(self.scene.spent()) <= SEGMENTS

    @property
    def now(self) -> datetime:
        return self.scene.clock.now()

    def _may_be_stolen(self) -> bool:
        """Say whether the owner's device has been known for long, and no theft was lately."""
        is_long = self.now - self.known_since >= LONG_KNOWN
        return is_long and (self.stolen_at is None or self.now - self.stolen_at >= DAY)

    def _name(self, *, by_phone: bool = False) -> dict[str, str]:
        number = self.scene.company.account.account_number
        return {"phone": OWNERS} if by_phone else {"account_number": number}

    def _start(
        self,
        flow: str,
        body: dict[str, Any],
        address: str,
        *,
        who: SignedIn | None = None,
        token: str = "",
        agent: str = "bot",
    ) -> None:
        headers = self._headers(who, token)
        answer = self._post(flow, body, address=address, agent=agent, headers=headers)
        if answer.status_code == 202:
            self.started.append(Started(flow, answer.json()["id"], who, token))

    def _go_on(
        self, begun: Started, end: str, body: dict[str, Any] | None, address: str
    ) -> Response:
        headers = self._headers(begun.who, begun.token)
        return self._post(f"{begun.path}/{end}", body, address=address, headers=headers)

    def _headers(self, who: SignedIn | None, token: str) -> dict[str, str]:
        known = {"X-Device-Token": token} if token else {}
        return known if who is None else known | self.scene.acting(who)

    def _post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Response:
        answer: Response = self._run(self.scene.post(path, body, **more))
        return answer

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.scene.run(work)


@pytest.mark.parametrize("rounds", few_or_many((5, 20), (30, 40)))
async def test_whatever_strangers_do_the_owner_gets_in_and_the_money_stays_below_the_cap(
    databases: Databases, access_tokens: AccessTokens, rounds: tuple[int, int]
) -> None:
    async with databases.lend() as own:
        await asyncio.to_thread(_explore, Scene(own.url, access_tokens), *rounds)


def _explore(scene: Scene, runs: int, steps: int) -> None:
    Strangers.scene = scene
    try:
        explore(Strangers, runs=runs, steps=steps)
    finally:
        scene.close()
