"""How large a JSON body may be, stated beside the route that takes more than usual."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import Scope

from app.routers.deps import credentials_of

KIBIBYTE: Final = 1024
USUAL: Final = 16 * KIBIBYTE
LARGEST: Final = 1024 * KIBIBYTE
"""No route takes more JSON than this."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_FILES: Final[dict[Callable[..., Any], int]] = {}
_FIELDS: Final[set[Callable[..., Any]]] = set()
_STATED: Final[dict[Callable[..., Any], int]] = {}


def takes_up_to(size: int) -> Callable[[Endpoint], Endpoint]:
    """State that an endpoint for signed-in members takes more than usual, in bytes."""
    if not USUAL < size <= LARGEST:
        raise ValueError(f"between {USUAL} and {LARGEST} bytes, not {size}")

    def state(endpoint: Endpoint) -> Endpoint:
        _STATED[endpoint] = size
        return endpoint

    return state


def takes_files(size: int) -> Callable[[Endpoint], Endpoint]:
    """State that an endpoint for signed-in members takes a form with files, in bytes."""

    def state(endpoint: Endpoint) -> Endpoint:
        _FILES[endpoint] = size
        return endpoint

    return state


def takes_form_fields(endpoint: Endpoint) -> Endpoint:
    """State that an endpoint takes the fields of a form instead of JSON, as others send them."""
    _FIELDS.add(endpoint)
    return endpoint


def may_be_fields(scope: Scope) -> bool:
    """Tell whether the fields of a form are taken here."""
    return any(endpoint in _FIELDS for endpoint in _endpoints(scope))


def file_limit(scope: Scope) -> int | None:
    """Return how large a form with files may be; None where none is taken.

    :raises TokenRejected: files are taken from signed-in members only.
    """
    sizes = [_FILES[endpoint] for endpoint in _endpoints(scope) if endpoint in _FILES]
    if not sizes:
        return None
    credentials_of(Request(scope))
    return max(sizes)


def is_served(scope: Scope) -> bool:
    """Tell whether a route answers this path and method."""
    return bool(_endpoints(scope))


def stated_for(endpoint: Callable[..., Any]) -> int:
    return _STATED.get(endpoint, USUAL)


def body_limit(scope: Scope) -> int:
    """Return how large this request's body may be.

    Asked only about a body that is larger than usual: it looks through all routes.

    :raises TokenRejected: more than usual is taken from signed-in members only.
    """
    size = max((stated_for(endpoint) for endpoint in _endpoints(scope)), default=USUAL)
    if size > USUAL:
        credentials_of(Request(scope))
    return size


def _endpoints(scope: Scope) -> list[Callable[..., Any]]:
    routes = cast("list[BaseRoute]", scope["app"].routes)
    path, method = scope["path"], scope["method"]
    return [
        context.endpoint
        for context in iter_route_contexts(routes)
        if getattr(context, "path_regex", None) is not None
        and method in (context.methods or ())
        and context.path_regex.match(path)
        and context.endpoint is not None
    ]
