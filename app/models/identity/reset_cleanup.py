"""What a reset ends, because it was made under an earlier hold."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

MOST_SHOWN: Final = 200
"""How many of the things that a reset has ended the owner is shown."""


class EndedKind(StrEnum):
    ACCOUNT_LINK = "account_link"
    MEMBER = "member"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Ended:
    """A link that was ended, a member who was frozen, or an invitation that was taken back."""

    kind: EndedKind
    id: UUID
    label: str
    """What people know it by: the other company's tax id, or a masked phone."""


@dataclass(frozen=True, slots=True)
class EndedAtReset:
    """What the owner should look at after the reset."""

    reset_at: datetime
    items: tuple[Ended, ...]

    @classmethod
    def read(cls, kept: str | None) -> Self | None:
        """Return what a column of JSON says; NULL and JSON's own null both say nothing."""
        known = json.loads(kept) if kept is not None else None
        if known is None:
            return None
        items = (Ended(EndedKind(it["kind"]), UUID(it["id"]), it["label"]) for it in known["items"])
        return cls(datetime.fromisoformat(known["reset_at"]), tuple(items))

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        items = [asdict(item) | {"id": str(item.id)} for item in self.items]
        return {"reset_at": self.reset_at.isoformat(), "items": items}
