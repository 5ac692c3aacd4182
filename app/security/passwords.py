"""Password hashes: argon2id through passlib, off the event loop, a bounded number at once."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from passlib.hash import argon2

from app.security.turns import Asker, Turns

ARGON2 = argon2.using(type="ID", memory_cost=19_456, rounds=2, parallelism=1)
"""OWASP's parameters, pinned: a library's new defaults must not change our hashes unseen."""

QUEUE_PER_THREAD: Final = 32
"""About 1.5 seconds of hashing; whoever comes later is told to come back."""

LONGEST_PASSWORD: Final = 1024
"""Characters that are hashed at all; the policy allows far fewer."""

Answer = TypeVar("Answer")


class PasswordHasher:
    """A bounded pool of hashing threads, niced so that everybody else's requests go first (A2).

    Few may fill it for nobody else: see `Turns`.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        queue_per_thread: int = QUEUE_PER_THREAD,
        scheme: type[argon2] = ARGON2,
    ) -> None:
        count = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(count, "argon2", initializer=_step_back)
        self._turns = Turns(places=count, queue=count * queue_per_thread)
        self._scheme = scheme
        self._nobodys: str = scheme.hash("a hash to check when there is nobody to check")

    async def hash(self, password: str, *, asker: Asker | None = None) -> str:
        """Return the PHC string to store.

        :param asker: who has to wait while others have their turn; a use case names one.
        :raises Busy: too many sign-ins at once.
        """
        return await self._run(lambda: str(self._scheme.hash(password)), asker)

    async def verify(
        self, password: str, stored: str | None, *, asker: Asker | None = None
    ) -> bool:
        """Tell whether the password is the stored one; `None` costs as much and is never right.

        :param asker: as with `hash`.
        :raises Busy: too many sign-ins at once.
        """
        against = stored or self._nobodys
        right = await self._run(
            lambda: bool(self._scheme.verify(password[:LONGEST_PASSWORD], against)), asker
        )
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return bool(self._scheme.needs_update(stored))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], Answer], asker: Asker | None) -> Answer:
        await self._turns.take(asker)
        loop = asyncio.get_running_loop()

        def is_over(_: Future[Answer]) -> None:
            loop.call_soon_threadsafe(self._turns.give_back, asker)

        hashing = self._pool.submit(work)
        # A request that was cancelled stops waiting, its thread goes on: it holds its place.
        hashing.add_done_callback(is_over)
        return await asyncio.wrap_future(hashing)


def _step_back() -> None:
    # On Linux niceness belongs to the thread: requests that hash nothing stay quick.
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
