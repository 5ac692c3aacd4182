"""Use cases. What clients call, by subject, is wired once at start-up."""

from dataclasses import dataclass

from app.services.accounts.use_cases import Accounts
from app.services.identity.use_cases import Identity
from app.services.metering.use_cases import Metering
from app.services.operations.use_cases import Operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    accounts: Accounts
    identity: Identity
    metering: Metering
    operations: Operations
