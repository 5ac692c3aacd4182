"""Says how each figure of an invoice came about, from the very numbers it was made of."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from app.models.billing.shown import InvoiceDetail, ShownLine, StatementRow
from app.models.money import Money
from app.models.period import MONTHS, Period

Words: TypeAlias = Callable[..., str]
"""Says a text in the caller's language: the key and its facts."""


PLAIN: Final = frozenset({"works", "connection", "penalty"})
"""Codes whose text needs no facts."""


def description_of(line: ShownLine, words: Words) -> str:
    """Return what a line is for: the operator's words, or ours."""
    if line.description:
        return line.description
    if line.code == "distribution":
        return _distribution(line, words)
    if "stretches" in line.basis:
        return words(f"invoice.line.{line.code}_of", number=line.basis["invoice_number"])
    if line.code == "planned":
        key = "invoice.line.planned_point" if line.eic else "invoice.line.planned"
        return words(key, period=Period.parse(line.basis["period"]), eic=line.eic)
    if line.code == "reactive" and line.eic:
        return words("invoice.line.reactive", eic=line.eic)
    return words(f"invoice.line.{line.code if line.code in PLAIN else 'other'}")


def _distribution(line: ShownLine, words: Words) -> str:
    if not _is_of_ours(line):
        return words("invoice.line.energy")
    return words(
        "invoice.line.distribution",
        period=Period.parse(line.basis["period"]),
        eic=line.eic,
        voltage_class=line.basis["tariff"]["voltage_class"],
    )


def detail_of(row: StatementRow, words: Words) -> str:
    """Return what a row of a statement is about."""
    if row.document_number is None:
        return words(f"posting.{row.kind}")
    return words(f"posting.{row.kind}.document", number=row.document_number)


def explained(detail: InvoiceDetail, words: Words) -> Iterator[tuple[int | None, str]]:
    """Yield sentences, each with the position of the line that it explains; last that on VAT."""
    for line in detail.lines:
        for sentence in _sentences(line, words):
            yield line.position, sentence
    invoice = detail.invoice
    yield (
        None,
        words(
            "invoice.explain.vat",
            rate=(invoice.vat_rate * 100).normalize(),
            net=invoice.net,
            vat=invoice.vat,
            total=invoice.total,
        ),
    )


def _sentences(line: ShownLine, words: Words) -> Iterator[str]:
    if _is_of_ours(line):
        for register in line.basis["registers"]:
            yield _register(register, words)
        yield _energy(line, words)
        yield _price(line, words)
    elif line.code == "planned":
        yield from _planned(line, words)
    elif "stretches" in line.basis:
        yield from _late(line, words)
    elif line.code == "reactive" and "equivalent_act" in line.basis:
        yield from _reactive(line, words)
    else:
        yield words("invoice.explain.line", quantity=line.quantity, price=line.price, net=line.net)


def _is_of_ours(line: ShownLine) -> bool:
    """Tell whether the line was made of a settlement; an imported one has no numbers behind it."""
    return line.code == "distribution" and "tariff" in line.basis


def _register(register: Mapping[str, Any], words: Words) -> str:
    facts = {
        "meter": register["meter"],
        "register": register["code"],
        "opening": _number(register["opening"]),
        "closing": _number(register["closing"]),
        "multiplier": _number(register["multiplier"]),
        "kwh": _number(register["kwh"]),
    }
    if None in {facts["opening"], facts["closing"]}:
        return words("invoice.explain.register_shared", **facts)
    if register["kind"] == "estimated":
        return words("invoice.explain.register_estimated", **facts)
    return words("invoice.explain.register", **facts)


def _energy(line: ShownLine, words: Words) -> str:
    basis = line.basis
    facts = {"kwh": Decimal(basis["kwh"]), "period": Period.parse(basis["period"])}
    if basis["billed_kwh"]:
        return words(
            "invoice.explain.energy_corrected",
            **facts,
            billed=Decimal(basis["billed_kwh"]),
            difference=line.quantity,
        )
    return words("invoice.explain.energy", **facts)


def _price(line: ShownLine, words: Words) -> str:
    tariff = line.basis["tariff"]
    return words(
        "invoice.explain.price",
        quantity=line.quantity,
        price=line.price,
        net=line.net,
        tariff=Decimal(tariff["price_uah_per_mwh"]),
        valid_from=date.fromisoformat(tariff["valid_from"]),
        act=tariff["act"],
    )


def _planned(line: ShownLine, words: Words) -> Iterator[str]:
    basis, period = line.basis, Period.parse(line.basis["period"])
    if "amount" in basis:
        amount = Money.parse(basis["amount"])
        yield words("invoice.explain.planned_fixed", period=period, amount=amount)
        return
    facts = {
        "percent": Decimal(basis["percent"]),
        "kwh": Decimal(basis["kwh"]),
        "quantity": line.quantity,
        "period": period,
    }
    if basis["source"] == "last_year":
        before = period.shifted(-MONTHS)
        yield words("invoice.explain.planned_last_year", **facts, before=before)
    else:
        yield words("invoice.explain.planned_declared", **facts)
    yield _price(line, words)


def _late(line: ShownLine, words: Words) -> Iterator[str]:
    for each in line.basis["stretches"]:
        yield words(
            f"invoice.explain.{line.code}",
            owed=Money.parse(each["owed"]),
            first=date.fromisoformat(each["first"]),
            last=date.fromisoformat(each["last"]),
            days=each["days"],
            percent=Decimal(each["percent"]),
        )


def _reactive(line: ShownLine, words: Words) -> Iterator[str]:
    basis = line.basis
    yield words(
        "invoice.explain.reactive",
        consumed=Decimal(basis["consumed_kvarh"]),
        generated=Decimal(basis["generated_kvarh"]),
        equivalent=Decimal(basis["equivalent"]),
        price=Decimal(basis["price"]),
        basic=Money.parse(basis["basic"]),
        surcharge=Money.parse(basis["surcharge"]),
    )
    if Decimal(basis["factor"]) > 1:
        yield words(
            "invoice.explain.reactive_surcharge",
            active=Decimal(basis["active_kwh"]),
            consumed=Decimal(basis["consumed_kvarh"]),
            tg_phi=Decimal(basis["tg_phi"]),
            factor=Decimal(basis["factor"]),
            surcharge=Money.parse(basis["surcharge"]),
            act=basis["surcharge_act"],
        )
    yield words(
        "invoice.explain.reactive_sources",
        valid_from=date.fromisoformat(basis["equivalent_from"]),
        equivalent_act=basis["equivalent_act"],
        period=Period.parse(basis["period"]),
        price_act=basis["price_act"],
    )
    billed = Money.parse(basis["billed"])
    if billed:
        yield words("invoice.explain.reactive_corrected", billed=billed, difference=line.net)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
