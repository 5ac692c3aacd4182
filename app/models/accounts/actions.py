"""What is done to see other companies' accounts."""

from app.models.audit_actions import Action


class AccountAction(Action):
    ACCOUNT_LINK_REQUESTED = "account.link_requested"
    ACCOUNT_LINK_CODE_RESENT = "account.link_code_resent"
    ACCOUNT_LINK_REFUSED = "account.link_refused"
    COMPANY_BLOCKED = "company.blocked"
    COMPANY_UNBLOCKED = "company.unblocked"
