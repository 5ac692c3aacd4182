"""Which query parameters a route takes: any other one is a mistake, as an unknown field is."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.types import Scope

_KNOWN: Final[dict[Callable[..., Any], frozenset[str]]] = {}


async def known_parameters(request: Request) -> None:
    """Let pass a request whose query parameters all mean something.

    :raises RequestValidationError: naming those that do not.
    """
    if request.scope["query_string"]:
        require_known(request.scope)


def require_known(scope: Scope) -> None:
    """Let pass query parameters that the route takes.

    :raises RequestValidationError: naming the others.
    """
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    known = _known(scope)
    unknown = [name for name in dict.fromkeys(name for name, _ in given) if name not in known]
    if unknown:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": ""} for name in unknown]
        )


def _known(scope: Scope) -> frozenset[str]:
    route = scope.get("fastapi", {}).get("effective_route_context") or scope["route"]
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = frozenset(_taken(route.dependant))
    return known


def _taken(dependant: Dependant) -> Iterator[str]:
    """Yield the parameters of an endpoint and of what it depends on."""
    waiting = [dependant]
    while waiting:
        one = waiting.pop()
        waiting += one.dependencies
        for parameter in one.query_params:
            yield from _names(parameter)


def _names(parameter: Any) -> list[str]:
    model = parameter.field_info.annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [field.alias or name for name, field in model.model_fields.items()]
    return [parameter.alias]
