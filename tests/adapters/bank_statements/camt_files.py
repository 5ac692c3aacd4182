"""Statements in camt.053 as banks write them, and as they should not."""

from collections.abc import Iterator

OPERATOR = "UA906543210000000260323012024"
PAYER = "UA113052990000026007891234567"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def balance(code: str, amount: str, *, currency: str = "UAH", way: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd></Bal>'
    )


def payment(
    amount: str | None = "100.00",
    *,
    reference: str = "NOTPROVIDED",
    purpose: str = "<Ustrd>о/р 1234567890,</Ustrd><Ustrd>рах. 2026-10-000123</Ustrd>",
    tax_id: str = "12345678",
    bank_ref: str = "",
) -> str:
    told = f'<Amt Ccy="UAH">{amount}</Amt>' if amount else ""
    own = f"<AcctSvcrRef>{bank_ref}</AcctSvcrRef>" if bank_ref else ""
    return (
        f"<TxDtls><Refs>{own}<EndToEndId>{reference}</EndToEndId></Refs>{told}"
        f"<RltdPties><Dbtr><Pty><Nm>ТОВ Клієнт</Nm><Id><OrgId><Othr><Id>{tax_id}</Id></Othr>"
        f"</OrgId></Id></Pty></Dbtr><DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{purpose}</RmtInf></TxDtls>"
    )


def entry(
    amount: str = "100.00",
    *payments: str,
    way: str = "CRDT",
    bank_ref: str = "REF1",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    more: str = "",
    currency: str = "UAH",
) -> str:
    details = "".join(payments) if payments else payment(None)
    named = f"<AcctSvcrRef>{bank_ref}</AcctSvcrRef>" if bank_ref else ""
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{way}</CdtDbtInd>{status}<BookgDt><Dt>2026-11-24</Dt></BookgDt>{named}"
        f"<NtryDtls>{details}</NtryDtls>{more}</Ntry>"
    )


def statement(*entries: str, opening: str = "1000.00", closing: str = "1100.00") -> str:
    return (
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{OPERATOR}</IBAN></Id></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}</Stmt>"
    )


def document(*statements: str, root: str = "BkToCstmrStmt", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="{NAMESPACE}"><{root}>'
        f"<GrpHdr><MsgId>1</MsgId></GrpHdr>{''.join(statements)}</{root}></Document>"
    ).encode()


def long_document(count: int) -> Iterator[bytes]:
    """Yield the pieces of a statement with so many payments of 1.00."""
    whole = document(statement("SPLIT", opening="0.00", closing=f"{count}.00"))
    before, after = whole.split(b"SPLIT")
    yield before
    for number in range(count):
        yield entry("1.00", bank_ref=f"R{number}").encode()
    yield after
