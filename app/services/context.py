"""What every use case may ask for."""

from dataclasses import dataclass
from typing import Self

from app.clock import Clock
from app.database import Database
from app.models.limits import Limits
from app.security.cursors import Cursors
from app.security.secrets import SecretKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Made once by the composition, and handed to each use case as it is."""

    database: Database
    clock: Clock
    secret_key: SecretKey
    cursors: Cursors
    limits: Limits

    @classmethod
    def of(cls, *, database: Database, clock: Clock, secret_key: SecretKey, limits: Limits) -> Self:
        return cls(
            database=database,
            clock=clock,
            secret_key=secret_key,
            cursors=Cursors(secret_key),
            limits=limits,
        )
