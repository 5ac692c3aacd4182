"""What can be read in an organization's audit trail; the names are public and never change."""

from enum import StrEnum
from typing import Final


class Action(StrEnum):
    SIGNED_UP = "member.signed_up"
    SIGNED_IN = "session.started"
    SIGNED_OUT = "session.ended"
    OTHERS_SIGNED_OUT = "session.others_ended"
    CROWDED_OUT = "session.crowded_out"
    REFRESH_REUSED = "session.refresh_reused"
    PASSWORD_CHANGED = "member.password_changed"  # noqa: S105 - a deed, not a password
    PASSWORD_RESET = "member.password_reset"  # noqa: S105 - a deed, not a password
    PROFILE_CHANGED = "member.profile_changed"
    PHONE_CHANGE_ASKED = "member.phone_change_asked"
    PHONE_CHANGED = "member.phone_changed"
    PHONE_REPLACED = "member.phone_replaced"
    MEMBER_CHANGED = "member.changed"
    MEMBER_INVITED = "member.invited"
    INVITATION_WITHDRAWN = "member.invitation_withdrawn"
    MEMBER_JOINED = "member.joined"
    MEMBER_REMOVED = "member.removed"
    CABINET_FROZEN = "cabinet.frozen"
    CABINET_UNFROZEN = "cabinet.unfrozen"
    ACCOUNT_LINKED = "account.linked"
    ACCOUNT_LINK_REQUESTED = "account.link_requested"
    ACCOUNT_LINK_CODE_RESENT = "account.link_code_resent"
    ACCOUNT_LINK_REFUSED = "account.link_refused"
    ACCOUNT_SHARED = "account.shared"
    ACCOUNT_UNLINKED = "account.unlinked"
    ACCOUNT_UNSHARED = "account.unshared"
    OWNERSHIP_APPROVED = "ownership.approved"
    OWNERSHIP_LAPSED = "ownership.lapsed"
    OWNERSHIP_PROVEN = "ownership.proven"
    OWNERSHIP_RELEASED = "ownership.released"
    READINGS_SUBMITTED = "readings.submitted"
    READINGS_REFUSED = "readings.refused"
    COMPANY_BLOCKED = "company.blocked"
    COMPANY_UNBLOCKED = "company.unblocked"


SEEN_BY_OTHER: Final = {
    Action.ACCOUNT_LINKED: Action.ACCOUNT_SHARED,
    Action.ACCOUNT_UNLINKED: Action.ACCOUNT_UNSHARED,
    Action.ACCOUNT_UNSHARED: Action.ACCOUNT_UNLINKED,
}
"""Deeds of one company on another's account that the other's trail calls by another name."""
