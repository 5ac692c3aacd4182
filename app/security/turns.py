"""Decides whose work comes next where few can work at a time, so that nobody blocks the others."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.errors import Busy

AT_ONCE_FOR_NAME: Final = 2
AT_ONCE_FOR_ADDRESS: Final = 4


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom something is done: under which name, and from which address."""

    name: str
    address: str | None

    @property
    def shares(self) -> tuple[tuple[str, str], ...]:
        """Return what others may share with this asker, and what is limited therefore."""
        by_name = ("name", self.name)
        return (by_name,) if self.address is None else (by_name, ("address", self.address))


LIMITS: Final = {"name": AT_ONCE_FOR_NAME, "address": AT_ONCE_FOR_ADDRESS}


class _Turn:
    def __init__(self, asker: Asker | None) -> None:
        self.shares = asker.shares if asker else ()
        self.comes: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Turns:
    """A bounded queue for a few places, fair to names and to addresses.

    Next is whoever's name and address were served longest ago. When the queue is full, the
    newest of those who have most in it gives way to somebody who has less.
    """

    def __init__(self, *, places: int, queue: int) -> None:
        self._free = places
        self._room = queue
        self._waiting: list[_Turn] = []
        self._working: Counter[tuple[str, str]] = Counter()
        self._served: dict[tuple[str, str], int] = {}
        self._count = 0

    async def take(self, asker: Asker | None) -> None:
        """Wait for a place; `give_back` it after the work. Without an asker nothing is limited.

        :raises Busy: the queue is full, and nobody in it has more than this asker would have.
        """
        turn = _Turn(asker)
        self._waiting.append(turn)
        self._call()
        if not turn.comes.done() and len(self._waiting) > self._room:
            self._send_away()
        try:
            await turn.comes
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.comes.done() and not turn.comes.cancelled() and not turn.comes.exception():
                self.give_back(asker)
            raise

    def give_back(self, asker: Asker | None) -> None:
        """Free a place, and let the next one work."""
        self._free += 1
        self._working.subtract(asker.shares if asker else ())
        self._working += Counter()  # what counts nothing is not kept
        self._call()
        self._forget()

    def _call(self) -> None:
        # Who was cancelled leaves at the next turn of the loop, and is not to be called before.
        self._waiting = [turn for turn in self._waiting if not turn.comes.cancelled()]
        while self._free and (turn := min(self._ready(), key=self._last_served, default=None)):
            self._waiting.remove(turn)
            self._free -= 1
            self._count += 1
            self._working.update(turn.shares)
            self._served.update(dict.fromkeys(turn.shares, self._count))
            turn.comes.set_result(None)

    def _ready(self) -> Iterator[_Turn]:
        for turn in self._waiting:
            if all(self._working[share] < LIMITS[share[0]] for share in turn.shares):
                yield turn

    def _last_served(self, turn: _Turn) -> list[int]:
        """Return when name and address were served, the later first: of two names the other."""
        return sorted((self._served.get(share, 0) for share in turn.shares), reverse=True)

    def _send_away(self) -> None:
        """Refuse one of those who wait; the newcomer is the last of them."""
        counts = Counter(share for turn in self._waiting for share in turn.shares)
        loads = [max((counts[share] for share in turn.shares), default=1) for turn in self._waiting]
        newcomer = len(loads) - 1
        heaviest = max(range(len(loads)), key=lambda place: (loads[place], place))
        # The newcomer stays only where somebody else has more even without this one.
        sent = heaviest if loads[heaviest] > loads[newcomer] else newcomer
        self._waiting.pop(sent).comes.set_exception(Busy(retry_after=2))

    def _forget(self) -> None:
        """Keep no more about anybody than those who wait or work need."""
        if len(self._served) > 2 * (len(self._working) + 2 * len(self._waiting)):
            present = set(self._working).union(*(turn.shares for turn in self._waiting))
            self._served = {share: at for share, at in self._served.items() if share in present}
