"""What a run of bills came to."""

from dataclasses import dataclass, field
from typing import Final

from app.models.billing.draft import Draft
from app.models.billing.invoice import InvoiceKind
from app.models.money import ZERO, Money
from app.models.period import Period

MOST_SHOWN: Final = 200
"""Documents and problems that a run names; the counts go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """A document of a run; without a number in a dry run."""

    account_number: str
    number: str | None
    kind: InvoiceKind
    period: Period | None
    net: Money
    vat: Money
    total: Money


@dataclass(frozen=True, slots=True)
class RunProblem:
    """Why an account was not billed."""

    account_number: str
    code: str


@dataclass(slots=True)
class BillRun:
    accounts: int = 0
    """Whose period is settled."""
    documents: int = 0
    refused: int = 0
    net: Money = ZERO
    vat: Money = ZERO
    shown: list[RunDocument] = field(default_factory=list)
    problems: list[RunProblem] = field(default_factory=list)

    @property
    def total(self) -> Money:
        return self.net + self.vat

    def add(self, account_number: str, number: str | None, draft: Draft) -> None:
        self.documents += 1
        self.net += draft.net
        self.vat += draft.vat
        if len(self.shown) < MOST_SHOWN:
            document = RunDocument(
                account_number=account_number,
                number=number,
                kind=draft.kind,
                period=draft.period,
                net=draft.net,
                vat=draft.vat,
                total=draft.total,
            )
            self.shown.append(document)

    def refuse(self, account_number: str, code: str) -> None:
        self.refused += 1
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(RunProblem(account_number, code))
