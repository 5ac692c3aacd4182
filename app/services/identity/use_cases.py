from dataclasses import dataclass

from app.security.session_tokens import SessionTokens
from app.services.context import UseCaseTools
from app.services.identity.acceptances import AcceptanceService
from app.services.identity.cabinet_freezes import CabinetFreezeService
from app.services.identity.calendar_links import CalendarLinkService
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Sign-up, sign-in, sessions, members, and who owns a company."""

    acceptances: AcceptanceService
    cabinet_freezes: CabinetFreezeService
    calendar_links: CalendarLinkService
    devices: DeviceService
    invitations: InvitationService
    members: MemberService
    ownership: OwnershipService
    password_resets: PasswordResetService
    passwords: PasswordService
    phone_changes: PhoneChangeService
    sessions: SessionService
    sign_ins: SignInService
    sign_ups: SignUpService


def build(tools: UseCaseTools) -> Identity:
    context, passwords, account_numbers = tools.context, tools.passwords, tools.account_numbers
    tokens = SessionTokens(access_tokens=tools.access_tokens, secret_key=context.secret_key)
    return Identity(
        acceptances=AcceptanceService(context=context, passwords=passwords, session_tokens=tokens),
        cabinet_freezes=CabinetFreezeService(context=context),
        calendar_links=CalendarLinkService(context=context),
        devices=DeviceService(context=context),
        invitations=InvitationService(context=context),
        members=MemberService(context=context),
        ownership=OwnershipService(context=context),
        password_resets=PasswordResetService(
            context=context,
            account_numbers=account_numbers,
            passwords=passwords,
            session_tokens=tokens,
        ),
        passwords=PasswordService(context=context, passwords=passwords),
        phone_changes=PhoneChangeService(context=context, passwords=passwords),
        sessions=SessionService(
            context=context, access_tokens=tools.access_tokens, session_tokens=tokens
        ),
        sign_ins=SignInService(
            context=context,
            account_numbers=account_numbers,
            passwords=passwords,
            session_tokens=tokens,
        ),
        sign_ups=SignUpService(
            context=context,
            account_numbers=account_numbers,
            passwords=passwords,
            session_tokens=tokens,
        ),
    )
