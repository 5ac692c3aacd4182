"""Secrets: fresh ones for production, and those that the sandbox makes for itself once."""

import json
import os
import secrets
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failure import refuse
from app.configuration.files import SecretFileRefused, secret
from app.devdb import state_folder
from app.devdb.safe_files import write_private

keys = typer.Typer(help="Make secrets.", no_args_is_help=True)

SANDBOX_KEYS = "sandbox-keys.json"
SECRET_KEY = "CABINET_SECRET_KEY"  # noqa: S105 - the name of a variable
SECRET_KEYS = "CABINET_SECRET_KEYS"  # noqa: S105 - the name of a variable
TOKEN_KEYS = "CABINET_TOKEN_KEYS"  # noqa: S105 - the name of a variable
KEYS_NEEDED_DAYS = 92
"""The bills of three months show activation codes; sessions live 90 days at the most."""

UNREADABLE = """\
The sandbox's keys in {path} cannot be read: {error}.
  Delete that file; the next start makes new ones, and everybody signs in again."""

ROTATED = """\
A fresh signing key and a fresh secret key make everything from the next start on; what the older
ones made stays good. They are in {path}.
  Restart with: python3 run.py
  Signing keys after the first may be dropped {minutes} minutes after that, and secret keys after
  the first {days} days after that."""
TO_BE_SET = """\
# CABINET_SECRET_KEYS takes the place of CABINET_SECRET_KEY: unset that one.
# The first key makes everything, every key verifies. One process: set these, restart it.
# Several: set them with the fresh key moved to the end first, and restart them all; then as they
# stand here, and restart them again. So none meets what it cannot verify.
# {signing} minutes after the last restart, drop the signing keys after the first.
# {days} days after it, drop the secret keys after the first: until then bills show activation
# codes, and devices hold refresh tokens, that they made. Dropped sooner, these end sooner."""
MISSING = """\
{name} is not set, so there is nothing to rotate.
  `run.py keys new` prints fresh ones."""
NOT_KEYS = """\
CABINET_TOKEN_KEYS cannot be rotated: {error}.
  It holds Ed25519 private keys in PEM, one after another; `run.py keys new` prints one."""
WEAK = """\
CABINET_SECRET_KEY or CABINET_SECRET_KEYS cannot be rotated: {error}.
  It holds long random text; `run.py keys new` prints one."""
TOO_MANY = "there are {most} keys; drop the oldest"
NO_FOLDER = """\
Say where the files shall be written: --into DIR, a folder that does not hold them yet."""
NOT_WRITTEN = """\
{path} cannot be written ({error}).
  Name a folder of your own that does not hold it yet."""
WRITTEN = "Wrote {path}; set {name}_FILE to where the processes find it."


class Format(StrEnum):
    ENV = "env"
    """For an `.env` file of compose, and for a shell."""
    DOCKER = "docker"
    """For `docker run --env-file`, which knows neither quotes nor values of several lines."""
    FILES = "files"
    """A file for each, for the secrets of Docker and Kubernetes."""


AsFormat = Annotated[Format, typer.Option("--format", help="For whom it is written.")]
Into = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where --format files writes its files.")
]


@keys.callback()
def family() -> None:
    """Make secrets."""


@keys.command()
def new(*, form: AsFormat = Format.ENV, into: Into = None) -> None:
    """Print a fresh secret key and a fresh signing key."""
    _give({SECRET_KEY: _secret(), TOKEN_KEYS: _token_key()}, form, into)


