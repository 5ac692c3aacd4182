from typing import Literal

from app.schemas.base import Out


class HealthOut(Out):
    status: Literal["live", "ready"]
