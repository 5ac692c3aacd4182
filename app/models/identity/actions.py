"""What is done about members, their sessions and the ownership of a company."""

from app.models.audit_actions import Action


class IdentityAction(Action):
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
    CALENDAR_LINK_MADE = "calendar_link.made"
    CALENDAR_LINK_WITHDRAWN = "calendar_link.withdrawn"
    OWNERSHIP_APPROVED = "ownership.approved"
    OWNERSHIP_LAPSED = "ownership.lapsed"
    OWNERSHIP_PROVEN = "ownership.proven"
    OWNERSHIP_RELEASED = "ownership.released"
