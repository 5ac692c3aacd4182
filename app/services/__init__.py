"""Use cases. What clients call, by subject, is wired once at start-up."""

from typing import TypeVar, cast

from app.services.accounts.use_cases import Accounts
from app.services.identity.use_cases import Identity
from app.services.metering.use_cases import Metering
from app.services.operations.use_cases import Operations

Subject = TypeVar("Subject")


class Services:
    """The use cases of every subject, found by the class that holds them."""

    def __init__(self, *subjects: object) -> None:
        self._subjects = {type(subject): subject for subject in subjects}
        # Those that most of the program calls have a name of their own.
        self.accounts = self.of(Accounts)
        self.identity = self.of(Identity)
        self.metering = self.of(Metering)
        self.operations = self.of(Operations)

    def of(self, subject: type[Subject]) -> Subject:
        return cast("Subject", self._subjects[subject])
