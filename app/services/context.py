"""What every use case may ask for, and what use cases are built from."""

from dataclasses import dataclass
from typing import Self

from app.clock import Clock
from app.database import Database
from app.identifiers import AccountNumbers
from app.models.limits import Limits
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from app.security.cursors import Cursors
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Made once by the composition, and handed to each use case as it is."""

    database: Database
    clock: Clock
    secret_key: SecretKey
    cursors: Cursors
    limits: Limits
    settings: ChosenSettings
    ports: Ports

    @classmethod
    def of(
        cls,
        *,
        database: Database,
        clock: Clock,
        secret_key: SecretKey,
        limits: Limits,
        settings: ChosenSettings | None = None,
        ports: Ports | None = None,
    ) -> Self:
        """Return the context; subjects whose settings are not given have their defaults."""
        return cls(
            database=database,
            clock=clock,
            secret_key=secret_key,
            cursors=Cursors(secret_key),
            limits=limits,
            settings=settings or ChosenSettings(),
            ports=ports or Ports(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseTools:
    """What the use cases of a subject are built from."""

    context: Context
    passwords: PasswordHasher
    access_tokens: AccessTokens
    account_numbers: AccountNumbers
    probe: Database
    """Asks whether the database answers, beside the requests."""
