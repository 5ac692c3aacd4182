from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Numeric, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing_extensions import override
from uuid_utils.compat import uuid7

from app.models.money import Money


def new_id() -> UUID:
    """Return a fresh time-ordered id (UUIDv7), so that rows made together lie together."""
    return uuid7()


class Kopiykas(TypeDecorator[Money]):
    """A column of money: a bigint."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.kopiykas

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(value)


class Base(DeclarativeBase):
    # Named constraints can be dropped, and matched when they are violated.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        datetime: DateTime(timezone=True),
        Decimal: Numeric(15, 3),
        Money: Kopiykas,
        str: Text,
        dict[str, Any]: JSONB,
    }


class Identified:
    """A row with an id of its own, unique over all organizations (directory and local tables)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Owned:
    """A row that belongs to one organization, whose id leads every key: the table can be sharded.

    See docs/adr/0007: a customer's rows live together, whatever the number of machines.
    """

    organization_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)
