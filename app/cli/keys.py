"""Secrets: fresh ones for production, and those that the sandbox makes for itself once."""

import json
import os
import secrets
from pathlib import Path

import typer

from app.cli.failure import refuse

keys = typer.Typer(help="Make secrets.", no_args_is_help=True)

UNREADABLE = """\
The sandbox's keys in {path} cannot be read: {error}.
  Delete that file; the next start makes new ones, and everybody signs in again."""


@keys.callback()
def family() -> None:
    """Make secrets."""


@keys.command()
def new() -> None:
    """Print fresh CABINET_SECRET_KEY and CABINET_TOKEN_KEYS, in the form of an .env file."""
    typer.echo(f'CABINET_SECRET_KEY="{_secret()}"')
    typer.echo(f'CABINET_TOKEN_KEYS="{_token_key()}"')


def sandbox_keys(state: Path) -> dict[str, str]:
    """Return the secrets of this copy of the sandbox, made on the first call."""
    path = state / "sandbox-keys.json"
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
        "CABINET_TOKEN_KEYS": _token_key(),
        "CABINET_SMS_TOKEN": _secret(),
    }


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
