"""What can be read in an organization's audit trail; the names are public and never change."""

from enum import StrEnum


class Action(StrEnum):
    SIGNED_UP = "member.signed_up"
    SIGNED_IN = "session.started"
    SIGNED_OUT = "session.ended"
    REFRESH_REUSED = "session.refresh_reused"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    READINGS_SUBMITTED = "readings.submitted"
