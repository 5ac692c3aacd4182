"""Which methods an address answers to: for the header Allow, on the rare 405."""

import re
from typing import cast

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Scope


def allowed_methods(scope: Scope) -> str:
    """Return the methods of every route with the request's path, for the header Allow.

    One address has one route for each method, while the framework names only the first's.
    """
    path: str = scope["path"]
    methods: set[str] = set()
    for regex, found in _routes(scope):
        if regex.match(path):
            methods |= found
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods | {"OPTIONS"})) if methods else ""


def _routes(scope: Scope) -> list[tuple[re.Pattern[str], set[str]]]:
    routes = cast("list[BaseRoute]", scope["app"].routes)
    return [
        (context.path_regex, set(context.methods or ()))
        for context in iter_route_contexts(routes)
        if getattr(context, "path_regex", None) is not None
    ]
