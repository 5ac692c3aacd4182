"""What an audit trail can tell; each subject lists its own in `app/models/<subject>/actions.py`."""

from enum import StrEnum


class Action(StrEnum):
    """What was done. A name never changes its meaning; new ones may be added."""

    @property
    def seen_by_other(self) -> "Action":
        """What it is called in the trail of the other company, whose account it was about."""
        return self
