"""Money on the wire: a decimal string with two places, and the currency beside it."""

from typing import Annotated, Final, Literal

from pydantic import WithJsonSchema

MONEY_SCHEMA: Final = {
    "type": "string",
    "format": "decimal",
    "pattern": r"^-?\d{1,15}\.\d\d$",
    "examples": ["1234.50"],
}
MoneyText = Annotated[str, WithJsonSchema(MONEY_SCHEMA)]
CurrencyName = Literal["UAH"]
