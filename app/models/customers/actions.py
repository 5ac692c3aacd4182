"""What is done to the links between companies and accounts."""

from typing import Final

from typing_extensions import override

from app.models.audit_actions import Action


class CustomerAction(Action):
    ACCOUNT_LINKED = "account.linked"
    ACCOUNT_SHARED = "account.shared"
    ACCOUNT_UNLINKED = "account.unlinked"
    ACCOUNT_UNSHARED = "account.unshared"

    @property
    @override
    def seen_by_other(self) -> Action:
        return SEEN_BY_OTHER[self]


SEEN_BY_OTHER: Final = {
    CustomerAction.ACCOUNT_LINKED: CustomerAction.ACCOUNT_SHARED,
    CustomerAction.ACCOUNT_SHARED: CustomerAction.ACCOUNT_LINKED,
    CustomerAction.ACCOUNT_UNLINKED: CustomerAction.ACCOUNT_UNSHARED,
    CustomerAction.ACCOUNT_UNSHARED: CustomerAction.ACCOUNT_UNLINKED,
}
"""A link is made and ended by one company, on the account of another."""
