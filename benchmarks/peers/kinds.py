"""What is asked of every side, and what their answers must have in common."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, Final

from benchmarks.load import Request
from benchmarks.peers.sides import OURS, Side
from benchmarks.scratch import Scratch
from benchmarks.scripts import Requests, Scripts
from benchmarks.served import Served

ME_FIELDS: Final = ("member", "organization", "ownership", "counts")
SAMPLES: Final = 3


@dataclass(frozen=True)
class Kind:
    title: str
    requests: Callable[[Requests], list[Request]]
    script: Callable[[Scripts], str]
    """The product's own statements for it, which pgbench runs."""
    common: Callable[[Any], Any]
    """What of an answer every side must say alike; we say more."""
    goals: dict[str, float]
    """How many times a side's requests a second ours are to be."""
    writes: bool = False


def _me(answer: Any) -> Any:
    return {name: answer[name] for name in ME_FIELDS}


KINDS: Final = {
    "me": Kind(
        "GET /v1/me",
        Requests.me,
        Scripts.me,
        _me,
        {"bare ASGI + asyncpg": 0.55, "fastapi-users": 5, "Litestar": 3, "Django REST": 6},
    ),
}


def check_answers(scratch: Scratch, served: dict[str, tuple[Side, Served]]) -> None:
    """Ask every side for the same, and stop where one answers otherwise than we do."""
    for name, kind in KINDS.items():
        ours = answers(scratch, *served[OURS.name], kind)
        for side, server in served.values():
            if name in side.kinds and answers(scratch, side, server, kind) != ours:
                raise SystemExit(f"{side.name} answers {kind.title} otherwise than the product")


def answers(scratch: Scratch, side: Side, served: Served, kind: Kind) -> list[Any]:
    """Return the common part of the answers to the first of the requests."""
    if kind.writes:
        scratch.forget_submissions()
    requests = kind.requests(Requests(scratch, side.sign))[:SAMPLES]
    return [kind.common(_asked(served, each)) for each in requests]


def _asked(served: Served, request: Request) -> Any:
    body = None if request.body == "-" else request.body.replace("@", "0").encode()
    headers = {"Authorization": f"Bearer {request.token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(  # noqa: S310 - our own server
        f"{served.address}{request.path}", data=body, headers=headers, method=request.method
    )
    answer: HTTPResponse
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - our own server
        return json.load(answer)
