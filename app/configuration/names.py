"""Variables that nothing reads: a mistyped name must not be ignored in silence."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from app.configuration.files import SECRETS, SUFFIX

PREFIX: Final = "CABINET_"
OF_COMMANDS: Final = frozenset(
    {
        "CABINET_APP_ROLE",
        "CABINET_HOST",
        "CABINET_LIFELINE",
        "CABINET_PG_BIN",
        "CABINET_PORT",
        "CABINET_STATE_DIR",
    }
)
"""What the commands read beside the settings."""
MOST_NAMED: Final = 20

UNKNOWN = "{name} is not a setting of this program, and is ignored"
MEANT = "; did you mean {near}?"
AND_MORE = "... and {count} more variables of this kind"


def needs_a_look(names: Iterable[str]) -> bool:
    """Tell cheaply whether any name may be unknown; the settings need not be imported before."""
    return any(name.startswith(PREFIX) and name not in OF_COMMANDS for name in names)


def unknown_variables(names: Iterable[str], *, settings: Iterable[str]) -> list[str]:
    """Return a sentence for each `CABINET_...` variable that is no setting."""
    known = {f"{PREFIX}{name.upper()}" for name in settings} - {f"{PREFIX}DATABASE_URL"}
    known |= OF_COMMANDS | {f"{name}{SUFFIX}" for name in SECRETS}
    strange = sorted(name for name in names if name.startswith(PREFIX) and name not in known)
    lines = [_named(name, sorted(known)) for name in strange[:MOST_NAMED]]
    if strange[MOST_NAMED:]:
        lines.append(AND_MORE.format(count=len(strange) - MOST_NAMED))
    return lines


def _named(name: str, known: list[str]) -> str:
    if name == f"{PREFIX}DATABASE_URL":
        near = ["DATABASE_URL"]
    else:
        near = get_close_matches(name, known, n=1, cutoff=0.7)
    return UNKNOWN.format(name=name) + (MEANT.format(near=near[0]) if near else "")
