"""Where a client stands in a list: sealed, so that it names only places we have shown it."""

import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import Flaw, Invalid
from app.security.secrets import SecretKey, TokenUnreadable

Item = TypeVar("Item")


class CursorInvalid(Invalid):
    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Item]):
    """A stretch of a list, and the cursor of the next one."""

    items: list[Item]
    next_cursor: str | None


class Cursors:
    """Keyset cursors of one service's lists; a cursor fits the list and filters it came from."""

    def __init__(self, secret_key: SecretKey) -> None:
        self._secret_key = secret_key

    def write(self, scope: str, *position: str) -> str:
        return self._secret_key.seal(json.dumps([scope, *position]).encode())

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
