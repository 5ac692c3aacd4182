"""What our books know of the numbers, payers and sums of many lines, in a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text

from app.models.money import Money
from app.models.payments.bank_line import BankLine
from app.models.payments.matching.clues import Clues, normalized
from app.models.payments.matching.rules import Known, KnownAccount, KnownInvoice
from app.repositories.base import Repository

_ACCOUNT: Final = "a.organization_id, a.id AS account_id, a.account_number, o.tax_id"
_INVOICE: Final = f"""
SELECT {_ACCOUNT}, i.id AS invoice_id, i.number, i.due_on,
       coalesce(sum(p.total - p.paid) FILTER (WHERE p.disputed_at IS NULL), 0)::bigint
         AS outstanding
  FROM invoices i
  JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
  JOIN accounts a ON a.organization_id = i.organization_id AND a.id = i.account_id
  JOIN organizations o ON o.id = a.organization_id"""  # noqa: S608 - constants
_GROUPED: Final = """
 GROUP BY a.organization_id, a.id, a.account_number, o.tax_id, i.id, i.number, i.due_on"""
_BY_NUMBER: Final = text(f"{_INVOICE} WHERE i.number = ANY(:numbers) {_GROUPED}").bindparams(
    bindparam("numbers", type_=ARRAY(Text))
)
_BY_AMOUNT: Final = text(f"""{_INVOICE}
 WHERE p.paid < p.total AND (i.organization_id, i.id) IN (
   SELECT q.organization_id, q.invoice_id FROM invoice_parts q
    WHERE q.paid < q.total
    GROUP BY q.organization_id, q.invoice_id
   HAVING sum(q.total - q.paid) = ANY(:amounts) LIMIT 2000)
{_GROUPED}
""").bindparams(bindparam("amounts", type_=ARRAY(BigInteger)))  # noqa: S608 - constants
_ACCOUNTS: Final = text(f"""
SELECT {_ACCOUNT} FROM accounts a JOIN organizations o ON o.id = a.organization_id
 WHERE a.account_number = ANY(:numbers)
""").bindparams(bindparam("numbers", type_=ARRAY(Text)))  # noqa: S608 - constants
_OF_PAYERS: Final = text(f"""
SELECT {_ACCOUNT}
  FROM organizations o
  JOIN LATERAL (SELECT * FROM accounts f WHERE f.organization_id = o.id LIMIT 2) a ON true
 WHERE o.tax_id = ANY(:tax_ids)
""").bindparams(bindparam("tax_ids", type_=ARRAY(Text)))  # noqa: S608 - constants
_ALIASES: Final = text(f"""
SELECT {_ACCOUNT}, l.iban AS payer_iban, l.tax_id AS payer_tax_id
  FROM payer_aliases l
  JOIN accounts a ON a.organization_id = l.organization_id AND a.id = l.account_id
  JOIN organizations o ON o.id = a.organization_id
 WHERE l.iban = ANY(:ibans)
""").bindparams(bindparam("ibans", type_=ARRAY(Text)))  # noqa: S608 - constants
Asked = Sequence[tuple[BankLine, Clues]]


@dataclass(frozen=True, slots=True)
class Books:
    """All that was found for a batch of lines; `of` picks what concerns one."""

    invoices: dict[str, list[KnownInvoice]]
    accounts: dict[str, list[KnownAccount]]
    of_payers: dict[str, list[KnownAccount]]
    by_amount: dict[Money, list[KnownInvoice]]
    aliases: dict[tuple[str, str], KnownAccount]

    def of(self, line: BankLine, clues: Clues) -> Known:
        payer = line.other
        named = [each for each in (*clues.references, *clues.numbers) if each in self.invoices]
        same = self.by_amount.get(line.amount, [])
        return Known(
            invoices=[invoice for number in named for invoice in self.invoices[number]],
            accounts=[
                account for number in clues.numbers for account in self.accounts.get(number, [])
            ],
            of_payer=self.of_payers.get(payer.tax_id or "", []),
            open_of_payer=[each for each in same if each.account.tax_id == payer.tax_id],
            alias=self.aliases.get((payer.iban or "", payer.tax_id or "")),
            same_amount=same,
        )


class KnownRepository(Repository):
    async def books_for(self, asked: Asked) -> Books:
        """Return what is known of all these lines."""
        numbers = _unique(
            number for _, clues in asked for number in (*clues.references, *clues.numbers)
        )
        tax_ids = _unique(line.other.tax_id for line, _ in asked)
        ibans = _unique(line.other.iban for line, _ in asked)
        amounts = sorted({line.amount.kopiykas for line, _ in asked})
        by_number = [_invoice(row) for row in await self._rows(_BY_NUMBER, numbers=numbers)]
        by_amount = [_invoice(row) for row in await self._rows(_BY_AMOUNT, amounts=amounts)]
        accounts = [_account(row) for row in await self._rows(_ACCOUNTS, numbers=numbers)]
        payers = [_account(row) for row in await self._rows(_OF_PAYERS, tax_ids=tax_ids)]
        aliases = await self._rows(_ALIASES, ibans=ibans)
        return Books(
            invoices=_grouped((normalized(each.number), each) for each in by_number),
            accounts=_grouped((each.account_number, each) for each in accounts),
            of_payers=_grouped((each.tax_id, each) for each in payers),
            by_amount=_grouped((each.outstanding, each) for each in by_amount),
            aliases={(row.payer_iban, row.payer_tax_id): _account(row) for row in aliases},
        )

    async def accounts_of(self, number: str) -> list[KnownAccount]:
        return [_account(row) for row in await self._rows(_ACCOUNTS, numbers=[number])]

    async def invoices_of(self, number: str) -> list[KnownInvoice]:
        return [_invoice(row) for row in await self._rows(_BY_NUMBER, numbers=[number])]

    async def _rows(self, statement: Any, **values: list[Any]) -> list[Any]:
        return list(await self._session.execute(statement, values))


def _unique(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def _account(row: Any) -> KnownAccount:
    return KnownAccount(row.account_id, row.organization_id, row.account_number, row.tax_id)


def _invoice(row: Any) -> KnownInvoice:
    return KnownInvoice(
        row.invoice_id, row.number, _account(row), Money(row.outstanding), row.due_on
    )
