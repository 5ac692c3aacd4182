"""Services that can be ordered: entries of a catalogue that the operator writes and changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, NotFound
from app.models.base import Base
from app.models.money import Money, vat_inside
from app.models.orders.deadline import DayUnit, FirstDay, Term
from app.restraints import Restraint

CUSTOMER_CATEGORY: Final = "other"
"""Whose amounts of compensation are paid: no household is a customer of this cabinet, and which
company is small is not known."""


class ServiceNotFound(NotFound):
    code = "service_not_found"


class ServiceNotOfStaff(Conflict):
    """A customer orders this service; the staff opens only what the catalogue calls its own."""

    code = "service_not_of_staff"


class ServiceClosed(Conflict):
    """The service was offered once and is no longer, or will be later."""

    code = "service_closed"
    members = ("offered_from", "offered_until")


class FeeKind(StrEnum):
    FREE = "free"
    FIXED = "fixed"
    CALCULATED = "calculated"


class PaperKind(StrEnum):
    """What an order of self-service makes the moment it is registered."""

    BALANCE_CERTIFICATE = "balance_certificate"
    RECONCILIATION_ACT = "reconciliation_act"
    POINT_PASSPORT = "point_passport"


class RunsFrom(StrEnum):
    """The event after whose day a term begins."""

    REGISTERED = "registered"
    PAID = "paid"


class ServiceVersion(Base):
    """An entry of the catalogue as it was loaded once. Rows are added and never changed."""

    __tablename__ = "service_versions"
    __table_args__ = (
        CheckConstraint("valid_from < valid_to", name="offered_for_days"),
        Index("ix_service_versions_offered", "code", "valid_from"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int]
    """Where it stands in the operator's file, and so in the list."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    definition: Mapped[dict[str, Any]]
    operator: Mapped[str]
    reason: Mapped[str]
    loaded_at: Mapped[datetime]

    def require_offered(self, today: date) -> None:
        """Let pass what can be ordered today.

        :raises ServiceClosed:
        """
        if today < self.valid_from or (self.valid_to is not None and today >= self.valid_to):
            raise ServiceClosed(offered_from=self.valid_from, offered_until=self.valid_to)


@dataclass(frozen=True, slots=True)
class Fee:
    """What a fixed price comes to."""

    amount: Money
    """With VAT."""
    vat: Money

    @classmethod
    def of(cls, amount: Money, vat_rate: str) -> Self:
        return cls(amount, vat_inside(amount, Decimal(vat_rate)))


@dataclass(frozen=True, slots=True)
class CompensationRow:
    """What the operator owes who waits too long (Resolution 375)."""

    code: str
    amount: Money
    basis: Mapping[str, Any]
    repeat_days: int | None
    """After so many more calendar days it is owed again; None: it is owed once."""


@dataclass(frozen=True, slots=True)
class MissingDocuments:
    """What an order lacks: each of `all_of`, and of each group of `any_of` one."""

    all_of: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.all_of or self.any_of)


@dataclass(frozen=True, slots=True)
class Service:
    """One entry, as its rules are asked for; `definition` has been checked when it was loaded."""

    code: str
    version: int
    definition: Mapping[str, Any]

    @classmethod
    def of(cls, row: ServiceVersion) -> Self:
        return cls(row.code, row.version, row.definition)

    @property
    def fee_kind(self) -> FeeKind:
        return FeeKind(self.definition["fee"]["kind"])

    def fee(self, answers: Mapping[str, Any]) -> Fee | None:
        """Return the fixed fee for these answers; None: nothing, or a sum still to be told."""
        fee = self.definition["fee"]
        if self.fee_kind is not FeeKind.FIXED or _holds(fee.get("free_when"), answers):
            return None
        return Fee.of(Money.parse(fee["amount"]), fee["vat_rate"])

    def term(self, answers: Mapping[str, Any]) -> Term:
        """Return how long the operator may take for these answers."""
        deadline = self.definition["deadline"]
        days = deadline["days"]
        for variant in deadline["variants"]:
            if _holds(variant["when"], answers):
                days = variant["days"]
                break
        return Term(days, DayUnit(deadline["unit"]), FirstDay(deadline["first_day"]))

    @property
    def runs_from(self) -> RunsFrom:
        return RunsFrom(self.definition["deadline"]["runs_from"])

    @property
    def compensation(self) -> tuple[CompensationRow, ...]:
        """The rows that are known and enabled."""
        return tuple(
            CompensationRow(
                row["code"],
                Money.parse(row["amounts"][CUSTOMER_CATEGORY]),
                row["basis"],
                row.get("repeat_days"),
            )
            for row in self.definition["compensation"]
            if row["is_enabled"] and "amounts" in row
        )

    @property
    def repeated_compensation(self) -> CompensationRow | None:
        """The row that is owed again and again; a catalogue enables one at most."""
        return next((row for row in self.compensation if row.repeat_days), None)

    @property
    def paper(self) -> PaperKind | None:
        """The paper that the order is done with, if it is one that is made at once."""
        kind = self.definition.get("paper")
        return PaperKind(kind) if kind else None

    def has(self, flag: str) -> bool:
        """Tell whether a flag of the entry is set, for example `has_appointment`."""
        return bool(self.definition[flag])

    def require_no_hold(self, restraint: Restraint, now: datetime) -> None:
        """Refuse who is on hold what a thief of the number would order, or change in an order.

        :raises HoldAfterReset: the service is not for who has just replaced the password by SMS.
        """
        if self.has("is_held_after_reset"):
            restraint.require_no_hold(now)

    def missing_documents(self, attached: frozenset[str]) -> MissingDocuments:
        """Return the codes of the documents that the order lacks."""
        documents, groups = self.definition["documents"], dict[str, list[str]]()
        for each in documents:
            if "any_of" in each:
                groups.setdefault(each["any_of"], []).append(each["code"])
        required = (each["code"] for each in documents if each["is_required"])
        return MissingDocuments(
            all_of=tuple(code for code in required if code not in attached),
            any_of=tuple(tuple(codes) for codes in groups.values() if not attached & set(codes)),
        )

    def takes_document(self, code: str) -> bool:
        return any(each["code"] == code for each in self.definition["documents"])


def _holds(when: Mapping[str, Any] | None, answers: Mapping[str, Any]) -> bool:
    """Tell whether a condition of the catalogue holds for the answers given."""
    if when is None or when["answer"] not in answers:
        return False
    given = answers[when["answer"]]
    if "is" in when:
        # True is 1 in Python, and not in JSON.
        return any(given == each and type(given) is type(each) for each in when["is"])
    return isinstance(given, int | float) and given <= when["at_most"]
