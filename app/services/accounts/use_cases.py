from dataclasses import dataclass

from app.models.metering.settings import MeteringSettings
from app.repositories.metering.reading_windows import KnownWindows
from app.services.accounts.accounts import AccountService
from app.services.accounts.blocked_companies import BlockedCompanyService
from app.services.accounts.link_requests import AccountLinkRequestService
from app.services.accounts.links import AccountLinkService
from app.services.context import UseCaseTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Accounts, links to them, and companies that may not ask for links."""

    accounts: AccountService
    blocked_companies: BlockedCompanyService
    links: AccountLinkService


def build(tools: UseCaseTools) -> Accounts:
    context = tools.context
    windows = KnownWindows(context.settings.of(MeteringSettings).window_rule)
    return Accounts(
        accounts=AccountService(context=context, windows=windows),
        blocked_companies=BlockedCompanyService(context=context),
        links=AccountLinkService(
            context=context,
            account_numbers=tools.account_numbers,
            windows=windows,
            requests=AccountLinkRequestService(context=context, windows=windows),
        ),
    )
