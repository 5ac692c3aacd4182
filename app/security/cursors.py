"""Where a client stands in a list: sealed, so that it names only places we have shown it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import Flaw, Invalid
from app.security.secrets import SecretKey, TokenUnreadable

Item = TypeVar("Item")


class CursorInvalid(Invalid):
    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of a list, and the cursor of the next one; None on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


class Cursors:
    """Keyset cursors of one service's lists; a cursor fits the list and filters it came from."""

    def __init__(self, secret_key: SecretKey) -> None:
        self._secret_key = secret_key

    def write(self, scope: str, *position: str) -> str:
        return self._secret_key.seal(json.dumps([scope, *position]).encode())

    def request(self, scope: str, *, cursor: str | None, limit: int) -> "PageRequest":
        """Return the page that a client asks for.

        :raises CursorInvalid: not a cursor of this list.
        """
        return PageRequest(self, scope, self.read(scope, cursor), limit)

    def read(self, scope: str, cursor: str | None) -> tuple[str, ...] | None:
        """Return the position after which to go on; None for the beginning.

        :raises CursorInvalid: not a cursor of this list.
        """
        if cursor is None:
            return None
        try:
            found, *position = json.loads(self._secret_key.unseal(cursor))
        except TokenUnreadable:
            found, position = None, []
        if found != scope:
            raise CursorInvalid(flaws=[Flaw("cursor", CursorInvalid.code)])
        return tuple(position)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page of a list that a client asks for: how many items, and after which position."""

    cursors: Cursors
    scope: str
    after: tuple[str, ...] | None
    limit: int

    @property
    def rows(self) -> int:
        """How many rows to read: one more than the page shows tells whether another one follows."""
        return self.limit + 1

    def page(
        self, found: Sequence[Item], position: Callable[[Item], tuple[str, ...]]
    ) -> Page[Item]:
        """Make the page of what was read; `position` tells where in the list an item stands."""
        if len(found) <= self.limit:
            return Page(found, None)
        items = found[: self.limit]
        return Page(items, self.cursors.write(self.scope, *position(items[-1])))
