"""How long it is known where the changes of readings stood at a moment."""

from datetime import timedelta
from typing import Final

from app.models.metering.reading_change import ReadingChangeMark
from app.repositories.retention import always, deletion

KNOWN_FOR: Final = timedelta(days=400)
"""More than a year: a client that was away longer reads everything again."""

RULES: Final = (deletion(ReadingChangeMark, "marked_at", kept=always(KNOWN_FOR)),)
