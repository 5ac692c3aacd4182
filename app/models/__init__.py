"""Every table, imported here so that `Base.metadata` is complete for Alembic."""

from app.models.account import Account
from app.models.account_link import AccountLink
from app.models.account_link_request import AccountLinkRequest
from app.models.audit_event import AuditEvent
from app.models.base import Base, new_id
from app.models.blocked_company import BlockedCompany
from app.models.budget import Budget
from app.models.code_challenge import CodeChallenge
from app.models.idempotency_key import IdempotencyKey
from app.models.invitation import Invitation
from app.models.member import Member
from app.models.message import Message
from app.models.meter import Meter
from app.models.metering_point import MeteringPoint
from app.models.organization import Organization
from app.models.password_reset import PasswordReset
from app.models.phone_change import PhoneChange
from app.models.rate_limit import RateLimit
from app.models.reading import Reading
from app.models.reading_receipt import ReadingReceipt
from app.models.register import Register
from app.models.session import Session
from app.models.sign_up import SignUp

__all__ = [
    "Account",
    "AccountLink",
    "AccountLinkRequest",
    "AuditEvent",
    "Base",
    "BlockedCompany",
    "Budget",
    "CodeChallenge",
    "IdempotencyKey",
    "Invitation",
    "Member",
    "Message",
    "Meter",
    "MeteringPoint",
    "Organization",
    "PasswordReset",
    "PhoneChange",
    "RateLimit",
    "Reading",
    "ReadingReceipt",
    "Register",
    "Session",
    "SignUp",
    "new_id",
]
