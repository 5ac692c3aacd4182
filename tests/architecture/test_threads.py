"""No request waits for a thread of FastAPI's pool: every endpoint and dependency is a coroutine."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts


def called_by(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from called_by(each)


def waits_for_a_thread(call: Callable[..., Any]) -> bool:
    function = call if inspect.isroutine(call) else getattr(call, "__call__", call)  # noqa: B004 - what an object runs when it is called, not whether it can be
    return not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function))


@pytest.fixture
def routes(app: FastAPI) -> list[APIRoute]:
    found = (context.original_route for context in iter_route_contexts(app.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def test_nothing_that_a_route_calls_needs_a_thread(routes: list[APIRoute]) -> None:
    slow = {
        f"{route.path}: {getattr(call, '__qualname__', call)}"
        for route in routes
        for call in called_by(route.dependant)
        if waits_for_a_thread(call)
    }

    assert routes
    assert slow == set()


def test_a_class_needs_a_thread() -> None:
    async def coroutine() -> None:
        await asyncio.sleep(0)

    assert waits_for_a_thread(dict)
    assert not waits_for_a_thread(coroutine)
