"""The product's tables as a peer on SQLAlchemy would map them: only what its routes need."""

import os
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Numeric, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

URL: Final = os.environ["DATABASE_URL"]
PORT: Final = int(os.environ["PORT"])
SECRET: Final = os.environ["PEER_SECRET"]
PERIOD: Final = date.fromisoformat(os.environ["PEER_PERIOD"])
"""The month whose readings are handed in."""
POOL_SIZE: Final = 8


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), list[str]: ARRAY(String)}  # noqa: RUF012 - SQLAlchemy's own form


class Organization(Base):
    __tablename__ = "organizations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    tax_id: Mapped[str]
    name: Mapped[str]
    ownership_proven_at: Mapped[datetime | None]


class Account(Base):
    __tablename__ = "accounts"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_number: Mapped[str]


class AccountLink(Base):
    __tablename__ = "account_links"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    ended_at: Mapped[datetime | None]


class MeteringPoint(Base):
    __tablename__ = "metering_points"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    valid_to: Mapped[date | None]


class Meter(Base):
    __tablename__ = "meters"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    metering_point_id: Mapped[UUID]
    removed_on: Mapped[date | None]


class Register(Base):
    __tablename__ = "registers"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    meter_id: Mapped[UUID]
    zone: Mapped[str]
    digits: Mapped[int]
    multiplier: Mapped[Decimal] = mapped_column(Numeric(12, 4))


class Reading(Base):
    __tablename__ = "readings"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_on: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID]
    period: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    taken_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    source: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    findings: Mapped[list[str]]
