from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Service(StrEnum):
    """What is paid for by the amount of energy."""

    DISTRIBUTION = "distribution"


class Tariff(Base):
    """A price without VAT that an act of the regulator sets from a day on, for all customers."""

    __tablename__ = "tariffs"
    __table_args__ = (
        CheckConstraint("price_uah_per_mwh >= 0", name="price_not_negative"),
        CheckConstraint("voltage_class IN (1, 2)", name="voltage_class_known"),
    )

    service: Mapped[str] = mapped_column(primary_key=True)
    voltage_class: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    price_uah_per_mwh: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    act: Mapped[str]
