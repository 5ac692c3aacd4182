"""How long messages and their codes are kept."""

from typing import Final

from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.repositories.retention import deletion, messages_kept, requests_kept

RULES: Final = (
    deletion(CodeChallenge, "expires_at", kept=requests_kept),
    # What the worker still has to look at is not old yet.
    deletion(Message, "created_at", Message.due_at.is_(None), kept=messages_kept),
)
