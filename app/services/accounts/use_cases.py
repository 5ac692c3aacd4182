from dataclasses import dataclass

from app.identifiers import AccountNumbers
from app.models.metering.reading_window import WindowRule
from app.services.accounts.accounts import AccountService
from app.services.accounts.blocked_companies import BlockedCompanyService
from app.services.accounts.link_requests import AccountLinkRequestService
from app.services.accounts.links import AccountLinkService
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Which accounts a cabinet shows, and whom its owner lets look."""

    accounts: AccountService
    blocked_companies: BlockedCompanyService
    links: AccountLinkService


def build_accounts(
    context: Context, *, account_numbers: AccountNumbers, window_rule: WindowRule
) -> Accounts:
    return Accounts(
        accounts=AccountService(context=context, window_rule=window_rule),
        blocked_companies=BlockedCompanyService(context=context),
        links=AccountLinkService(
            context=context,
            account_numbers=account_numbers,
            window_rule=window_rule,
            requests=AccountLinkRequestService(context=context, window_rule=window_rule),
        ),
    )
