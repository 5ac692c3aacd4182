from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from app.models.limits.kinds import LimitState
from app.models.messages.code_challenge import CodeChallenge, State
from app.models.messages.message import Message

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class CodeProgress(Generic[Subject]):
    """How far something that waits for a code has come, and where the code is on its way."""

    subject: Subject
    challenge: CodeChallenge
    message: Message
    now: datetime
    standings: tuple[LimitState, ...] = ()
    """How the caller stands with the limits on sending codes."""

    WHEN_USED: ClassVar[str]
    """What it is called once the code was right."""

    @property
    def status(self) -> str:
        return {
            State.OPEN: "code_sent",
            State.USED: self.WHEN_USED,
            State.EXPIRED: "expired",
            State.CLOSED: "closed",
        }[self.challenge.state(self.now)]
