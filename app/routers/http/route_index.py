"""Finding a route costs the same for the first and the two-hundredth.

FastAPI asks one route after another, level by level of its routers, so each new route slows every
request. The index keeps all routes in a tree of path segments. It picks the few that a path can
mean, asks them in FastAPI's order with FastAPI's own match, and hands the request to FastAPI's own
handler, as its routers do. What it cannot index, FastAPI finds as before (docs/adr/0017).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.routing import (
    APIRoute,
    APIRouter,
    _apply_router_form_limits,
    _EffectiveRouteContext,
    _get_fastapi_scope,
    _IncludedRouter,
    _update_scope,
)
from fastapi.telemetry._api import _route_selected
from starlette._utils import get_route_path
from starlette.convertors import (
    FloatConvertor,
    IntegerConvertor,
    StringConvertor,
    UUIDConvertor,
)
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

WITHIN_A_SEGMENT: Final = (StringConvertor, IntegerConvertor, FloatConvertor, UUIDConvertor)
"""Whose values hold no slash."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A route, and the routers that lead to it."""

    order: int
    """Its place among all routes: of several that match, the first one answers."""
    chain: tuple[_IncludedRouter, ...]
    route: BaseRoute
    context: _EffectiveRouteContext | None
    """What the routers add to it; None for a route of the application's own."""

    @property
    def seen(self) -> Any:
        """Return what tells path and methods as they are in the end."""
        return self.context or self.route

    @property
    def is_indexable(self) -> bool:
        if not isinstance(self.route, APIRoute) or type(self.route).matches is not APIRoute.matches:
            return False
        convertors = self.seen.param_convertors.values()
        return bool(self.seen.methods) and all(
            type(each) in WITHIN_A_SEGMENT for each in convertors
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return cast("tuple[Match, Scope]", self.seen.matches(scope))

    async def handle(self, child: Scope, scope: Scope, receive: Receive, send: Send) -> None:
        """Do what the routers of the chain do once they have chosen this route."""
        ours = _get_fastapi_scope(scope)
        for included in self.chain:
            _apply_router_form_limits(scope, included.include_context.form_limits)
            ours["included_router"] = included
        _update_scope(scope, child)
        _route_selected(scope=scope, path=self.seen.path_format)
        if self.context is not None:
            ours["effective_route_context"] = self.context
        scope["route"] = self.route
        await self.route.handle(scope, receive, send)


@dataclass(slots=True)
class Node:
    """What the index knows of the paths that begin alike."""

    literals: dict[str, "Node"] = field(default_factory=dict)
    parameter: "Node | None" = None
    leaves: list[Leaf] = field(default_factory=list)
    by_method: dict[str, list[Leaf]] = field(default_factory=dict)

    def child(self, segment: str) -> "Node":
        """Return the node of a segment as it stands in a route's path."""
        if "{" not in segment:
            return self.literals.setdefault(segment, Node())
        if self.parameter is None:
            self.parameter = Node()
        return self.parameter

    def add(self, leaf: Leaf) -> None:
        self.leaves.append(leaf)
        for method in leaf.seen.methods:
            self.by_method.setdefault(method, []).append(leaf)


class Tree:
    """All routes of an application, found by path and method."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.others: list[Leaf] = []
        """Mounts, WebSockets, paths of any depth: only FastAPI itself knows what they match."""
        self._root = Node()
        self._depth = 0
        for leaf in leaves:
            if leaf.is_indexable:
                self._place(leaf)
            else:
                self.others.append(leaf)

    def find(self, scope: Scope) -> tuple[Match, Leaf | None, Scope]:
        """Return the route of a request: of those that fit wholly, else by path, the first."""
        nodes = self._nodes(get_route_path(scope))
        method = scope["method"]
        for leaf in _in_order([node.by_method.get(method, ()) for node in nodes]):
            match, child = leaf.matches(scope)
            if match is Match.FULL:
                return match, leaf, child
        for leaf in _in_order([node.leaves for node in nodes]):
            match, child = leaf.matches(scope)
            if match is Match.PARTIAL:
                return match, leaf, child
        return Match.NONE, None, {}

    def _place(self, leaf: Leaf) -> None:
        segments = leaf.seen.path_format.split("/")
        node = self._root
        for segment in segments:
            node = node.child(segment)
        node.add(leaf)
        self._depth = max(self._depth, len(segments))

    def _nodes(self, path: str) -> list[Node]:
        """Return where the routes are that a path may mean; their own pattern has the last word."""
        # The patterns of routes take a line feed at the end of a path for none.
        segments = path.removesuffix("\n").split("/", self._depth)
        nodes = [self._root]
        for segment in segments:
            following = []
            for node in nodes:
                if (literal := node.literals.get(segment)) is not None:
                    following.append(literal)
                if node.parameter is not None:
                    following.append(node.parameter)
            nodes = following
        return nodes


class RouteIndex:
    """Stands where a router's own search stood; everything but the search stays the router's."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._search = router.middleware_stack
        self._version = -1
        self._tree = Tree(())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._search(scope, receive, send)
            return
        tree = self.tree()
        match, leaf, child = tree.find(scope)
        if tree.others and self._is_for_others(tree, match, leaf, scope):
            await self._search(scope, receive, send)
            return
        router = self._router
        _apply_router_form_limits(scope, router.form_limits)
        scope.setdefault("router", router)
        if leaf is None:
            await router.default(scope, receive, send)
        else:
            await leaf.handle(child, scope, receive, send)

    def tree(self) -> Tree:
        """Return all routes of the router, also those that came after the last request."""
        version = self._router._routes_version + len(self._router.routes)  # noqa: SLF001 - told nowhere else
        if version != self._version:
            self._tree = Tree(_numbered(self._router.routes))
            self._version = version
        return self._tree

    def _is_for_others(self, tree: Tree, match: Match, leaf: Leaf | None, scope: Scope) -> bool:
        if leaf is None or match is not Match.FULL:
            return True
        earlier = (other for other in tree.others if other.order < leaf.order)
        return any(other.matches(scope)[0] is not Match.NONE for other in earlier)


def find_routes_by_index(app: FastAPI) -> None:
    """Replace the search of the application's router.

    :raises ValueError: the router does what the index does not.
    """
    router = app.router
    if router.redirect_slashes or router._low_priority_routes:  # noqa: SLF001 - told nowhere else
        raise ValueError("the index knows no redirects and no front ends")
    router.middleware_stack = RouteIndex(router)


def _in_order(found: list[Any]) -> Iterable[Leaf]:
    if len(found) == 1:
        return cast("Iterable[Leaf]", found[0])
    return sorted((leaf for leaves in found for leaf in leaves), key=attrgetter("order"))


def _numbered(routes: Iterable[BaseRoute]) -> Iterator[Leaf]:
    for order, (chain, route, context) in enumerate(_flat(routes)):
        yield Leaf(order, chain, route, context)


def _flat(
    routes: Iterable[BaseRoute | _EffectiveRouteContext], chain: tuple[_IncludedRouter, ...] = ()
) -> Iterator[tuple[tuple[_IncludedRouter, ...], BaseRoute, _EffectiveRouteContext | None]]:
    for route in routes:
        if isinstance(route, _IncludedRouter):
            yield from _flat(route.effective_candidates(), (*chain, route))
        elif isinstance(route, _EffectiveRouteContext):
            yield chain, route.original_route, route
        else:
            yield chain, route, None
