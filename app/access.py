"""Who is asking, and what they may do: one table of permissions for routes, SQL and tests."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.errors import Forbidden, Unauthenticated
from app.restraints import Restraint


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    METERING = "metering"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


class Permission(StrEnum):
    VIEW_ACCOUNTS = "accounts:view"
    VIEW_READINGS = "readings:view"
    SUBMIT_READINGS = "readings:submit"
    VIEW_CONSUMPTION = "consumption:view"
    VIEW_BILLS = "bills:view"
    PAY_BILLS = "bills:pay"
    LINK_ACCOUNTS = "accounts:link"
    BLOCK_COMPANIES = "companies:block"
    MANAGE_MEMBERS = "members:manage"
    VIEW_AUDIT = "audit:view"
    VIEW_ORDERS = "orders:view"
    PLACE_ORDERS = "orders:place"
    PLACE_METER_ORDERS = "orders:place_about_meters"


_VIEWS: Final = frozenset(
    {Permission.VIEW_ACCOUNTS, Permission.VIEW_READINGS, Permission.VIEW_CONSUMPTION}
)
_BILLS: Final = frozenset({Permission.VIEW_BILLS, Permission.PAY_BILLS})
_ORDERS: Final = frozenset(
    {Permission.VIEW_ORDERS, Permission.PLACE_ORDERS, Permission.PLACE_METER_ORDERS}
)

PERMISSIONS: Final = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: _VIEWS
    | _BILLS
    | _ORDERS
    | {Permission.SUBMIT_READINGS, Permission.LINK_ACCOUNTS},
    Role.METERING: _VIEWS
    | {Permission.SUBMIT_READINGS, Permission.VIEW_ORDERS, Permission.PLACE_METER_ORDERS},
    Role.ACCOUNTANT: _VIEWS | _BILLS | {Permission.VIEW_ORDERS},
    Role.VIEWER: _VIEWS | {Permission.VIEW_BILLS, Permission.VIEW_ORDERS},
}


WHOLE_CABINET: Final = frozenset(
    {
        Permission.LINK_ACCOUNTS,
        Permission.BLOCK_COMPANIES,
        Permission.MANAGE_MEMBERS,
        Permission.VIEW_AUDIT,
    }
)
"""What nobody does who is limited to some of its accounts."""


class LinkScope(StrEnum):
    """What one company lets another do with its account."""

    VIEW = "view"
    READINGS = "readings"
    BILLS = "bills"
    ALL = "all"


SCOPES: Final = {
    LinkScope.VIEW: _VIEWS,
    LinkScope.READINGS: _VIEWS | {Permission.SUBMIT_READINGS},
    LinkScope.BILLS: _VIEWS | _BILLS,
    # An order binds the account's company, and shows whom to reach there.
    LinkScope.ALL: _VIEWS | _BILLS | _ORDERS | {Permission.SUBMIT_READINGS},
}
"""What a link to another company's account permits, to whoever has the role for it."""


class SessionEnded(Unauthenticated):
    """The access token is genuine, but its session or its member's time has ended."""

    code = "session_ended"


class OwnershipPending(Forbidden):
    """Signed in, but nobody has proven yet that the company is theirs (security.md A10)."""

    code = "ownership_pending"


class PermissionMissing(Forbidden):
    code = "permission_missing"


class LinkScopeMissing(Forbidden):
    """The account's company has let the caller's company do less than this."""

    code = "link_scope_missing"
    members = ("scope", "scopes_needed")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a verified access token says; the database decides whether it still holds."""

    organization_id: UUID
    session_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """A member whose session is alive, as the database knew them within the same statement."""

    member_id: UUID
    organization_id: UUID
    session_id: UUID
    role: Role
    owns: bool
    """The organization's ownership is proven."""
    is_limited: bool
    """Limited to some of the cabinet's accounts."""
    restraint: Restraint
    """What may keep them from changing who gets in."""

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.organization_id, self.session_id, self.member_id)


def alive(caller: Caller | None) -> Caller:
    """Return the caller of a use case about themselves, which needs no proof of ownership.

    :raises SessionEnded: the session has been ended.
    """
    if caller is None:
        raise SessionEnded
    return caller


def proven(caller: Caller | None) -> Caller:
    """Return the caller if their company is proven to be theirs.

    :raises SessionEnded, OwnershipPending:
    """
    caller = alive(caller)
    if not caller.owns:
        raise OwnershipPending
    return caller


def permitted(caller: Caller | None, permission: Permission) -> Caller:
    """Return the caller if they may do this with the company's data; the one place that decides.

    :raises SessionEnded, OwnershipPending, PermissionMissing:
    """
    caller = proven(caller)
    is_beyond_limits = caller.is_limited and permission in WHOLE_CABINET
    if permission not in PERMISSIONS[caller.role] or is_beyond_limits:
        raise PermissionMissing(permission=permission.value)
    return caller


def scopes_allowing(permission: Permission) -> tuple[LinkScope, ...]:
    """Return the scopes of a link that permit this with another company's account."""
    return tuple(scope for scope in LinkScope if permission in SCOPES[scope])


@dataclass(frozen=True, slots=True)
class Reach:
    """By what right a cabinet shows an account."""

    is_own: bool
    """The account belongs to the cabinet's company, which may do everything with it."""
    scope: LinkScope

    def allows(self, permission: Permission) -> bool:
        return self.is_own or permission in SCOPES[self.scope]

    def require(self, permission: Permission) -> None:
        """Let pass what the account's company permits.

        :raises LinkScopeMissing: with the scopes that would do.
        """
        if not self.allows(permission):
            needed = [scope.value for scope in scopes_allowing(permission)]
            raise LinkScopeMissing(scope=self.scope.value, scopes_needed=needed)


def may(caller: Caller, permission: Permission, reach: Reach) -> bool:
    """Tell whether both the member's role and the link to the account permit this."""
    return permission in PERMISSIONS[caller.role] and reach.allows(permission)
