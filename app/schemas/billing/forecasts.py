from pydantic import Field

from app.models.billing.bill_forecast import BillForecast
from app.models.billing.draft import Draft, DraftLine
from app.models.money import Currency, Money
from app.renderings.explanations import Words
from app.schemas.base import Out, PeriodText
from app.schemas.billing.invoices import PriceText, QuantityText
from app.schemas.money import CurrencyName, MoneyText


class ForecastLineOut(Out):
    code: str = Field(examples=["distribution"])
    description: str = Field(description="For people, in the caller's language")
    eic: str
    quantity: QuantityText = Field(description="Whole kWh, as they are likely to be")
    unit: str = Field(examples=["kWh"])
    price: PriceText = Field(description="For one unit, without VAT")
    net: MoneyText
    vat: MoneyText
    total: MoneyText

    @classmethod
    def of(cls, line: DraftLine, vat: Money, forecast: BillForecast, words: Words) -> Out:
        return cls.built(
            code=line.code,
            description=words(
                "invoice.line.distribution",
                period=forecast.period,
                eic=line.eic,
                voltage_class=line.basis["tariff"]["voltage_class"],
            ),
            eic=line.eic,
            quantity=f"{line.quantity:f}",
            unit=line.unit,
            price=f"{line.price.normalize():f}",
            net=str(line.net),
            vat=str(vat),
            total=str(line.net + vat),
        )


class UnknownPointOut(Out):
    eic: str
    code: str = Field(examples=["consumption_unknown", "tariff_missing"])
    detail: str = Field(description="The same for people, in the caller's language")


class BillForecastOut(Out):
    """What the running month will come to; no invoice, and nobody is bound by it."""

    period: PeriodText
    currency: CurrencyName
    lines: list[ForecastLineOut]
    net: MoneyText
    vat: MoneyText
    total: MoneyText
    is_complete: bool = Field(description="Whether all metering points of the account are in it")
    unknown: list[UnknownPointOut] = Field(
        description="Metering points that are not in it, and why"
    )

    @classmethod
    def of(cls, forecast: BillForecast, words: Words) -> "BillForecastOut":
        draft = forecast.draft
        return cls.built(
            period=forecast.period,
            currency=Currency.UAH.value,
            lines=_lines(forecast, draft, words) if draft else [],
            net=str(draft.net if draft else Money(0)),
            vat=str(draft.vat if draft else Money(0)),
            total=str(draft.total if draft else Money(0)),
            is_complete=not forecast.unknown,
            unknown=[
                UnknownPointOut.built(eic=eic, code=code, detail=words(f"forecast.{code}"))
                for eic, code in forecast.unknown.items()
            ],
        )


def _lines(forecast: BillForecast, draft: Draft, words: Words) -> list[Out]:
    pairs = zip(draft.lines, draft.line_vats, strict=True)
    return [ForecastLineOut.of(line, vat, forecast, words) for line, vat in pairs]
