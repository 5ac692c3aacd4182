import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

from app.adapters.sms import GatewayUnavailable, MessageRefused, SmsGateway
from app.clock import KYIV, Clock
from app.database import Database
from app.errors import Unavailable
from app.metrics import WorkerMetrics
from app.models.customers.organization import short_name
from app.models.messages.code_challenge import CodeChallenge, Purpose, State
from app.models.messages.message import NOT_NEEDED, OPENS_NOTHING, TOO_LATE, Delivery, Message
from app.repositories.messages.messages import Company, MessageRepository
from app.security.secrets import SecretKey
from app.texts import Locale, say

SWEPT_AT_ONCE: Final = 32
"""Messages a sweep looks after: as many calls as may hang at the same time while we stop."""

RECORD_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries to record what the gateway said while the database is away. What stays
unrecorded is sent again, and nobody wants to get an SMS twice."""

LONGEST_UCS2: Final = 70
LONGEST_GSM7: Final = 160
SHORTEST_CUT: Final = 5
"""Letters of a company's name that stay, however little room there is."""

CONSENT_TEXTS: Final = ("account_link", "account_link_short")


class DeliveryChange(Protocol):
    """The change of a message that follows from a call to the gateway."""

    def __call__(self, message: Message, /, *, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that this worker has claimed: phone, text, and the number of this start."""

    phone: str
    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageService:
    """Sends messages, and asks the gateway whether they have arrived.

    Every step is three: claim it (committed, so that a worker killed after it leaves a trace),
    call the gateway outside any transaction, record what it said. A message whose worker never
    came back falls due again and goes out with the same code; `starts` then tells how often.
    """

    database: Database
    clock: Clock
    sms: SmsGateway
    secret_key: SecretKey
    domain: str
    metrics: WorkerMetrics
    record_pauses: Sequence[float] = RECORD_PAUSES

    async def deliver(self, message_id: UUID) -> Delivery | None:
        """Send a message and return its delivery; None if it is not due for this worker."""
        letter = await self._claim(message_id)
        if letter is None:
            return None
        change = await self._send(letter)
        return await self._record(message_id, change)

    async def check(self, message_id: UUID) -> Delivery | None:
        """Ask whether a message has arrived and return its delivery; None if it is not due."""
        gateway_id = await self._claim_check(message_id)
        if gateway_id is None:
            return None
        try:
            deliveries = await self.sms.deliveries([gateway_id])
        except GatewayUnavailable:
            deliveries = {}
        found = deliveries.get(gateway_id, Delivery.UNKNOWN)
        return await self._record(message_id, partial(Message.conclude_check, delivery=found))

    async def sweep(self) -> int:
        """Send or check the messages that are due, with or without a job; return how many.

        :raises ExceptionGroup: some failed, the others were looked after; the next sweep retries.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            due = await MessageRepository(transaction).list_due(now, limit=SWEPT_AT_ONCE)
        steps = [
            self.deliver(message.id)
            if message.status == Delivery.QUEUED
            else self.check(message.id)
            for message in due
        ]
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        if failures := [outcome for outcome in outcomes if isinstance(outcome, Exception)]:
            raise ExceptionGroup("sweep", failures)
        return sum(outcome is not None for outcome in outcomes)

    async def _claim(self, message_id: UUID) -> Letter | None:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            messages = MessageRepository(transaction)
            message = await messages.lock(message_id)
            if message is None or not message.is_due(now, status=Delivery.QUEUED):
                return None
            # Asked first: of a message that is very late the challenge may be forgotten.
            is_late = now >= message.give_up_at
            challenge = None if is_late else await messages.challenge_of(message)
            is_needed = challenge is None or challenge.state(now) is State.OPEN
            if is_late or not is_needed:
                reason = TOO_LATE if is_late else NOT_NEEDED
                message.fail(start=message.starts, reason=reason, now=now)
            else:
                message.start(now)
                if challenge is not None:
                    challenge.fix_key(self.secret_key)
            company = await messages.company_of(message)
        if message.status == Delivery.FAILED:
            self.metrics.count_message(Delivery.FAILED)
            return None
        return Letter(
            phone=message.phone,
            text=self._text(message, challenge, company),
            start=message.starts,
        )

    async def _claim_check(self, message_id: UUID) -> str | None:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            message = await MessageRepository(transaction).lock(message_id)
            if message is None or not message.is_due(now, status=Delivery.SENT):
                return None
            message.begin_check(now)
            return message.gateway_id

    def _text(
        self, message: Message, challenge: CodeChallenge | None, company: Company | None
    ) -> str:
        """Write the text. Only here, and only in memory, does the code exist (O6)."""
        locale, facts = Locale(message.locale), _facts(company) | (message.facts or {})
        if challenge is None:
            return say(f"notice.{message.template}", locale, **facts)
        if facts.pop(OPENS_NOTHING, False):
            return with_name("notice.invited_elsewhere", locale, **facts)
        code, until = challenge.digits(self.secret_key), message.give_up_at
        if challenge.purpose == Purpose.ACCOUNT_LINK:
            return compose_consent(facts, locale, code=code, until=until)
        key = f"message.{challenge.purpose}"
        return compose(key, locale, code=code, until=until, domain=self.domain, **facts)

    async def _send(self, letter: Letter) -> DeliveryChange:
        started = time.monotonic()
        outcome, change = await self._call(letter)
        self.metrics.count_call(outcome, time.monotonic() - started)
        return change

    async def _call(self, letter: Letter) -> tuple[str, DeliveryChange]:
        try:
            gateway_id = await self.sms.send(phone=letter.phone, text=letter.text)
        except MessageRefused as refused:
            reason = f"refused_{refused.code}"
            return "refused", partial(Message.fail, start=letter.start, reason=reason)
        except GatewayUnavailable as away:
            later = partial(Message.postpone, start=letter.start, reason=away.reason)
            return "unavailable", later
        return "accepted", partial(Message.accept, gateway_id=gateway_id)

    async def _record(self, message_id: UUID, change: DeliveryChange) -> Delivery | None:
        """Record what the gateway said, also if the database is away for a moment.

        A change that was recorded although the answer to it was lost is not harmed by the next try.

        :raises Unavailable: the database stayed away. The message falls due again, and `starts`
            then tells that there may be a duplicate.
        """
        for pause in self.record_pauses:
            try:
                return await self._record_once(message_id, change)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._record_once(message_id, change)

    async def _record_once(self, message_id: UUID, change: DeliveryChange) -> Delivery | None:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            messages = MessageRepository(transaction)
            message = await messages.lock(message_id)
            if message is None:
                return None
            before = message.status
            change(message, now=now)
            await messages.schedule(message, now=now)
        if message.status != before:
            self.metrics.count_message(message.status)
        return Delivery(message.status)


def _facts(company: Company | None) -> dict[str, str]:
    if company is None:
        return {"company": "", "tax_id": ""}
    return {"company": short_name(company.name), "tax_id": company.tax_id}


def compose(
    key: str, locale: Locale, *, code: str, until: datetime, domain: str, **facts: str
) -> str:
    """Return an SMS of one segment, whose last line phones offer to the right web page (O10).

    The moment in it makes each resend a text of its own: within 90 s the provider drops a text
    that it has seen. A long domain costs the prose, never the code.
    """
    last_line = f"@{domain} #{code}"
    facts |= {"code": code, "until": f"{until.astimezone(KYIV):%H:%M}"}
    text = with_name(key, locale, last_line=f"\n{last_line}", **facts)
    return text if fits_one_segment(text) else f"{code}\n{last_line}"


def compose_consent(facts: Mapping[str, Any], locale: Locale, *, code: str, until: datetime) -> str:
    """Return an SMS of one segment that tells whom the code lets do what with which account.

    Its last line names no web page: the code is not typed in on the phone that receives it, but
    passed on to the company that asks. Long account numbers leave room for a short text only.
    """
    words = {
        **facts,
        "scope": say(f"link_scope.{facts.get('scope')}", locale),
        "until": f"{until.astimezone(KYIV):%H:%M}",
    }
    texts = (say(f"message.{key}", locale, **words) for key in CONSENT_TEXTS)
    long, short = (f"{prose}\n#{code}" for prose in texts)
    return long if fits_one_segment(long) else short


def with_name(
    key: str, locale: Locale, *, company: str = "", last_line: str = "", **facts: str
) -> str:
    """Return a text whose company's name is cut so far that all fits one segment."""
    text = say(key, locale, company=company, **facts) + last_line
    for length in range(len(company) - 1, SHORTEST_CUT - 1, -1):
        if fits_one_segment(text):
            break
        text = say(key, locale, company=f"{company[:length].rstrip()}…", **facts) + last_line
    return text


def fits_one_segment(text: str) -> bool:
    """Say whether a text is one SMS to pay: 160 Latin characters, or 70 UTF-16 units."""
    return len(text) <= LONGEST_GSM7 if text.isascii() else _utf16_units(text) <= LONGEST_UCS2


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
