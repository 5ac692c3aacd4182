"""What endpoints ask for: the services, who is calling, in which language, from where.

Asynchronous on purpose: a plain function would be run in a thread.
"""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from app import origin
from app.access import Credentials
from app.routers.http.client_address import client_address
from app.routers.http.configuration import http_config_of, locale_of
from app.routers.http.metrics import Metrics
from app.routers.http.parameters import require_known
from app.security.access_tokens import TokenRejected
from app.services import Services
from app.texts import Locale

LONGEST_DEVICE: Final = 200


async def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


AppServices = Annotated[Services, Depends(services_of)]


class SignedInGuard(SecurityBase):
    """The token in `Authorization: Bearer ...`, read and believed in one step.

    Every dependency of a dependency costs each signed-in request some 10 us, and this one is
    asked twice: by the group of routes and by the route.
    """

    scheme_name = "bearer"
    model = HTTPBearer(
        bearerFormat="JWT",
        description="The `access_token` of a sign-in, a refresh or a confirmed sign-up.",
    )

    async def __call__(self, request: Request) -> Credentials:
        """Return what the access token proves; whether it still holds, the use case asks.

        :raises TokenRejected: there is none, or it proves nothing.
        :raises TooManyRequestsOfMember: the member asks too fast.
        :raises RequestValidationError: a query parameter that the route does not take.
        """
        credentials = credentials_of(request)
        services: Services = request.app.state.services
        services.operations.request_rates.spend(credentials.member_id)
        request.state.member_id = credentials.member_id
        request.state.credentials = credentials
        if request.scope["query_string"]:
            require_known(request.scope)
        return credentials


def credentials_of(request: Request) -> Credentials:
    """Return what the request's access token proves.

    :raises TokenRejected: there is none, or it proves nothing.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if not token or scheme.lower() != "bearer":
        raise TokenRejected
    services: Services = request.app.state.services
    return services.identity.sessions.credentials_in(token)


signed_in = SignedInGuard()

SignedIn = Annotated[Credentials, Depends(signed_in)]


async def language_of(request: Request) -> Locale:
    return locale_of(request.scope)


Language = Annotated[Locale, Depends(language_of)]


async def origin_of(request: Request) -> origin.Origin:
    agent = request.headers.get("user-agent", "")[: 2 * LONGEST_DEVICE]
    device = "".join(each for each in agent if each.isprintable()).strip()[:LONGEST_DEVICE]
    return origin.Origin(address=client_address(request.scope), device=device or None)


Origin = Annotated[origin.Origin, Depends(origin_of)]


async def device_of(
    asked_from: Origin,
    x_device_token: Annotated[str | None, Header()] = None,
) -> origin.Origin:
    """Return where a request came from, with the token that names the device.

    Nothing is refused here: what is no token of ours names no device.
    """
    return replace(asked_from, device_token=(x_device_token or "")[:LONGEST_DEVICE] or None)


OriginWithDevice = Annotated[origin.Origin, Depends(device_of)]


async def metrics_of(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


AppMetrics = Annotated[Metrics, Depends(metrics_of)]


async def contact_phones_of(request: Request) -> tuple[str, ...]:
    return http_config_of(request.scope).contact_phones


ContactPhones = Annotated[tuple[str, ...], Depends(contact_phones_of)]
