"""What only the sandbox has. Production refuses to build it."""

from typing import TYPE_CHECKING

from app.database import Database

if TYPE_CHECKING:
    from fastapi import APIRouter

    from app.sandbox.clock import SandboxClock

__all__ = ["sandbox_router"]


def sandbox_router(
    *, database: Database, clock: "SandboxClock", sms_token: str, acquirer_token: str = ""
) -> "APIRouter":
    """Return the sandbox's SMS gateway, its acquirer, its pages and its clock.

    Messages and charges live in this process's memory: a sandbox is served by one process.
    """
    # The commands import this package for its register alone, and FastAPI takes half a second.
    from fastapi import APIRouter  # noqa: PLC0415 - see above

    from app.sandbox.acquirer import SandboxAcquirer  # noqa: PLC0415 - see above
    from app.sandbox.acquirer_pages import acquirer_router  # noqa: PLC0415 - see above
    from app.sandbox.gateway import gateway_router  # noqa: PLC0415 - see above
    from app.sandbox.inbox import Inbox  # noqa: PLC0415 - see above
    from app.sandbox.pages import pages_router  # noqa: PLC0415 - see above
    from app.sandbox.workshop import workshop_router  # noqa: PLC0415 - see above

    inbox = Inbox(clock)
    router = APIRouter(include_in_schema=False)
    router.include_router(gateway_router(inbox, token=sms_token))
    router.include_router(pages_router(inbox, database=database, clock=clock))
    router.include_router(workshop_router(clock))
    router.include_router(acquirer_router(SandboxAcquirer(clock, token=acquirer_token)))
    return router
