from dataclasses import dataclass, replace
from uuid import UUID

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.models.money import ZERO, Money
from app.models.payments.actions import PaymentDeed
from app.models.payments.matching.rules import Rule
from app.models.payments.payout import (
    PAYOUT,
    UNDONE,
    PayoutExceedsClearing,
    clearing_of,
    payout_posting,
)
from app.models.payments.statement import (
    MOST_ASSIGNMENTS,
    LineAssigned,
    LineNotAssignable,
    LineNotAssigned,
    LineNotFound,
    LineState,
    StatementLine,
)
from app.origin import OperatorAct
from app.repositories.billing.ledger import Ledger
from app.repositories.operator_acts import ActWriter
from app.repositories.payments.statements import StatementRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutService:
    """Says of lines of a bank that an acquirer has paid out what cards have paid."""

    database: Database
    clock: Clock

    async def post(self, line_id: UUID, acquirer: str, *, fee: Money, act: OperatorAct) -> Money:
        """Take a line and the acquirer's fee out of clearing; return what is still in it.

        :raises LineNotFound, LineAssigned, LineNotAssignable:
        :raises PayoutExceedsClearing: the acquirer does not have so much.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            line = await _waiting(transaction, line_id)
            posting = payout_posting(
                f"{line.id}/{line.assignments}",
                acquirer,
                amount=line.amount,
                fee=fee,
                on=line.booked_on,
            )
            ledger, clearing = Ledger(transaction), clearing_of(acquirer)
            left = (await ledger.hold(posting.amounts))[clearing] + posting.amounts[clearing]
            if left < ZERO:
                raise PayoutExceedsClearing
            await ledger.post(posting, now=now)
            line.state, line.rule = LineState.MATCHED.value, PAYOUT
            line.candidates = {"acquirer": acquirer, "fee": str(fee), "act": act.details}
            line.assignments += 1
            ActWriter(transaction, act, now).record(PaymentDeed.PAYOUT_POSTED, **_told(line))
        return left

    async def undo(self, line_id: UUID, *, act: OperatorAct) -> None:
        """Let a line that was taken for a payout wait for a person again.

        :raises LineNotFound, LineNotAssigned:
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            line = await StatementRepository(transaction).lock(line_id)
            if line is None:
                raise LineNotFound
            if line.rule != PAYOUT:
                raise LineNotAssigned
            said = line.candidates
            posted = payout_posting(
                f"{line.id}/{line.assignments - 1}",
                said["acquirer"],
                amount=line.amount,
                fee=Money.parse(said["fee"]),
                on=line.booked_on,
            )
            ledger = Ledger(transaction)
            original = replace(posted, id=await ledger.id_of(*posted.key))
            undoing = original.reversed(UNDONE, posted.source_ref, kyiv_date(now))
            await ledger.post(undoing, now=now)
            ActWriter(transaction, act, now).record(PaymentDeed.PAYOUT_UNDONE, **_told(line))
            line.state, line.rule, line.candidates = LineState.WAITING.value, Rule.NONE.value, {}


async def _waiting(transaction: Transaction, line_id: UUID) -> StatementLine:
    """Return a line that stands with nobody, locked."""
    line = await StatementRepository(transaction).lock(line_id)
    if line is None:
        raise LineNotFound
    if line.state == LineState.MATCHED:
        raise LineAssigned
    if line.amount <= ZERO or line.assignments >= MOST_ASSIGNMENTS:
        raise LineNotAssignable
    return line


def _told(line: StatementLine) -> dict[str, str]:
    return {
        "line_id": str(line.id),
        "amount": str(line.amount),
        "acquirer": line.candidates["acquirer"],
        "fee": line.candidates["fee"],
    }
