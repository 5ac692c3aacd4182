"""Everything that differs between deployments, read from the environment by entry points only."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"


class SettingsRefused(Exception):
    """The process cannot start as configured; the text names the setting and the remedy."""


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

    model_config = SettingsConfigDict(env_prefix="CABINET_", frozen=True, populate_by_name=True)

    mode: Mode = Mode.PRODUCTION
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
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

    @model_validator(mode="after")
    def _production_takes_no_chances(self) -> "Settings":
        if len(self.secret_key.get_secret_value()) < 32:  # noqa: PLR2004 - bytes of a key
            raise ValueError("secret_key: shorter than 32 characters")
        return self

    @property
    def is_sandbox(self) -> bool:
        return self.mode is Mode.SANDBOX


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    :raises SettingsRefused: one line for each missing or impossible setting, with its remedy.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [_explain(found["loc"], found["msg"]) for found in error.errors()]
        raise SettingsRefused("\n".join(["The configuration is incomplete:", *lines])) from None


def _explain(loc: tuple[int | str, ...], message: str) -> str:
    name = str(loc[0]).lower() if loc else message.split(":", maxsplit=1)[0].rpartition(" ")[2]
    variable = "DATABASE_URL" if name == "database_url" else f"CABINET_{name.upper()}"
    remedy = REMEDIES.get(name)
    return f"  {variable}: {message}" + (f"; {remedy}" if remedy else "")
