"""Everything that differs between deployments, read from the environment by entry points only."""

import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class Mode(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"


class SettingsRefused(Exception):
    """The process cannot start as configured; the text names the setting and the remedy."""


SHORTEST_KEY = 32
DRIVER = "postgresql+asyncpg"
NOT_A_LIST = """\
The configuration is impossible:
  {error}; lists are written as JSON, for example ["10.0.0.0/8"]"""

REMEDIES = {
    "database_url": "set DATABASE_URL, for example postgresql+asyncpg://user:password@host/cabinet",
    "secret_key": "set CABINET_SECRET_KEY to 32 random bytes or more; `run.py keys new` prints one",
    "token_keys": "set CABINET_TOKEN_KEYS to Ed25519 private keys in PEM; `run.py keys new` "
    "prints one",
    "sms_url": "set CABINET_SMS_URL to the SMS provider's base address",
    "sms_token": "set CABINET_SMS_TOKEN to the SMS provider's access token",
    "sms_sender": "set CABINET_SMS_SENDER to the sender name registered with the SMS provider",
    "public_url": "set CABINET_PUBLIC_URL to the https address under which clients call the API",
}


class Settings(BaseSettings):
    """The configuration of one deployment. Secrets have no defaults.

    Every name is an environment variable with the prefix `CABINET_`; the database's address is
    `DATABASE_URL`, as hosting platforms call it.
    """

    model_config = SettingsConfigDict(
        env_prefix="CABINET_",
        # A variable that is set to nothing is one that was forgotten.
        env_ignore_empty=True,
        frozen=True,
        populate_by_name=True,
    )

    mode: Mode = Mode.PRODUCTION
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    worker_metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Where the worker answers Prometheus; nowhere unless set."""
    state_dir: Path = Path(".data")
    public_url: AnyHttpUrl

    database_url: Annotated[str, Field(validation_alias=AliasChoices("DATABASE_URL"))]
    database_pool_size: Annotated[int, Field(ge=2, le=100)] = 8

    drain_seconds: Annotated[float, Field(ge=0, le=60)] = 5.0
    """How long a process that is told to stop still serves while the balancer looks away."""

    secret_key: SecretStr
    """Codes, refresh tokens and cursors are derived from it; changing it signs everybody out."""
    token_keys: SecretStr
    """Ed25519 private keys in PEM, one after another; the first signs, all verify."""

    sms_url: AnyHttpUrl
    sms_token: SecretStr
    sms_sender: Annotated[str, Field(min_length=3, max_length=11)]

    sms_price_uah: Annotated[Decimal, Field(gt=0)] = Decimal("1.50")
    """What one segment of an SMS costs."""
    sms_daily_cap_uah: Annotated[Decimal, Field(ge=0)] = Decimal(3000)
    """Codes of any 24 hours cost no more; a quarter is kept for phones verified before."""
    wrong_codes_a_day: Annotated[int, Field(ge=1)] = 10
    """For each phone and each account, over all its codes."""
    limit_addresses: bool = True
    """Whether one address may do only so much; the sandbox, where all share one, says no."""

    requests_kept_days: Annotated[int, Field(ge=2, le=3650)] = 30
    """Sign-ups, resets, invitations, changes of phone, link requests, and their codes; longer
    than any of them may still be answered."""
    messages_kept_days: Annotated[int, Field(ge=1, le=3650)] = 90
    audit_events_kept_days: Annotated[int, Field(ge=30, le=36500)] = 1096
    """Three years, one of them a leap year."""

    account_number_pattern: str = r"\d{4,12}"
    contact_phones: tuple[str, ...] = (
        "044 202 15 88",
        "050 210 15 88",
        "073 202 15 88",
        "067 210 15 88",
        "1588",
    )
    reading_window_opens_days_before: Annotated[int, Field(ge=0, le=31)] = 2
    """Days before the end of a month on which its readings are first taken (code 8.6.3)."""
    reading_window_closes_on_day: Annotated[int, Field(ge=0, le=27)] = 3
    """The last day of the next month on which they are taken."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed, for example 10.0.0.0/8."""
    allowed_origins: tuple[str, ...] = ()
    """Web front ends that may call the API from a browser, exact origins."""

    @field_validator("database_url")
    @classmethod
    def _leads_to_postgresql(cls, text: str) -> str:
        require_postgresql(text)
        return text

    @field_validator("account_number_pattern")
    @classmethod
    def _is_a_pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"not a regular expression ({error})") from None
        return text

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"shorter than {SHORTEST_KEY} characters")
        return secret

    @property
    def is_sandbox(self) -> bool:
        return self.mode is Mode.SANDBOX


def require_postgresql(address: str) -> None:
    """Accept what PostgreSQL can be called at.

    :raises ValueError: in words that do not repeat the address, which may hold a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError("not an address") from None
    if url.drivername != DRIVER:
        raise ValueError(f"does not begin with {DRIVER}://")


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    :raises SettingsRefused: one line for each missing or impossible setting, with its remedy.
    """
    try:
        return Settings(**overrides)
    except SettingsError as error:
        raise SettingsRefused(NOT_A_LIST.format(error=error)) from None
    except ValidationError as error:
        lines = [_explain(found["loc"], found["msg"]) for found in error.errors()]
        raise SettingsRefused("\n".join(["The configuration is incomplete:", *lines])) from None


def _explain(loc: tuple[int | str, ...], message: str) -> str:
    name, message = str(loc[0]).lower(), message.removeprefix("Value error, ")
    variable = "DATABASE_URL" if name == "database_url" else f"CABINET_{name.upper()}"
    remedy = REMEDIES.get(name)
    return f"  {variable}: {message}" + (f"; {remedy}" if remedy else "")
