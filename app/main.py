"""The composition root: everything is built here, and nothing is built on import."""

import gc
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Lifespan

from app.clock import Clock
from app.composition import acquirer_http, clock_of, compose, context_of, ports_of
from app.database import Database, create_engine
from app.draining import drain_on_sigterm
from app.logs import configure_logs
from app.metrics import MetricsServer
from app.routers import cabinet, public
from app.routers.http import metrics
from app.routers.http.configuration import HttpConfig
from app.routers.http.cors import Cors
from app.routers.http.middleware import RequestMiddleware
from app.routers.http.route_index import find_routes_by_index
from app.routers.openapi.document import describe, operation_id
from app.routers.problems.handlers import install_problem_handlers
from app.sandbox import sandbox_router
from app.sandbox.clock import SandboxClock
from app.sandbox.forced_answers import force_answer
from app.security.passwords import PasswordHasher
from app.services import Services
from app.settings import Settings, SettingsRefused, load_settings
from app.texts import catalogue

PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
VERSION: Final[str] = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Validation failures and bodies must not leave the process; our own metrics and log do."""


def create_app(
    services: Services,
    *,
    http_config: HttpConfig | None = None,
    extra_routers: Sequence[APIRouter] = (),
    before_each: Sequence[Callable[..., Awaitable[None]]] = (),
    lifespan: Lifespan[FastAPI] | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """Return the application over its services: the same one in tests and in production."""
    known = http_config or HttpConfig()
    app = FastAPI(
        title="Business cabinet",
        version=VERSION,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
        dependencies=[Depends(one) for one in before_each],
    )
    app.state.services = services
    app.state.http_config = known
    app.state.metrics = metrics.Metrics()
    app.state.clock = clock or Clock()
    cabinet.include_in(app, prefix="/v1")
    app.include_router(public.router, prefix="/v1")
    for router in (
        public.pages,
        *([metrics.router] if known.shows_metrics else []),
        *extra_routers,
    ):
        app.include_router(router)
    install_problem_handlers(app)
    _add_middleware(app, known)
    describe(app)
    find_routes_by_index(app)
    return app


def build() -> FastAPI:
    """Build the deployed application: `uvicorn --factory app.main:build`.

    :raises SettingsRefused: what is missing, and what to do about it.
    """
    settings = load_settings()
    configure_logs()
    # Read now, so that a broken catalogue stops the start and not the first request.
    catalogue()
    clock = clock_of(settings)
    passwords = PasswordHasher()
    database = Database(
        create_engine(settings.database_url, pool_size=settings.database_pool_size),
        places=settings.database_pool_size,
    )
    # One connection beside the pool, where no request waits: for /health/ready.
    probe = Database(create_engine(settings.database_url, pool_size=1), places=1)
    acquirer = acquirer_http(settings)
    context = context_of(settings, database, clock, ports=ports_of(settings, acquirer))
    services = compose(settings, context, passwords=passwords, probe=probe)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What has been built lives as long as the process: no collection need look at it.
        gc.collect()
        gc.freeze()
        with drain_on_sigterm(services.operations.health.drain, seconds=settings.drain_seconds):
            yield
        services.operations.health.drain()
        prometheus.close()
        passwords.close()
        await acquirer.aclose()
        await probe.close()
        await database.close()

    app = create_app(
        services,
        http_config=_http_config(settings),
        extra_routers=_extra_routers(settings, database, clock),
        before_each=[force_answer] if settings.is_sandbox else [],
        lifespan=lifespan,
        clock=clock,
    )
    prometheus = _metrics_server(app, settings)
    return app


def document() -> dict[str, Any]:
    """Return the OpenAPI document; no settings and no database are needed for it."""
    # Only requests touch the services, and nobody makes any.
    return create_app(cast("Services", None)).openapi()


def _add_middleware(app: FastAPI, http_config: HttpConfig) -> None:
    app.add_middleware(
        RequestMiddleware,
        http_config=http_config,
        metrics=app.state.metrics,
        is_draining=lambda: app.state.services.operations.health.is_draining,
    )
    if not http_config.allowed_origins:
        return
    app.add_middleware(Cors, origins=http_config.allowed_origins)


def _metrics_server(app: FastAPI, settings: Settings) -> MetricsServer:
    server, port = MetricsServer(app.state.metrics.registry), settings.metrics_port
    try:
        server.open(host=settings.metrics_host, port=port)
    except OSError as error:
        raise SettingsRefused(
            "The configuration is impossible:\n"
            f"  CABINET_METRICS_PORT: {port} cannot be listened on ({error.strerror}); "
            "choose a port that is free"
        ) from None
    return server


def _extra_routers(settings: Settings, database: Database, clock: Clock) -> list[APIRouter]:
    if not isinstance(clock, SandboxClock):
        return []
    token = settings.sms_token.get_secret_value()
    shop = settings.monobank_token.get_secret_value() if settings.monobank_token else ""
    return [sandbox_router(database=database, clock=clock, sms_token=token, acquirer_token=shop)]


def _http_config(settings: Settings) -> HttpConfig:
    return HttpConfig(
        public_url=str(settings.public_url),
        contact_phones=settings.contact_phones,
        trusted_proxies=settings.trusted_proxies,
        allowed_origins=settings.allowed_origins,
        home="/sandbox" if settings.is_sandbox else "/docs",
        security_contact=settings.security_contact,
        shows_metrics=settings.is_sandbox,
    )
