"""The hot requests, as HTTP and as pgbench scripts of the same statements."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from app.clock import kyiv_date
from app.models.metering.actions import MeteringAction
from app.repositories.identity.members import PROFILE
from app.repositories.metering.consumption import OF_ACCOUNT as CONSUMPTION
from app.repositories.metering.reading_forms import OF_METERS
from app.repositories.metering.register_lives import ENOUGH
from app.repositories.metering.submission_statements import EFFECTS
from benchmarks.fill import MONTHLY, MONTHS, PASSWORD, id_of, id_sql, likely_value, now, open_period
from benchmarks.load import Request
from benchmarks.pgbench import spelled
from benchmarks.scratch import Scratch
from benchmarks.served import tokens

MOST_COMPANIES: Final = 2000
"""As many tokens are signed; each company has the same share of the load."""
UNUSED: Final = 500_000_000_000
"""No id that the database has been filled with tells a number as high."""


class Requests:
    """What clients send, company after company."""

    def __init__(
        self, scratch: Scratch, sign: Callable[[Iterable[int]], list[str]] = tokens
    ) -> None:
        """`sign` makes the tokens of the companies' owners: a peer has tokens of its own."""
        # Half of the companies are pgbench's, so that neither meets the other's submissions.
        self.companies = min(scratch.companies // 2, MOST_COMPANIES)
        self._tokens = list(enumerate(sign(range(1, self.companies + 1)), start=1))

    def me(self) -> list[Request]:
        return [Request("GET", "/v1/me", token) for _, token in self._tokens]

    def consumption(self) -> list[Request]:
        """Ask for the 36 months of an account with three registers."""
        first, last = open_period().shifted(-MONTHS), open_period().shifted(-1)
        query = f"from={first}&to={last}"
        return [
            Request("GET", f"/v1/accounts/{id_of(2 * company + 1)}/consumption?{query}", token)
            for company, token in self._tokens
        ]

    def submit(self, *, dry_run: bool = False) -> list[Request]:
        return [
            Request(
                "POST",
                f"/v1/accounts/{id_of(2 * company)}/readings",
                token,
                _submission(4 * company, dry_run=dry_run),
            )
            for company, token in self._tokens
        ]

    def sign_in(self) -> list[Request]:
        return [
            Request(
                "POST",
                "/v1/sessions",
                body=json.dumps({"account_number": f"{2 * n:010}", "password": PASSWORD}),
            )
            for n in range(1, self.companies + 1)
        ]


def _submission(register: int, *, dry_run: bool) -> str:
    # A digit of the value changes from lap to lap: the same value again would be no submission.
    reading = {"register_id": str(id_of(register)), "value": f"{likely_value(register)}.@"}
    return json.dumps({"readings": [reading], "dry_run": dry_run})


class Scripts:
    """The same work for pgbench: each client has companies of its own and goes round them."""

    def __init__(self, scratch: Scratch, *, clients: int) -> None:
        self._each = (scratch.companies - scratch.companies // 2) // clients
        self._first = scratch.companies // 2 + 1

    @property
    def variables(self) -> Mapping[str, object]:
        period = open_period()
        return {
            "n": 0,
            "each": self._each,
            "first": self._first,
            "moment": now().isoformat(),
            "today": kyiv_date(now()),
            "energy": "active_import",
            # What the product asks for to answer about 36 months: a year before them, and one.
            "since": period.shifted(-MONTHS - 13).starts_on,
            "period": period.starts_on,
            "closes_on": period.ends_on,
            "periodic": "periodic",
            "most": ENOUGH,
            "digest": "0" * 64,
            "source": "cabinet",
            "action": MeteringAction.READINGS_SUBMITTED.value,
            "address": "127.0.0.1",
            "details": json.dumps({"period": str(period), "readings": 1}),
            "accepted": "accepted",
        }

    def me(self) -> str:
        return self._company() + spelled(PROFILE, self._caller())

    def consumption(self) -> str:
        account = {**self._caller(), "account_id": id_sql("2 * :company + 1")}
        return self._company() + spelled(CONSUMPTION, account)

    def context(self) -> str:
        return self._company() + spelled(OF_METERS, self._account())

    def effect(self) -> str:
        reading = {
            # Apart from what the database has been filled with, and in order like a UUIDv7.
            **dict.fromkeys(("receipt_id", "audit_id", "id"), id_sql(f"{UNUSED} + :unique")),
            "register_id": id_sql("4 * :company"),
            "version": ":version",
            "value": f"{1000 + MONTHLY * MONTHS} + :version",
            "taken_at": ":moment",
            "status": ":accepted",
            "findings": "''",
            "supersedes": "NULL",
            "revision": ":version - 1",
            "read_on": ":closes_on",
            "event": ":periodic",
        }
        return self._company() + spelled(EFFECTS[True, False, False], self._account() | reading)

    def submit(self) -> str:
        return self.context() + self.effect().removeprefix(self._company())

    def _company(self) -> str:
        return (
            "\\set company :first + :client_id * :each + :n % :each\n"
            "\\set version 1 + :n / :each\n"
            "\\set n :n + 1\n"
            "\\set unique :client_id * 10000000000 + :n\n"
        )

    def _caller(self) -> dict[str, str]:
        return {
            "caller_organization": id_sql(":company"),
            "caller_session": id_sql(":company"),
            "caller_now": ":moment",
            "caller_today": ":today",
        }

    def _account(self) -> dict[str, str]:
        return {
            **self._caller(),
            "account_id": id_sql("2 * :company"),
            "most": ":most",
            "register_ids": f"ARRAY[{id_sql('4 * :company')}]",
        }
