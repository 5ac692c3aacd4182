"""The ways a request can be refused.

An `AppError` is something the caller can act on. Every other exception is our bug and ends
as a 500. The classes here are kinds; concrete errors subclass a kind next to the code that
raises them, and give it a `code`, which is part of the public API and never changes.

An error carries facts, never sentences: `app/texts` words the code for people in the caller's
language, filling in the facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with one field of the request."""

    pointer: str
    """JSON Pointer (RFC 6901) into the body, or the name of a parameter."""
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class AppError(Exception):
    code: ClassVar[str]

    members: ClassVar[tuple[str, ...]] = ()
    """The facts that clients receive as members of the problem, beside the text."""

    def __init__(self, *, flaws: Sequence[Flaw] = (), **facts: Any) -> None:
        super().__init__(self.code, *facts.items())
        self.facts = facts
        self.flaws = flaws


class Malformed(AppError):
    """The request cannot be read."""


class Invalid(AppError):
    """The request can never succeed as written."""


class TooLarge(AppError):
    """More bytes than are taken at once."""


class UnsupportedType(AppError):
    """A file is of a type that is not taken."""


class Unauthenticated(AppError):
    """We do not know who is asking."""


class Forbidden(AppError):
    """We know who is asking, and they may not."""


class NotFound(AppError):
    """It does not exist, or the caller must not learn that it does."""

    code = "not_found"


class Conflict(AppError):
    """The request was fine; the present state of things forbids it."""


class TooManyRequests(AppError):
    """Allowed, but not so often. Carries the fact `retry_after`, in seconds.

    The fact `standings`, if any, tells how the caller stands with the limits that refused.
    """


class Unavailable(AppError):
    """Something we depend on did not answer; the caller may retry. Carries `retry_after`."""


class Busy(Unavailable):
    """More work than we can bear arrived at once; waiting helps."""

    code = "busy"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
