"""The product, the bare application and the peers: how each is served, and with what tokens."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import jwt

from benchmarks.fill import id_of, now, open_period
from benchmarks.peers.environments import python_of
from benchmarks.scratch import Scratch
from benchmarks.served import Served, bare, product, serving, tokens

APPS: Final = Path(__file__).with_name("apps")
SECRET: Final = "a secret of peers, which guard nothing but made-up rows"  # noqa: S105 - opens nothing
DAY: Final = timedelta(days=1)

Sign = Callable[[Iterable[int]], list[str]]


@dataclass(frozen=True)
class Side:
    name: str
    serve: Callable[[Scratch], AbstractContextManager[Served]]
    sign: Sign = tokens
    kinds: frozenset[str] = frozenset({"me"})
    """What it can be asked for."""


def _signing(**claims: Any) -> Sign:
    """Sign the tokens that a peer's own sign-in would give, with HS256 as all of them do."""

    def sign(companies: Iterable[int]) -> list[str]:
        until = now() + DAY
        return [
            jwt.encode({"sub": str(id_of(each)), "exp": until, **claims}, SECRET, "HS256")
            for each in companies
        ]

    return sign


def _peer(name: str, *command: str) -> Callable[[Scratch], AbstractContextManager[Served]]:
    @contextmanager
    def serve(scratch: Scratch) -> Iterator[Served]:
        python = python_of(name)
        environment = {
            "PYTHONPATH": str(APPS),
            "PEER_SECRET": SECRET,
            "PEER_PERIOD": open_period().starts_on.isoformat(),
        }
        with serving(name, scratch, [python, *command], environment, port_variable="PORT") as it:
            yield it

    return serve


def _product(scratch: Scratch) -> AbstractContextManager[Served]:
    return product(scratch, python=sys.executable)


OURS: Final = Side("cabinet", _product)
SIDES: Final = {
    side.name: side
    for side in (
        OURS,
        Side("bare ASGI + asyncpg", bare),
        Side(
            "fastapi-users",
            _peer("fastapi_users", str(APPS / "fastapi_users_app.py")),
            _signing(aud=["fastapi-users:auth"]),
        ),
    )
}
