from dataclasses import fields, replace

from app.models.limits import Limits
from app.models.limits.kinds import MANY


def wide_limits() -> Limits:
    """Return limits that nobody reaches: most tests are about something else."""
    known = Limits()
    names = [each.name for each in fields(known)]
    return replace(known, **{name: replace(getattr(known, name), quota=MANY) for name in names})
