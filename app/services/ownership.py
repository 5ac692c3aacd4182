import hmac
from collections.abc import Iterable, Iterator

from app.access import Caller, Credentials, alive
from app.clock import Clock
from app.database import Database
from app.models.activation_code import (
    ActivationCodeRejected,
    good_periods,
    grouped,
    plain,
)
from app.models.audit_actions import Action
from app.models.code_challenge import TooManyAttempts
from app.models.limits import Limits
from app.models.limits.kinds import require
from app.models.period import Period
from app.origin import Origin
from app.repositories.audit_events import AuditEventRepository
from app.repositories.callers import CallerRepository
from app.repositories.limits import LimitRepository
from app.repositories.ownership import OwnershipRepository
from app.security.secrets import SecretKey

__all__ = [
    "ActivationCodeRejected",
    "OwnershipService",
    "TooManyAttempts",
    "activation_codes",
]


class OwnershipService:
    """Finds out whether a company belongs to whoever signed up for it (security.md A10)."""

    def __init__(
        self, *, database: Database, clock: Clock, secret_key: SecretKey, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._limits = limits

    async def prove(
        self, credentials: Credentials, *, activation_code: str, origin: Origin
    ) -> None:
        """Prove the company theirs with a code from its bill; proven already, it stays so.

        :raises SessionEnded: the session has been ended.
        :raises ActivationCodeRejected: no code of any of the company's accounts.
        :raises TooManyAttempts: five tries a day.
        """
        now = self._clock.now()
        # The try is counted and committed before anybody looks at it: a refusal, a closed
        # connection or a crash gives none back.
        async with self._database.begin() as session:
            caller = alive(await CallerRepository(session).get(credentials, now=now))
            if caller.owns:
                return
            numbers = await OwnershipRepository(session).account_numbers(caller.organization_id)
            tried = self._limits.proving(caller.organization_id)
            require(await LimitRepository(session).spend(tried, now=now))
        good = self._codes(numbers, good_periods(now))
        if not _is_one_of(plain(activation_code), good):
            raise ActivationCodeRejected
        await self._record(caller, credentials, origin)

    def _codes(self, numbers: Iterable[str], periods: tuple[Period, ...]) -> Iterator[str]:
        for number in numbers:
            for period in periods:
                yield from self._secret_key.activation_codes(
                    account_number=number, month=str(period)
                )

    async def _record(self, caller: Caller, credentials: Credentials, origin: Origin) -> None:
        now = self._clock.now()
        async with self._database.begin() as session:
            alive(await CallerRepository(session).get(credentials, now=now))
            if await OwnershipRepository(session).prove(caller.organization_id, now=now):
                AuditEventRepository(session).add(
                    Action.OWNERSHIP_PROVEN,
                    by=credentials,
                    happened_at=now,
                    address=origin.address,
                    way="activation_code",
                )


def activation_codes(
    secret_key: SecretKey, account_numbers: Iterable[str], month: Period
) -> Iterator[tuple[str, str]]:
    """Return for each account the code that its bill of a month shows."""
    for number in account_numbers:
        code = secret_key.activation_code(account_number=number, month=str(month))
        yield number, grouped(code)


def _is_one_of(typed: str, good: Iterable[str]) -> bool:
    # All are compared, so that the time does not tell which account or month was near.
    found = [hmac.compare_digest(typed.encode(), code.encode()) for code in good]
    return any(found)
