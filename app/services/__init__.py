from dataclasses import dataclass

from app.clock import Clock
from app.database import Database
from app.identifiers import AccountNumbers
from app.models.limits import Limits
from app.models.metering.reading_window import WindowRule
from app.security.access_tokens import AccessTokens
from app.security.cursors import Cursors
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.security.session_tokens import SessionTokens
from app.services.accounts.accounts import AccountService
from app.services.accounts.blocked_companies import BlockedCompanyService
from app.services.accounts.link_requests import AccountLinkRequestService
from app.services.accounts.links import AccountLinkService
from app.services.identity.acceptances import AcceptanceService
from app.services.identity.cabinet_freezes import CabinetFreezeService
from app.services.identity.devices import DeviceService
from app.services.identity.invitations import InvitationService
from app.services.identity.members import MemberService
from app.services.identity.ownership import OwnershipService
from app.services.identity.password_resets import PasswordResetService
from app.services.identity.passwords import PasswordService
from app.services.identity.phone_changes import PhoneChangeService
from app.services.identity.sessions import SessionService
from app.services.identity.sign_ins import SignInService
from app.services.identity.sign_ups import SignUpService
from app.services.metering.consumption import ConsumptionService
from app.services.metering.reading_submissions import ReadingSubmissionService
from app.services.metering.readings import ReadingService
from app.services.operations.audit_events import AuditEventService
from app.services.operations.health import HealthService
from app.services.operations.idempotency import IdempotencyService
from app.services.request_rates import RequestRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every use case that clients call, wired once at start-up."""

    acceptances: AcceptanceService
    account_links: AccountLinkService
    accounts: AccountService
    audit_events: AuditEventService
    blocked_companies: BlockedCompanyService
    cabinet_freezes: CabinetFreezeService
    consumption: ConsumptionService
    devices: DeviceService
    health: HealthService
    idempotency: IdempotencyService
    invitations: InvitationService
    members: MemberService
    ownership: OwnershipService
    password_resets: PasswordResetService
    passwords: PasswordService
    phone_changes: PhoneChangeService
    reading_submissions: ReadingSubmissionService
    readings: ReadingService
    request_rates: RequestRates
    sessions: SessionService
    sign_ins: SignInService
    sign_ups: SignUpService


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The product's rules, as far as the operator chooses their numbers."""

    account_numbers: AccountNumbers
    limits: Limits
    window_rule: WindowRule


def build_services(
    *,
    database: Database,
    clock: Clock,
    passwords: PasswordHasher,
    secret_key: SecretKey,
    access_tokens: AccessTokens,
    rules: Rules,
    probe: Database | None = None,
) -> Services:
    """Return the use cases; `probe` asks whether the database answers, beside the requests."""
    cursors = Cursors(secret_key)
    session_tokens = SessionTokens(access_tokens=access_tokens, secret_key=secret_key)
    return Services(
        acceptances=AcceptanceService(
            database=database,
            clock=clock,
            passwords=passwords,
            secret_key=secret_key,
            session_tokens=session_tokens,
            limits=rules.limits,
        ),
        account_links=AccountLinkService(
            database=database,
            clock=clock,
            account_numbers=rules.account_numbers,
            cursors=cursors,
            window_rule=rules.window_rule,
            limits=rules.limits,
            requests=AccountLinkRequestService(
                database=database,
                clock=clock,
                secret_key=secret_key,
                window_rule=rules.window_rule,
                limits=rules.limits,
            ),
        ),
        accounts=AccountService(
            database=database, clock=clock, window_rule=rules.window_rule, cursors=cursors
        ),
        audit_events=AuditEventService(database=database, clock=clock, cursors=cursors),
        blocked_companies=BlockedCompanyService(database=database, clock=clock, cursors=cursors),
        cabinet_freezes=CabinetFreezeService(database=database, clock=clock),
        consumption=ConsumptionService(database=database, clock=clock),
        devices=DeviceService(database=database, clock=clock, cursors=cursors),
        health=HealthService(database=probe or database),
        idempotency=IdempotencyService(database=database, clock=clock, secret_key=secret_key),
        invitations=InvitationService(
            database=database, clock=clock, cursors=cursors, limits=rules.limits
        ),
        members=MemberService(database=database, clock=clock, cursors=cursors),
        ownership=OwnershipService(
            database=database, clock=clock, secret_key=secret_key, limits=rules.limits
        ),
        password_resets=PasswordResetService(
            database=database,
            clock=clock,
            account_numbers=rules.account_numbers,
            passwords=passwords,
            secret_key=secret_key,
            session_tokens=session_tokens,
            limits=rules.limits,
        ),
        passwords=PasswordService(
            database=database, clock=clock, passwords=passwords, limits=rules.limits
        ),
        phone_changes=PhoneChangeService(
            database=database,
            clock=clock,
            passwords=passwords,
            secret_key=secret_key,
            limits=rules.limits,
        ),
        reading_submissions=ReadingSubmissionService(
            database=database,
            clock=clock,
            window_rule=rules.window_rule,
            limits=rules.limits,
        ),
        readings=ReadingService(database=database, clock=clock, cursors=cursors),
        request_rates=RequestRates(clock=clock, limits=rules.limits),
        sessions=SessionService(
            database=database,
            clock=clock,
            access_tokens=access_tokens,
            session_tokens=session_tokens,
        ),
        sign_ins=SignInService(
            database=database,
            clock=clock,
            account_numbers=rules.account_numbers,
            passwords=passwords,
            session_tokens=session_tokens,
            limits=rules.limits,
        ),
        sign_ups=SignUpService(
            database=database,
            clock=clock,
            account_numbers=rules.account_numbers,
            passwords=passwords,
            secret_key=secret_key,
            session_tokens=session_tokens,
            limits=rules.limits,
        ),
    )
