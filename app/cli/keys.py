"""Secrets: fresh ones for production, and those that the sandbox makes for itself once."""

import json
import os
import secrets
from pathlib import Path

import typer

from app.cli.failure import refuse
from app.devdb import state_folder

keys = typer.Typer(help="Make secrets.", no_args_is_help=True)

SANDBOX_KEYS = "sandbox-keys.json"
TOKEN_KEYS = "CABINET_TOKEN_KEYS"  # noqa: S105 - the name of a variable

UNREADABLE = """\
The sandbox's keys in {path} cannot be read: {error}.
  Delete that file; the next start makes new ones, and everybody signs in again."""

ROTATED = """\
A fresh key signs access tokens from the next start on; the older ones verify theirs.
  They are in {path}; restart with: python3 run.py
  {minutes} minutes after that no older token lives, and the keys after the first may be dropped."""
TO_BE_SET = """\
# The first key signs access tokens, every key verifies them. One process: set this, restart it.
# Several: set it with the fresh key moved to the end first, and restart them all; then as it
# stands here, and restart them again. So none meets a token that it cannot verify.
# {minutes} minutes after the last restart no older token lives: drop the keys after the first."""
NOT_KEYS = """\
CABINET_TOKEN_KEYS cannot be rotated: {error}.
  It holds Ed25519 private keys in PEM, one after another; `run.py keys new` prints one."""


@keys.callback()
def family() -> None:
    """Make secrets."""


@keys.command()
def new() -> None:
    """Print fresh CABINET_SECRET_KEY and CABINET_TOKEN_KEYS, in the form of an .env file."""
    typer.echo(f'CABINET_SECRET_KEY="{_secret()}"')
    typer.echo(f'{TOKEN_KEYS}="{_token_key()}"')


@keys.command()
def rotate() -> None:
    """Put a fresh key before those that sign access tokens now; nobody is signed out."""
    from app.security.access_tokens import LIFETIME

    minutes = int(LIFETIME.total_seconds() // 60)
    given = os.environ.get(TOKEN_KEYS)
    if given:
        rotated = _with_fresh_key(given)
        typer.echo(TO_BE_SET.format(minutes=minutes))
        typer.echo(f'{TOKEN_KEYS}="{rotated}"')
        return
    if (os.environ.get("CABINET_MODE") or "sandbox") != "sandbox":
        refuse(NOT_KEYS.format(error="it is not set"))
    state = state_folder()
    state.mkdir(parents=True, exist_ok=True)
    known = sandbox_keys(state)
    fresh = known | {TOKEN_KEYS: _with_fresh_key(known[TOKEN_KEYS])}
    path = state / SANDBOX_KEYS
    _write_privately(path, json.dumps(fresh, indent=2))
    typer.echo(ROTATED.format(path=path, minutes=minutes))


def sandbox_keys(state: Path) -> dict[str, str]:
    """Return the secrets of this copy of the sandbox, made on the first call."""
    path = state / SANDBOX_KEYS
    try:
        if not path.exists():
            _write_privately(path, json.dumps(_fresh_sandbox_keys(), indent=2))
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


def _with_fresh_key(keys_pem: str) -> str:
    from app.security.access_tokens import KeysUnreadable, require_keys

    known = keys_pem.replace("\\n", "\n").strip()
    try:
        require_keys(known)
    except KeysUnreadable as error:
        refuse(NOT_KEYS.format(error=error))
    return f"{_token_key()}\n{known}"


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


def _write_privately(path: Path, text: str) -> None:
    # Nobody else may read it at any moment, and whoever finds it finds it whole.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{text}\n")
    draft.replace(path)
