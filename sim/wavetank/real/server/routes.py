"""Which request goes where: one table for each API, from which the OpenAPI document is checked, too."""

import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, NamedTuple

from wavetank.real.server import agent_api, login, management, talk
from wavetank.real.server.openapi import document
from wavetank.real.server.service import Service
from wavetank.real.transports.server import websocket
from wavetank.real.transports.server.messages import Answer, Refused, Request, Upgrade, json_answer

Endpoint = Callable[..., Awaitable[Answer | Upgrade]]


async def _commands(service: Service, request: Request) -> Answer | Upgrade:
    if websocket.wanted(request):
        return talk.upgrade(service, request)
    return await agent_api.commands(service, request)


def _nothing(database: sqlite3.Connection) -> None:
    """A transaction without contents."""


# So lately something was committed that nothing needs to be for the sake of knowing that it can.
_FRESH_S = 0.2


async def _health(service: Service, request: Request) -> Answer:
    """Whether the server works: it commits. Raises Refused(503) when the store does not."""
    if time.monotonic() - service.store.committed_s > _FRESH_S:
        await service.store.ask(_nothing, first=True)
    return json_answer(200, {"status": "ok"})


async def _metrics(service: Service, request: Request) -> Answer:
    kind = (("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),)
    return Answer(200, service.metrics.text().encode(), kind)


async def _openapi(service: Service, request: Request) -> Answer:
    return json_answer(200, _document())


# Made once: it takes some milliseconds, and anybody may ask for it.
_document = cache(document)


class Route(NamedTuple):
    """A method and a path, with its parameters in braces; `stored`: it works with the database."""

    method: str
    path: str
    name: str
    endpoint: Endpoint
    stored: bool = True


_BOTH = (
    Route("GET", "/health", "health", _health),
    Route("GET", "/openapi.json", "openapi", _openapi, stored=False),
)
AGENT = (
    Route("POST", "/login", "login", login.login),
    Route("POST", "/stateless", "stateless", agent_api.stateless),
    Route("POST", "/stateful", "stateful", agent_api.stateful),
    Route("GET", "/commands", "commands", _commands),
    Route("POST", "/commands/{id}", "confirm", agent_api.confirm),
    *_BOTH,
)
MANAGEMENT = (
    Route("POST", "/agents", "register", management.register),
    Route("GET", "/agents", "agents", management.agents),
    Route("DELETE", "/agents/{uuid}", "revoke", management.revoke),
    Route("POST", "/agents/{uuid}/commands", "command", management.command),
    Route("POST", "/commands", "command_all", management.command_all),
    Route("GET", "/events", "events", management.listed_events),
    Route("PUT", "/password", "password", management.password),
    Route("POST", "/signing-keys", "rotate", management.rotate),
    Route("GET", "/metrics", "metrics", _metrics, stored=False),
    *_BOTH,
)


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._fixed: dict[str, dict[str, Route]] = {}
        self._open: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        for route in routes:
            if "{" not in route.path:
                self._fixed.setdefault(route.path, {})[route.method] = route
            else:
                self._open.append((_pattern(route.path), {route.method: route}))

    def find(self, request: Request) -> tuple[Route, tuple[str, ...]]:
        """The route and the values of its path's parameters. Raises Refused: 404, or 405."""
        methods, values = self._methods(request.path)
        if not methods:
            raise Refused(404, "there is nothing at this path", "path")
        route = methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise Refused(405, "this path knows other methods", "method", (("Allow", ", ".join(methods)),))
        return route, values

    def _methods(self, path: str) -> tuple[dict[str, Route], tuple[str, ...]]:
        if path in self._fixed:
            return self._fixed[path], ()
        for pattern, methods in self._open:
            match: Any = pattern.fullmatch(path)
            if match:
                return methods, match.groups()
        return {}, ()


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))
