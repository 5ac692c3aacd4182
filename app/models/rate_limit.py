from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RateLimit(Base):
    """How far ahead of its rate somebody is (GCRA's theoretical arrival time).

    An unlogged table: after a crash of the server everybody starts afresh, which is the price of
    limits that cost next to nothing and hold over all workers.
    """

    __tablename__ = "rate_limits"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy reads it as it is

    key: Mapped[str] = mapped_column(primary_key=True)
    arrival: Mapped[datetime] = mapped_column(index=True)
