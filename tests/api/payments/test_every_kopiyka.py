"""Money as a machine of states: issued, corrected, paid, given back, disputed, killed between."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from app.errors import AppError
from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.invoice import InvoiceKind
from app.models.money import ZERO, Money
from app.models.payments.acquiring import ChargeStatus
from app.models.payments.payout import PAYOUT
from app.models.period import Period
from app.origin import Origin
from app.security.access_tokens import AccessTokens
from app.services.payments.drafts import PaymentAsked
from tests.adapters.bank_statements.camt_files import OPERATOR
from tests.databases import Databases, Killed
from tests.factories.people import act
from tests.limits.machines import explore
from tests.rounds import few_or_many
from tests.steps.payments.instructing import SECOND
from tests.steps.payments.places import Place
from tests.steps.payments.soundness import ACQUIRER

FEW, MANY, STEPS = 3, 150, 25
NET: Final = st.integers(1, 40_000)
DEATH: Final = st.one_of(st.none(), st.integers(0, 3))
"""Before which of its commits the process is killed."""
WHERE: Final = Origin(address=None, device=None)


class Kopiykas(RuleBasedStateMachine):
    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.world = self._run(self.place.begin())
        self.invoices: list[tuple[UUID, Draft]] = []

    @override
    def teardown(self) -> None:
        try:
            self._run(self._settle_down())
        finally:
            self._run(self.place.end())

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        self._run(self.world.require_sound())

    @rule(net=NET, kind=st.sampled_from(["service", "planned", "final", "penalty"]), dies=DEATH)
    def issue(self, net: int, kind: str, dies: int | None) -> None:
        charge = ChargeClass.PENALTY if kind == "penalty" else ChargeClass.DISTRIBUTION
        is_final = kind == "final"
        drafted = Draft(
            issue_key="final:2026-11" if is_final else f"n{len(self.invoices)}",
            kind=InvoiceKind(kind),
            lines=[_line(net, charge)],
            period=Period(2026, 11) if kind in {"planned", "final"} else None,
        )
        promised, known = self._run(self.world.earmarked()), len(self.invoices)
        self._issue(drafted, dies)
        if is_final and len(self.invoices) > known:
            # What instalments have brought in, the final invoice of their month takes.
            paid = self._run(self.world.paid(self.invoices[-1][0]))
            assert paid >= min(drafted.total, promised)

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(0, 99), net=st.integers(-20_000, 20_000), dies=DEATH)
    def correct(self, which: int, net: int, dies: int | None) -> None:
        invoice_id, before = self.invoices[which % len(self.invoices)]
        if not net or before.kind in {InvoiceKind.PLANNED, InvoiceKind.CORRECTIVE}:
            return
        drafted = Draft(
            issue_key=f"c{len(self.invoices)}",
            kind=InvoiceKind.CORRECTIVE,
            lines=[_line(net, before.lines[0].charge)],
            corrects_id=invoice_id,
        )
        self._issue(drafted, dies)

    @precondition(lambda self: self.invoices)
    @rule(
        which=st.lists(st.integers(0, 99), min_size=1, max_size=3), dies=DEATH, loses=st.booleans()
    )
    def begin_paying(self, which: list[int], dies: int | None, *, loses: bool) -> None:
        ids = [self.invoices[each % len(self.invoices)][0] for each in which]
        self._begin(PaymentAsked(invoice_ids=ids), dies, loses=loses)

    @rule(kopiykas=st.integers(100, 50_000), dies=DEATH)
    def begin_paying_in_advance(self, kopiykas: int, dies: int | None) -> None:
        account = self.world.company.account.id
        amount = Decimal(kopiykas) / 100
        self._begin(PaymentAsked(account_id=account, amount=amount), dies, loses=False)

    @precondition(lambda self: self.world.acquirer.charges)
    @rule(which=st.integers(0, 99), dies=DEATH, times=st.integers(0, 3))
    def pay(self, which: int, dies: int | None, times: int) -> None:
        charges = self.world.acquirer.charges
        number = sorted(charges)[which % len(charges)]
        if charges[number].status is ChargeStatus.CREATED:
            self.world.acquirer.move(number, ChargeStatus.SUCCEEDED, charges[number].amount)
        for _ in range(times):
            self._do(self.world.charges.notified(ACQUIRER, {}, number.encode()), dies)

    @precondition(lambda self: self.world.acquirer.charges)
    @rule(
        which=st.integers(0, 99),
        end=st.sampled_from([ChargeStatus.FAILED, ChargeStatus.EXPIRED]),
        dies=DEATH,
        is_told=st.booleans(),
    )
    def decline_or_expire(
        self, which: int, end: ChargeStatus, dies: int | None, *, is_told: bool
    ) -> None:
        charges = self.world.acquirer.charges
        number = sorted(charges)[which % len(charges)]
        if charges[number].status is ChargeStatus.CREATED:
            self.world.acquirer.move(number, end, ZERO)
        if is_told:
            self._do(self.world.charges.notified(ACQUIRER, {}, number.encode()), dies)

    @precondition(lambda self: self.world.acquirer.charges)
    @rule(
        which=st.integers(0, 99),
        kopiykas=st.integers(1, 30_000),
        dies_asking=DEATH,
        dies=DEATH,
        loses=st.booleans(),
    )
    def refund(
        self, which: int, kopiykas: int, dies_asking: int | None, dies: int | None, *, loses: bool
    ) -> None:
        charges = self.world.acquirer.charges
        reference = charges[sorted(charges)[which % len(charges)]].reference
        asked = self.world.operator.refund(
            UUID(reference), Money(kopiykas), approved_by=SECOND, act=act()
        )
        self._do(asked, dies_asking)
        self.world.acquirer.loses_answer = loses
        self._do(self.world.working.instruct(), dies)
        self.world.acquirer.loses_answer = False

    @rule(
        lines=st.lists(st.integers(1, 30_000), min_size=1, max_size=2),
        which=st.integers(0, 99),
        is_own=st.booleans(),
        dies=DEATH,
    )
    def bank(self, lines: list[int], which: int, dies: int | None, *, is_own: bool) -> None:
        named = "передоплата"
        if self.invoices and which % 3:
            named = f"рах. 2026-11-{1 + which % len(self.invoices):06}"
        self._run(self.world.write_statement(lines, named=named, is_own=is_own))
        self._do(self.world.load(self.world.files[-1]), dies)

    @precondition(lambda self: self.world.files)
    @rule(which=st.integers(0, 99))
    def the_same_file_again(self, which: int) -> None:
        before = self._run(self.world.snapshot())
        file = self.world.files[which % len(self.world.files)]
        self._run(self.world.load(file))
        again = self._run(self.world.snapshot())
        self._run(self.world.load(file))
        assert self._run(self.world.snapshot()) == again
        assert set(before.received) <= set(again.received)

    @rule(which=st.integers(0, 99), dies=DEATH)
    def assign_or_take_back(self, which: int, dies: int | None) -> None:
        lines = self._run(self.world.statements.newest(only_unmatched=False))
        if not lines:
            return
        line = lines[which % len(lines)]
        statements, number = self.world.statements, self.world.company.account.account_number
        if line.payment_id is None:
            self._do(statements.assign(line.id, number, is_invoice=False, act=act()), dies)
        else:
            self._do(statements.unassign(line.id, act=act()), dies)

    @rule(which=st.integers(0, 99), fee=st.integers(0, 500), dies=DEATH)
    def pay_out_or_take_back(self, which: int, fee: int, dies: int | None) -> None:
        lines = self._run(self.world.statements.newest(only_unmatched=False))
        if not lines:
            return
        line, payouts = lines[which % len(lines)], self.world.payouts
        if line.rule == PAYOUT:
            self._do(payouts.undo(line.id, act=act()), dies)
        else:
            self._do(payouts.post(line.id, ACQUIRER, fee=Money(fee), act=act()), dies)

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(0, 99), dies=DEATH)
    def charge_for_paying_late(self, which: int, dies: int | None) -> None:
        number = f"2026-11-{1 + which % len(self.invoices):06}"
        self._do(self.world.penalties.confirm(number, None, act=act()), dies)
        charging = self._run(self.world.penalties_of(number))
        # The same days are never charged twice, and the machine's clock stands still.
        assert len(charging) <= 1
        for invoice_id in charging:
            if all(invoice_id != known for known, _ in self.invoices):
                charged = Draft(issue_key=number, kind=InvoiceKind.PENALTY, lines=[PENALTY_LINE])
                self.invoices.append((invoice_id, charged))

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(1, 99), dies=DEATH, ends=st.booleans())
    def dispute(self, which: int, dies: int | None, *, ends: bool) -> None:
        number = f"2026-11-{1 + which % len(self.invoices):06}"
        disputes = self.world.disputes
        self._do((disputes.end if ends else disputes.begin)(number, act=act()), dies)

    @rule(dies=DEATH)
    def even_out(self, dies: int | None) -> None:
        self._do(self.world.advances.even_out(), dies)

    @rule(dies=DEATH)
    def the_worker_comes_by(self, dies: int | None) -> None:
        self._do(self.world.charges.poll(), dies)
        self._do(self.world.working.instruct(), dies)

    def _issue(self, drafted: Draft, dies: int | None) -> None:
        """Issue, whatever happens in between; the same again changes nothing."""
        self._do(self.world.issue(drafted), dies)
        invoice_id = self._run(self.world.issue(drafted))
        before = self._run(self.world.snapshot())
        assert self._run(self.world.issue(drafted)) == invoice_id
        assert self._run(self.world.snapshot()) == before
        if all(invoice_id != known for known, _ in self.invoices):
            self.invoices.append((invoice_id, drafted))

    def _begin(self, asked: PaymentAsked, dies: int | None, *, loses: bool) -> None:
        self.world.acquirer.loses_answer = loses
        credentials = self.world.owner.credentials
        self._do(self.world.payments.start(credentials, asked, origin=WHERE), dies)
        self.world.acquirer.loses_answer = False

    async def _settle_down(self) -> None:
        """After all: what cards and banks have brought is what we have, and nothing moves more."""
        world = self.world
        await world.recover()
        await world.require_sound()
        clearing, bank = (
            await world.balance(Book(kind=BookKind.CLEARING, name=ACQUIRER)),
            await world.balance(Book(kind=BookKind.BANK, name=OPERATOR)),
        )
        paid_out = await world.paid_out()
        assert (clearing, bank) == (world.acquirer.holds - paid_out, world.loaded)
        await world.require_advances_used()
        before = await world.snapshot()
        await world.recover()
        assert await world.snapshot() == before

    def _do(self, work: Coroutine[Any, Any, Any], dies: int | None) -> None:
        """Do a step in a process that may be killed, or refused; then it is another process."""
        self.world.database.commits_left = dies
        with suppress(Killed, AppError):
            self._run(work)
        self.world.database.commits_left = None

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.place.runner.run(work)


def _line(net: int, charge: ChargeClass) -> DraftLine:
    kwh = Decimal(1)
    return DraftLine.priced(charge.value, charge, kwh, "kWh", Decimal(net) / 100, eic="62Z1")


PENALTY_LINE: Final = _line(1, ChargeClass.PENALTY)
"""Stands for what a penalty asks for, where only its class matters."""


@pytest.mark.parametrize("runs", few_or_many(FEW, MANY))
async def test_every_kopiyka_that_came_in_stands_somewhere_once(
    databases: Databases, access_tokens: AccessTokens, tmp_path: Path, runs: int
) -> None:
    async with databases.lend() as own:
        place = Place(own.url, access_tokens, tmp_path)
        await asyncio.to_thread(_explore, place, runs)


def _explore(place: Place, runs: int) -> None:
    Kopiykas.place = place
    try:
        explore(Kopiykas, runs=runs, steps=STEPS)
    finally:
        place.close()
