"""Which connections there may be, and which of them makes room for a new one."""

import resource
from collections import OrderedDict
from typing import Final, Protocol

MOST_CONNECTIONS: Final = 4096
FILES_OF_OUR_OWN: Final = 128
"""Open files that are no connection of a client: the pool, logs, the program itself."""


class Connection(Protocol):
    def drop(self) -> None:
        """End it without an answer."""


def raise_file_limit() -> None:
    """Let this process open as many files as it takes connections, where the system allows it."""
    wanted = MOST_CONNECTIONS + FILES_OF_OUR_OWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))


def most_connections() -> int:
    """Return how many connections this process can hold."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(soft - FILES_OF_OUR_OWN, soft // 2))


class Places:
    """The connections of one server, and which of them wait for their client to say something."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: set[Connection] = set()
        self._waiting: OrderedDict[Connection, None] = OrderedDict()

    def take(self, connection: Connection) -> bool:
        """Take a place, if need be that of the connection that has waited longest.

        Whoever sends half a request holds a place only until somebody else needs it.
        """
        if len(self._taken) >= self._most:
            if not self._waiting:
                return False
            longest, _ = self._waiting.popitem(last=False)
            self._taken.discard(longest)
            longest.drop()
        self._taken.add(connection)
        self._waiting[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        self._taken.discard(connection)
        self._waiting.pop(connection, None)

    def wait(self, connection: Connection) -> None:
        """Note that the next word is the client's."""
        if connection in self._taken:
            self._waiting[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that the next word is ours."""
        self._waiting.pop(connection, None)
