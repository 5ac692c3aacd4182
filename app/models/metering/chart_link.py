from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.access import Credentials
from app.errors import NotFound
from app.models.metering.register import Energy
from app.models.period import Period

CHART_LINK_LIFE: Final = timedelta(minutes=15)
"""Long enough for a page to show its pictures again; whoever copies the address has no longer."""


class ChartLinkInvalid(NotFound):
    """The address of a picture was never ours, or its minutes are over."""

    code = "chart_link_invalid"


class Theme(StrEnum):
    """The paper a picture is drawn on; `auto` follows the reader's screen."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLink:
    """What the address of a picture stands for: whose sign-in it uses, and what is drawn."""

    credentials: Credentials
    account_id: UUID
    first: Period
    last: Period
    energy: Energy
    theme: Theme
    language: str


@dataclass(frozen=True, slots=True)
class MadeChartLink:
    token: str
    expires_at: datetime
