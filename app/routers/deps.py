"""What endpoints ask for: the services, who is calling, in which language, from where.

Asynchronous on purpose: a plain function would be run in a thread.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app import origin
from app.access import Credentials
from app.routers.client_address import client_address
from app.routers.edge import edge_of, locale_of
from app.security.access_tokens import TokenRejected
from app.services import Services
from app.texts import Locale

LONGEST_DEVICE: Final = 200

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="The `access_token` of a sign-in, a refresh or a confirmed sign-up.",
)


async def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


AppServices = Annotated[Services, Depends(services_of)]


async def signed_in(
    request: Request,
    services: AppServices,
    presented: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Credentials:
    """Return what the access token proves; whether it still holds, the use case asks.

    :raises TokenRejected: there is none, or it proves nothing.
    """
    if presented is None:
        raise TokenRejected
    credentials = services.sessions.credentials_in(presented.credentials)
    request.state.member_id = credentials.member_id
    request.state.credentials = credentials
    return credentials


SignedIn = Annotated[Credentials, Depends(signed_in)]


async def language_of(request: Request) -> Locale:
    return locale_of(request.scope)


Language = Annotated[Locale, Depends(language_of)]


async def origin_of(request: Request) -> origin.Origin:
    agent = request.headers.get("user-agent", "")[: 2 * LONGEST_DEVICE]
    device = "".join(each for each in agent if each.isprintable()).strip()[:LONGEST_DEVICE]
    return origin.Origin(address=client_address(request.scope), device=device or None)


Origin = Annotated[origin.Origin, Depends(origin_of)]


async def contact_phones_of(request: Request) -> tuple[str, ...]:
    return edge_of(request.scope).contact_phones


ContactPhones = Annotated[tuple[str, ...], Depends(contact_phones_of)]
