"""Which accounts a cabinet shows: the company's own, and others' with their consent."""

from app.models.account_link import AccountAlreadyLinked, LastAccount
from app.models.account_link_request import (
    AccountLinkClosed,
    CompanyBlocked,
    ConsentUnavailable,
    OrganizationNotRegistered,
)
from app.models.blocked_company import TooManyBlockedCompanies
from app.models.code_challenge import CodeRejected, ResendTooSoon, TooManyAttempts
from app.models.sign_up import AccountNotFound, AccountNumberInvalid
from app.restraints import CabinetFrozen, HoldAfterReset
from app.security.cursors import CursorInvalid
from app.services.account_links.blocked import BlockedCompanyService
from app.services.account_links.outcomes import LinkedAccount, LinkProgress
from app.services.account_links.requests import AccountLinkRequestService
from app.services.account_links.service import AccountLinkService

__all__ = [
    "AccountAlreadyLinked",
    "AccountLinkClosed",
    "AccountLinkRequestService",
    "AccountLinkService",
    "AccountNotFound",
    "AccountNumberInvalid",
    "BlockedCompanyService",
    "CabinetFrozen",
    "CodeRejected",
    "CompanyBlocked",
    "ConsentUnavailable",
    "CursorInvalid",
    "HoldAfterReset",
    "LastAccount",
    "LinkProgress",
    "LinkedAccount",
    "OrganizationNotRegistered",
    "ResendTooSoon",
    "TooManyAttempts",
    "TooManyBlockedCompanies",
]
