from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from app.errors import AppError, Busy, Unauthenticated
from app.identifiers import AccountNumbers
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.models.identity.sign_in import Candidate, Name
from app.models.limits.addresses import network
from app.models.limits.hashing import hashing
from app.models.limits.kinds import LimitState, LimitUse, TooManyAttempts, require
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.limits import LimitRepository
from app.security.passwords import PasswordHasher
from app.security.session_tokens import SessionTokens, Tokens
from app.security.turns import Asker
from app.services.context import Context

MOST_LOOKS: Final = 3
"""How often a password is judged that somebody replaces meanwhile."""

log = structlog.get_logger()


class CredentialsRejected(Unauthenticated):
    """Unknown, unconfirmed or wrong: the same answer after the same work."""

    code = "credentials_rejected"


@dataclass(frozen=True, slots=True)
class StartedSession:
    tokens: Tokens
    standings: tuple[LimitState, ...]
    """How the caller stands with the limits on failures."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in."""

    name: Name
    password: str
    origin: Origin
    now: datetime

    @property
    def asker(self) -> Asker:
        return hashing(self.name.counted, self.origin)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whose password may be judged, and what was used up for it."""

    candidates: Sequence[Member | None]
    failure: list[LimitUse]
    standings: tuple[LimitState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInService:
    """Starts sessions: guesses are slowed down, and no owner is locked out (A4)."""

    context: Context
    account_numbers: AccountNumbers
    passwords: PasswordHasher
    session_tokens: SessionTokens

    async def sign_in(
        self,
        *,
        account_number: str | None,
        phone: str | None,
        password: str,
        origin: Origin,
        once: PendingAnswer[StartedSession] | None = None,
    ) -> StartedSession:
        """Sign in an owner whose cabinet shows the account, or the member with a phone.

        Where two cabinets show it, the password decides; were it the same, the account's own
        company, unless only the other owner knows this device.

        :raises CredentialsRejected: whatever was wrong.
        :raises TooManyAttempts: too many failures, other than on this member's own device (A4).
        :raises Busy: too many sign-ins at once.
        """
        name = Name.of(
            account_number=account_number, phone=phone, account_numbers=self.account_numbers
        )
        attempt = Attempt(name, password, origin, self.context.clock.now())
        try:
            admitted = await self._admit(attempt)
            candidates = admitted.candidates
            for _ in range(MOST_LOOKS):
                member = await self._recognised(candidates, attempt, admitted)
                started = await self._start(member, attempt, admitted, once)
                if started is not None:
                    return started
                # Another hash has been stored since: of a new password, with which every session
                # has ended and none may begin with the old one (A7), or of this one. Ask that one.
                candidates = [await self._as_stored(member)]
        except (CredentialsRejected, TooManyAttempts) as refused:
            self._report(refused, attempt)
            raise
        raise Busy(retry_after=1)

    async def _admit(self, attempt: Attempt) -> Admission:
        """Count a failure before anybody judges the password; a success takes it back."""
        mark = self.session_tokens.mark(attempt.origin)
        name = attempt.name
        async with self.context.database.begin() as transaction:
            sessions, limits = SessionRepository(transaction), LimitRepository(transaction)
            if name.account_number is None:
                members = [await sessions.member_with_phone(name.counted)]
            else:
                members = await sessions.owners_who_show(name.account_number)
            candidates = [
                Candidate(each, await sessions.known_device(each, mark, now=attempt.now))
                for each in members
            ]
            candidates.sort(key=lambda each: each.strangeness)
            if candidates[0].is_at_home:
                return await self._admit_at_home(candidates, attempt, limits)
            return await self._admit_from_elsewhere(candidates, attempt, limits)

    async def _admit_at_home(
        self, candidates: Sequence[Candidate], attempt: Attempt, limits: LimitRepository
    ) -> Admission:
        """Admit a try from a known device, by limits that no other device can use up.

        For somebody else's password this device is no better than any.
        """
        own = [use for each in candidates[:1] for use in self._on_device(each)]
        others = [each for each in candidates if not each.is_at_home]
        guesses = self._guesses(others, attempt.name)
        taken = await limits.take([*own, *guesses], now=attempt.now)
        standings = require(taken[: len(own)])
        judged = [each for each in candidates if each.is_at_home]
        judged += [
            each if it.is_granted else each.shut()
            for each, it in zip(others, taken[len(own) :], strict=True)
        ]
        failure = _granted([*own, *guesses], taken)
        return Admission([each.member for each in judged], failure, standings)

    async def _admit_from_elsewhere(
        self, candidates: Sequence[Candidate], attempt: Attempt, limits: LimitRepository
    ) -> Admission:
        """Admit a try from an unknown device, by the limits of name, address and member.

        A client that sends no token may have something left for its address and User-Agent.
        """
        told = self.context.limits.signing_in(
            name=attempt.name.counted, address=attempt.origin.address
        )
        guesses = self._guesses(candidates, attempt.name)
        nearby = [use for each in candidates for use in self._on_device(each)]
        uses = [*told, *guesses, *nearby]
        taken = await limits.take(uses, now=attempt.now)
        granted = _granted(uses, taken)
        standings = tuple(taken[: len(told)])
        is_admitted = all(it.is_granted for it in standings)
        judged = [
            each
            if (is_admitted and guess in granted)
            or any(use in granted for use in self._on_device(each))
            else each.shut()
            for each, guess in zip(candidates, guesses, strict=True)
        ]
        if not is_admitted:
            if all(each.member is None for each in judged):
                require(standings)
            await limits.give_back([use for use in granted if use not in nearby])
            granted = [use for use in granted if use in nearby]
        return Admission([each.member for each in judged], granted, standings)

    async def _recognised(
        self, candidates: Sequence[Member | None], attempt: Attempt, admitted: Admission
    ) -> Member:
        """Return whose password it is. Who fails has cost one hash for each, there or not (A3)."""
        for candidate in candidates:
            stored = candidate.password_hash if candidate else None
            is_right = await self.passwords.verify(attempt.password, stored, asker=attempt.asker)
            if is_right and candidate is not None and candidate.is_let_in(attempt.now):
                return candidate
        raise CredentialsRejected(standings=admitted.standings)

    async def _start(
        self,
        member: Member,
        attempt: Attempt,
        admitted: Admission,
        once: PendingAnswer[StartedSession] | None,
    ) -> StartedSession | None:
        """Start a session, unless another hash has been stored since the member was read."""
        renewed, now, origin = None, attempt.now, attempt.origin
        if self.passwords.is_outdated(member.password_hash):
            renewed = await self.passwords.hash(attempt.password, asker=attempt.asker)
        started, tokens = Session.start(
            member, session_tokens=self.session_tokens, origin=origin, now=now
        )
        result = StartedSession(tokens, tuple(each.given_back() for each in admitted.standings))
        async with self.context.database.begin() as transaction:
            sessions = SessionRepository(transaction)
            if not await sessions.hold_password(member, renewed):
                return None
            sessions.add(started)
            trail = AuditWriter.of_member(transaction, started.credentials, origin, now)
            await trail.record(IdentityAction.SIGNED_IN)
            for session_id in await sessions.crowd_out(started, now=now):
                await trail.record(IdentityAction.CROWDED_OUT, subject_id=session_id)
            await IdempotencyKeyRepository(transaction).settle(once, result)
            await LimitRepository(transaction).give_back(admitted.failure)
        return result

    async def _as_stored(self, member: Member) -> Member | None:
        async with self.context.database.begin() as transaction:
            return await SessionRepository(transaction).member(
                member.id, organization_id=member.organization_id
            )

    def _on_device(self, candidate: Candidate) -> list[LimitUse]:
        return (
            [] if candidate.device is None else self.context.limits.signing_in_on(candidate.device)
        )

    def _guesses(self, candidates: Sequence[Candidate], name: Name) -> list[LimitUse]:
        members = [each.member.id if each.member else None for each in candidates]
        return self.context.limits.guessing_passwords(members, nobody=name.counted)

    def _report(self, refused: AppError, attempt: Attempt) -> None:
        """Log a failed sign-in, with a digest in place of the name (A12)."""
        address = attempt.origin.address
        log.info(
            "sign_in_failed",
            code=refused.code,
            subject=self.session_tokens.name_hash(attempt.name.counted),
            network=network(address) if address else None,
        )


def _granted(uses: Sequence[LimitUse], taken: Sequence[LimitState]) -> list[LimitUse]:
    return [use for use, it in zip(uses, taken, strict=True) if it.is_granted]
