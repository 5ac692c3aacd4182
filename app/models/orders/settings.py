"""What an operator chooses about orders."""

from dataclasses import dataclass
from pathlib import Path

from app.models.settings import SubjectSettings


@dataclass(frozen=True, kw_only=True)
class OrderSettings(SubjectSettings):
    files_folder: Path = Path(".data/files")
    """Where attachments are kept; the API and the worker see the same folder."""
    clamd_address: str | None = None
    """The antivirus daemon's host and port; None: files are not scanned."""
