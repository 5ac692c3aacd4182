"""Hashing is shared fairly: a few who ask for much keep nobody else waiting (A2)."""

import asyncio
from collections.abc import Sequence

import pytest

from app.errors import Busy
from app.security.passwords import PasswordHasher
from app.security.turns import Asker, Turns

STRANGERS = tuple(Asker(f"stranger {each}", f"203.0.113.{each}") for each in range(2))
OWNER = Asker("the owner", "192.0.2.1")


class Work:
    """What has a place until the test lets it go; the order in which places were given."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.began: list[Asker] = []
        self._over: dict[Asker, list[asyncio.Event]] = {}

    async def do(self, asker: Asker) -> None:
        await self.turns.take(asker)
        self.began.append(asker)
        is_over = asyncio.Event()
        self._over.setdefault(asker, []).append(is_over)
        try:
            await is_over.wait()
        finally:
            self.turns.give_back(asker)

    async def finish_one(self, asker: Asker) -> None:
        self._over[asker].pop(0).set()
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def start(work: Work, askers: Sequence[Asker]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(work.do(asker)) for asker in askers]
    await settle()
    return tasks


async def stop(tasks: Sequence[asyncio.Task[None]]) -> list[object]:
    for task in tasks:
        task.cancel()
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_a_newcomer_is_next_however_much_two_strangers_have_asked_for() -> None:
    work = Work(Turns(places=2, queue=64))
    tasks = await start(work, STRANGERS * 30)
    tasks += await start(work, [OWNER])

    await work.finish_one(STRANGERS[0])

    assert work.began == [*STRANGERS, OWNER]
    await stop(tasks)


async def test_when_the_queue_is_full_whoever_has_most_in_it_gives_way() -> None:
    work = Work(Turns(places=1, queue=4))
    tasks = await start(work, [STRANGERS[0]] * 5)
    tasks += await start(work, [STRANGERS[0]])
    assert isinstance(tasks[5].exception(), Busy), "nobody gives way to more of the same"

    tasks += await start(work, [OWNER])

    assert isinstance(tasks[4].exception(), Busy), "the newest of those who have most"
    await work.finish_one(STRANGERS[0])
    assert work.began == [STRANGERS[0], OWNER]
    await stop(tasks)


async def test_a_crowd_of_addresses_at_one_name_keeps_nobody_out() -> None:
    crowd = [Asker("the owner's number", f"198.51.100.{each}") for each in range(6)]
    work = Work(Turns(places=1, queue=4))
    tasks = await start(work, crowd[:5])
    tasks += await start(work, [OWNER])

    assert isinstance(tasks[4].exception(), Busy)
    await work.finish_one(crowd[0])
    assert work.began == [crowd[0], OWNER]
    await stop(tasks)


async def test_two_at_a_time_for_a_name_and_four_for_an_address() -> None:
    work = Work(Turns(places=16, queue=64))
    tasks = await start(work, [Asker("one name", f"192.0.2.{each}") for each in range(9)])
    assert len(work.began) == 2
    tasks += await start(work, [Asker(f"name {each}", "203.0.113.9") for each in range(9)])
    assert len(work.began) == 2 + 4
    tasks += await start(work, [OWNER])
    assert work.began[-1] == OWNER
    await stop(tasks)


async def test_whoever_stops_waiting_leaves_the_place_to_others() -> None:
    work = Work(Turns(places=1, queue=4))
    first, waiting, last = await start(work, [STRANGERS[0], STRANGERS[1], OWNER])

    waiting.cancel()
    await work.finish_one(STRANGERS[0])

    assert work.began == [STRANGERS[0], OWNER]
    await stop([first, waiting, last])
    tasks = await start(work, [STRANGERS[1]])
    assert work.began[-1] == STRANGERS[1], "every place is free again"
    await stop(tasks)


@pytest.mark.parametrize("cancelled", ["none", "half"])
async def test_hashes_of_strangers_do_not_keep_an_owner_waiting(cancelled: str) -> None:
    hasher = PasswordHasher(threads=1, queue_per_thread=8)
    done: list[str] = []

    async def verify(asker: Asker) -> None:
        await hasher.verify("Wrong123!", None, asker=asker)
        done.append(asker.name)

    try:
        tasks = [asyncio.create_task(verify(asker)) for asker in STRANGERS * 10]
        await asyncio.sleep(0)
        for task in tasks[::2] if cancelled == "half" else []:
            task.cancel()
        await verify(OWNER)
        assert len(done) <= 3, "what was under way, and one more at the most"
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert any(isinstance(answer, Busy) for answer in answers)
        await verify(OWNER)
    finally:
        hasher.close()
