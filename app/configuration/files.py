"""Secrets in files, as Docker and Kubernetes hand them over: `CABINET_SMS_TOKEN_FILE=/run/...`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SECRETS: Final = {
    "DATABASE_URL": "database_url",
    "CABINET_SECRET_KEY": "secret_key",
    "CABINET_SECRET_KEYS": "secret_keys",
    "CABINET_TOKEN_KEYS": "token_keys",
    "CABINET_SMS_TOKEN": "sms_token",
    "CABINET_MONOBANK_TOKEN": "monobank_token",
    "CABINET_LIQPAY_PRIVATE_KEY": "liqpay_private_key",
}
"""The variables that may come from a file, and their settings."""
SUFFIX: Final = "_FILE"
LONGEST: Final = 64 * 1024

BOTH = "{name}: set here and in {name}{suffix} too; set one of the two"
UNREADABLE = "{name}{suffix}: {path} cannot be read ({error}); name a file that holds the secret"
EMPTY = "{name}{suffix}: {path} is empty; name a file that holds the secret"
TOO_LONG = (
    "{name}{suffix}: {path} is longer than {longest} bytes; name a file that holds the secret"
)
NOT_TEXT = "{name}{suffix}: {path} is not text in UTF-8; name a file that holds the secret"


class SecretFileRefused(ValueError):
    """The text names the variable, the file and the remedy, and nothing of the secret."""


def secret(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return a secret from its variable or its file; None if neither is set.

    :raises SecretFileRefused: both are set, or the file holds no secret.
    """
    environment = os.environ if environment is None else environment
    value, path = environment.get(name), environment.get(f"{name}{SUFFIX}")
    if not path:
        return value or None
    if value:
        raise SecretFileRefused(BOTH.format(name=name, suffix=SUFFIX))
    return _read(name, path)


def secrets_in_files(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the settings that files give.

    :raises SecretFileRefused: one line for each variable that is wrong.
    """
    environment = os.environ if environment is None else environment
    found, wrong = {}, []
    for name, field in SECRETS.items():
        if not environment.get(f"{name}{SUFFIX}"):
            continue
        try:
            found[field] = secret(name, environment) or ""
        except SecretFileRefused as refusal:
            wrong.append(str(refusal))
    if wrong:
        raise SecretFileRefused("\n  ".join(wrong))
    return found


def _read(name: str, path: str) -> str:
    told = {"name": name, "suffix": SUFFIX, "path": path, "longest": LONGEST}
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LONGEST + 1)
    except OSError as error:
        raise SecretFileRefused(UNREADABLE.format(**told, error=error.strerror)) from None
    if len(raw) > LONGEST:
        raise SecretFileRefused(TOO_LONG.format(**told))
    try:
        # Editors and `echo` end a file with a line break, which belongs to no secret.
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretFileRefused(NOT_TEXT.format(**told)) from None
    if not text.strip():
        raise SecretFileRefused(EMPTY.format(**told))
    return text
