from app.models.accounts.blocked_company import BlockedCompany
from app.schemas.base import Moment, Out
from app.schemas.identity.sign_ups import TaxId


class BlockedCompanyOut(Out):
    """A company whose requests to see this company's accounts are refused."""

    tax_id: TaxId
    blocked_at: Moment

    @classmethod
    def of(cls, blocked: BlockedCompany) -> "BlockedCompanyOut":
        return cls.built(tax_id=blocked.tax_id, blocked_at=blocked.blocked_at)
