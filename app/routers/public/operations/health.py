from fastapi import APIRouter

from app.errors import DatabaseUnavailable
from app.routers.deps import AppServices
from app.routers.problems.handlers import problems
from app.schemas.operations.health import HealthOut
from app.services.operations.health import Draining

root = APIRouter(prefix="/health", tags=["health"])


@root.get("/live")
async def check_live() -> HealthOut:
    """Tell whether the process runs. A process that does not answer is to be restarted."""
    return HealthOut(status="live")


@root.get("/ready", responses=problems(DatabaseUnavailable, Draining))
async def check_ready(services: AppServices) -> HealthOut:
    """Tell whether the process can serve. One that cannot is to get no requests."""
    await services.operations.health.require_ready()
    return HealthOut(status="ready")
