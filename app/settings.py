"""Everything that differs between deployments, read from the environment by entry points only."""

import json
import os
import sys
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from app.configuration import rules
from app.configuration.files import SecretFileRefused, secrets_in_files
from app.configuration.names import unknown_variables
from app.configuration.subjects import chosen_from, fields_of_subjects
from app.models.settings import ChosenSettings


class Mode(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"


class SettingsRefused(Exception):
    """The process cannot start as configured; the text names the setting and the remedy."""


NOT_A_LIST = """\
The configuration is impossible:
  {error}; lists are written as JSON, for example ["10.0.0.0/8"]"""

IMPOSSIBLE = """\
The configuration is impossible:
  {error}"""
VARIABLES = {"database_url": "DATABASE_URL", "secret_keys": "CABINET_SECRET_KEY"}
SANDBOX_PATH = "/sandbox"

REMEDIES = {
    "database_url": "set DATABASE_URL, for example postgresql+asyncpg://user:password@host/cabinet",
    "secret_key": "set CABINET_SECRET_KEY to 32 random bytes or more; `run.py keys new` prints one",
    "secret_keys": "set CABINET_SECRET_KEY to 32 random bytes or more, or CABINET_SECRET_KEYS to "
    "several, a line each; `run.py keys new` prints one",
    "token_keys": "set CABINET_TOKEN_KEYS to Ed25519 private keys in PEM; `run.py keys new` "
    "prints one",
    "sms_url": "set CABINET_SMS_URL to the SMS provider's base address",
    "sms_token": "set CABINET_SMS_TOKEN to the SMS provider's access token",
    "sms_sender": "set CABINET_SMS_SENDER to the sender name registered with the SMS provider",
    "public_url": "set CABINET_PUBLIC_URL to the https address under which clients call the API",
}

SECURITY_CONTACT = r"^(mailto:|https://|tel:)[\x21-\x7e]{3,200}$"


if TYPE_CHECKING:
    OfSubjects = BaseSettings
else:
    OfSubjects = create_model("OfSubjects", __base__=BaseSettings, **fields_of_subjects())


class Settings(OfSubjects):
    """The configuration of one deployment. Secrets have no defaults.

    The settings of one subject lie in `app/models/<subject>/settings.py`; here is the rest.
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
    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Where a production API answers Prometheus; nowhere unless set. The sandbox answers on its own
    port too."""
    metrics_host: str = "127.0.0.1"
    """The address to do that on; 0.0.0.0 in a container."""
    worker_metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Where the worker answers Prometheus; nowhere unless set."""
    state_dir: Path = Path(".data")
    public_url: AnyHttpUrl

    database_url: Annotated[str, Field(validation_alias=AliasChoices("DATABASE_URL"))]
    database_pool_size: Annotated[int, Field(ge=2, le=100)] = 8

    drain_seconds: Annotated[float, Field(ge=0, le=60)] = 5.0
    """How long a process that is told to stop still serves while the balancer looks away."""

    secret_key: SecretStr | None = None
    """The only secret key, where there are not several."""
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode, Field(validate_default=True)] = ()
    """Codes, refresh tokens and cursors are derived from the first; what any of them has made is
    good. A JSON list, or a key on each line."""
    token_keys: SecretStr
    """Ed25519 private keys in PEM, one after another; the first signs, all verify."""

    sms_url: AnyHttpUrl
    sms_token: SecretStr
    sms_sender: Annotated[str, Field(min_length=3, max_length=11)]

    acquirer: Literal["monobank", "liqpay"] = "monobank"
    """Who takes cards; of the two only this one is asked and believed."""
    liqpay_url: AnyHttpUrl = AnyHttpUrl("https://www.liqpay.ua")
    liqpay_public_key: str = ""
    liqpay_private_key: SecretStr | None = None
    """Of the operator's shop there; without both keys cards are not taken."""
    liqpay_version: Literal["3", "7"] = "7"
    """Of the API of the shop: 3 signs with SHA-1, 7 with SHA3-256."""
    monobank_url: AnyHttpUrl = AnyHttpUrl("https://api.monobank.ua")
    monobank_token: SecretStr | None = None
    """Of the operator's shop at the acquirer; without it cards are not taken."""

    sms_price_uah: Annotated[Decimal, Field(gt=0)] = Decimal("1.50")
    """What one segment of an SMS costs."""
    sms_daily_cap_uah: Annotated[Decimal, Field(ge=0)] = Decimal(3000)
    """Codes of any 24 hours cost no more; strangers can use up three quarters of it."""
    wrong_codes_a_day: Annotated[int, Field(ge=1)] = 10
    """For each phone and each account, over all its codes."""
    limit_addresses: bool = True
    """Whether one address may do only so much; the sandbox, where all share one, says no."""

    member_requests_a_minute: Annotated[int, Field(ge=10, le=1_000_000)] = 600
    """Of each member, counted by each process; a tenth of it before ownership is proven."""

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
    security_contact: Annotated[str | None, Field(pattern=SECURITY_CONTACT)] = None
    """Where to report a vulnerability, for /.well-known/security.txt; the phones, if None."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed, for example 10.0.0.0/8."""
    allowed_origins: tuple[str, ...] = ()
    """Web front ends that may call the API from a browser, exact origins."""

    @field_validator("database_url")
    @classmethod
    def _leads_to_postgresql(cls, text: str) -> str:
        rules.require_postgresql(text)
        return text

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _are_listed(cls, given: Any, info: ValidationInfo) -> Any:
        one: SecretStr | None = info.data.get("secret_key")
        keys = listed_keys(given) if isinstance(given, str) else given
        if one is not None and keys:
            raise ValueError("set beside CABINET_SECRET_KEYS; set one of the two")
        if not one and not keys and "secret_key" in info.data:
            raise ValueError("Field required")
        return keys or (() if one is None else (one,))

    @field_validator("secret_keys")
    @classmethod
    def _are_strong(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if len(keys) > rules.MOST_KEYS:
            raise ValueError(f"more than {rules.MOST_KEYS} keys; drop the oldest")
        for key in keys:
            rules.require_strong(key.get_secret_value())
        return keys

    @field_validator("sms_url")
    @classmethod
    def _delivers_safely(cls, url: AnyHttpUrl, info: ValidationInfo) -> AnyHttpUrl:
        if info.data.get("mode") is Mode.SANDBOX:
            return url
        if (url.path or "").startswith(SANDBOX_PATH):
            raise ValueError(
                "names the sandbox gateway, which delivers to nobody, "
                "and CABINET_MODE is not sandbox"
            )
        if url.scheme != "https":
            raise ValueError("is not https: codes and the access token would travel in the clear")
        return url

    @field_validator("monobank_url", "liqpay_url")
    @classmethod
    def _charges_truly(cls, url: AnyHttpUrl, info: ValidationInfo) -> AnyHttpUrl:
        if info.data.get("mode") is Mode.SANDBOX:
            return url
        if (url.path or "").startswith(SANDBOX_PATH):
            raise ValueError(
                "names the sandbox acquirer, where nobody pays, and CABINET_MODE is not sandbox"
            )
        if url.scheme != "https":
            raise ValueError("is not https: what is paid would travel in the clear")
        return url

    @field_validator("messages_kept_days")
    @classmethod
    def _outlive_what_they_carry(cls, days: int, info: ValidationInfo) -> int:
        requests: int = info.data.get("requests_kept_days", 0)
        if days < requests:
            raise ValueError(
                f"shorter than CABINET_REQUESTS_KEPT_DAYS ({requests}), whose messages they are"
            )
        return days

    @field_validator("account_number_pattern")
    @classmethod
    def _is_quick(cls, text: str) -> str:
        rules.require_quick_pattern(text)
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            rules.require_network(network)
        return networks

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            rules.require_origin(origin)
        return origins

    @property
    def of_subjects(self) -> ChosenSettings:
        return chosen_from(dict(self))

    @property
    def is_sandbox(self) -> bool:
        return self.mode is Mode.SANDBOX

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret keys, the one that makes everything first."""
        return tuple(key.get_secret_value() for key in self.secret_keys)


def listed_keys(text: str) -> tuple[str, ...]:
    """Return the keys in a JSON list, or in the lines of a text.

    :raises ValueError: a list that is none.
    """
    if not text.lstrip().startswith("["):
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    try:
        keys = json.loads(text)
    except ValueError:
        raise ValueError("begins as a JSON list and is none") from None
    if not all(isinstance(key, str) for key in keys):
        raise ValueError("holds something that is no text")
    return tuple(keys)


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    :raises SettingsRefused: one line for each missing or impossible setting, with its remedy.
    """
    for line in unknown_variables(os.environ, settings=Settings.model_fields):
        sys.stderr.write(f"{line}\n")
    try:
        return Settings(**(secrets_in_files() | overrides))
    except SecretFileRefused as refusal:
        raise SettingsRefused(IMPOSSIBLE.format(error=refusal)) from None
    except SettingsError as error:
        raise SettingsRefused(NOT_A_LIST.format(error=error)) from None
    except ValidationError as error:
        lines = [_explain(found["loc"], found["msg"]) for found in error.errors()]
        raise SettingsRefused("\n".join(["The configuration is incomplete:", *lines])) from None


def _explain(loc: tuple[int | str, ...], message: str) -> str:
    name, message = str(loc[0]).lower(), message.removeprefix("Value error, ")
    # A secret key is missed under the name that most deployments give it.
    variable = VARIABLES.get(name, f"CABINET_{name.upper()}")
    remedy = REMEDIES.get(name)
    return f"  {variable}: {message}" + (f"; {remedy}" if remedy else "")
