from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

HEADINGS = ("Company", "Phone", "Account number", "Tax id")


class CompanyToTry(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def account_number(self) -> str: ...
    @property
    def tax_id(self) -> str: ...


def banner(*, address: str, state: Path, companies: Sequence[CompanyToTry]) -> str:
    """Return what a person needs to know once everything runs."""
    places = f"""
The business cabinet is running.

  API             {address}/v1
  Documentation   {address}/docs
  Sandbox         {address}/sandbox
  SMS inbox       {address}/sandbox/sms
  Logs            {state / "api.log"}
                  {state / "worker.log"}
"""
    if companies:
        places += f"\nCompanies that can sign up at once:\n\n{_table(companies)}\n"
    return f"{places}\nCtrl-C stops everything.\n"


def _table(companies: Sequence[CompanyToTry]) -> str:
    rows = [HEADINGS, *((of.name, of.phone, of.account_number, of.tax_id) for of in companies)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  "
        + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