@keys.command()
def rotate(*, form: AsFormat = Format.ENV, into: Into = None) -> None:
    """Put fresh keys before the secret keys and signing keys of now; nobody is signed out."""
    from app.security.access_tokens import LIFETIME

    minutes = int(LIFETIME.total_seconds() // 60)
    given = _given()
    if given:
        fresh = _with_fresh_keys(given)
        typer.echo(TO_BE_SET.format(signing=minutes, days=KEYS_NEEDED_DAYS))
        _give(fresh, form, into)
        return
    if (os.environ.get("CABINET_MODE") or "sandbox") != "sandbox":
        refuse(MISSING.format(name=f"{SECRET_KEY} or {TOKEN_KEYS}"))
    state = state_folder()
    state.mkdir(parents=True, exist_ok=True)
    known = _without_the_oldest(sandbox_keys(state))
    fresh = {name: value for name, value in known.items() if name != SECRET_KEY}
    path = state / SANDBOX_KEYS
    write_private(path, f"{json.dumps(fresh | _with_fresh_keys(known), indent=2)}\n")
    typer.echo(ROTATED.format(path=path, minutes=minutes, days=KEYS_NEEDED_DAYS))


def sandbox_keys(state: Path) -> dict[str, str]:
    """Return the secrets of this copy of the sandbox, made on the first call."""
    path = state / SANDBOX_KEYS
    try:
        if not path.exists():
            write_private(path, f"{json.dumps(_fresh_sandbox_keys(), indent=2)}\n")
        loaded: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        refuse(UNREADABLE.format(path=path, error=error))
    return loaded


def _fresh_sandbox_keys() -> dict[str, str]:
    return {
        "CABINET_SECRET_KEY": _secret(),
        TOKEN_KEYS: _token_key(),
        "CABINET_SMS_TOKEN": _secret(),
    }


def secret_keys_in(known: Mapping[str, str]) -> list[str]:
    """Return the secret keys of an environment or of the sandbox's file, the first one first."""
    from app.settings import listed_keys

    return list(listed_keys(known.get(SECRET_KEYS) or known.get(SECRET_KEY) or ""))


def _given() -> dict[str, str]:
    try:
        given = {name: secret(name) for name in (SECRET_KEY, SECRET_KEYS, TOKEN_KEYS)}
    except SecretFileRefused as refusal:
        refuse(str(refusal))
    return {name: value for name, value in given.items() if value}


def _with_fresh_keys(known: Mapping[str, str]) -> dict[str, str]:
    """Return what to set instead of each kind of keys that is known."""
    fresh = {}
    if keys_now := _secret_keys_now(known):
        fresh[SECRET_KEYS] = "\n".join([_secret(), *keys_now])
    if TOKEN_KEYS in known:
        fresh[TOKEN_KEYS] = _with_fresh_token_key(known[TOKEN_KEYS])
    return fresh


def _without_the_oldest(known: Mapping[str, str]) -> dict[str, str]:
    """Return the sandbox's keys with room for one more: nobody drops old ones there."""
    from app.configuration.rules import MOST_KEYS

    kept = secret_keys_in(known)[: MOST_KEYS - 1]
    others = {name: value for name, value in known.items() if name != SECRET_KEY}
    return others | {SECRET_KEYS: "\n".join(kept)}


def _secret_keys_now(known: Mapping[str, str]) -> list[str]:
    from app.configuration.rules import MOST_KEYS, require_strong

    try:
        found = secret_keys_in(known)
        for each in found:
            require_strong(each)
    except ValueError as error:
        refuse(WEAK.format(error=error))
    if len(found) >= MOST_KEYS:
        refuse(WEAK.format(error=TOO_MANY.format(most=MOST_KEYS)))
    return found


def _with_fresh_token_key(keys_pem: str) -> str:
    from app.security.access_tokens import KeysUnreadable, require_keys

    known = keys_pem.replace("\\n", "\n").strip()
    try:
        require_keys(known)
    except KeysUnreadable as error:
        refuse(NOT_KEYS.format(error=error))
    return f"{_token_key()}\n{known}"


def _give(values: Mapping[str, str], form: Format, into: Path | None) -> None:
    if form is Format.FILES:
        _write_files(values, into)
        return
    for name, value in values.items():
        if form is Format.ENV:
            typer.echo(f'{name}="{value}"')
        elif name == SECRET_KEYS:
            typer.echo(f"{name}={json.dumps(value.splitlines())}")
        else:
            typer.echo(f"{name}={value}".replace("\n", "\\n"))


def _write_files(values: Mapping[str, str], into: Path | None) -> None:
    if into is None:
        refuse(NO_FOLDER)
    for name, value in values.items():
        path = into / name.lower()
        try:
            into.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Never over a file that is there: it may be the only copy of a secret.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(path, flags, 0o600), "w") as file:
                file.write(f"{value}\n")
        except OSError as error:
            refuse(NOT_WRITTEN.format(path=path, error=error.strerror))
        typer.echo(WRITTEN.format(path=path, name=name))


def _secret() -> str:
    return secrets.token_urlsafe(48)


def _token_key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode().strip()
