"""What cannot run as configured says so in a sentence and does not start (security.md A5, A15)."""

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import make_url

from tests.faults.processes import clean_environment, configuration

NOWHERE = make_url("postgresql+asyncpg://nobody:hunter2hunter2@127.0.0.1:1/none")
SECRETS = ("CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN")


def ecdsa_key() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def start(
    *command: str, settings: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - the product's own commands
        [sys.executable, "-P", "-m", "app.cli", *command],
        env=clean_environment() | (settings or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def refusal(*command: str, settings: dict[str, str]) -> str:
    done = start(*command, settings=settings)
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert "hunter2" not in said
    assert done.returncode in {1, 2}, said
    return said


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_names_every_secret_that_is_missing_or_empty(command: str) -> None:
    missing = refusal(command, settings={})
    empty = refusal(command, settings=configuration(NOWHERE) | dict.fromkeys(SECRETS, ""))

    for said in (missing, empty):
        for name in SECRETS:
            assert f"{name}: Field required; set {name}" in said


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CABINET_SECRET_KEY", "short", "shorter than 32 characters; set CABINET_SECRET_KEY"),
        ("DATABASE_URL", "hunter2", "not an address; set DATABASE_URL"),
        ("DATABASE_URL", "postgresql+asyncpg://a:hunter2@b:port/c", "not an address; set"),
        ("DATABASE_URL", "postgresql://a:hunter2@b/c", "does not begin with postgresql+asyncpg://"),
        ("DATABASE_URL", "mysql://a:hunter2@b/c", "does not begin with postgresql+asyncpg://"),
        ("CABINET_ACCOUNT_NUMBER_PATTERN", "(", "not a regular expression"),
        ("CABINET_TRUSTED_PROXIES", "10.0.0.0/8", "lists are written as JSON"),
        ("CABINET_TOKEN_KEYS", "hunter2", "not a private key in PEM; set CABINET_TOKEN_KEYS"),
        ("CABINET_TOKEN_KEYS", ecdsa_key(), "not an Ed25519 key; set CABINET_TOKEN_KEYS"),
        ("CABINET_SMS_URL", "http://127.0.0.1/sandbox/turbosms", "names the sandbox gateway"),
    ],
    ids=lambda value: value[:24].replace("\n", " "),
)
def test_what_is_impossible_is_refused_with_its_remedy(name: str, value: str, reason: str) -> None:
    said = refusal("serve", settings=configuration(NOWHERE) | {name: value})

    assert reason in said
    assert name.removeprefix("CABINET_").lower() in said.lower()


def test_with_several_workers_the_person_is_told_too() -> None:
    settings = configuration(NOWHERE, token_keys=ecdsa_key())

    assert "not an Ed25519 key" in refusal("serve", "--workers", "2", settings=settings)


@pytest.mark.parametrize("url", ["hunter2", "postgresql://a:hunter2@127.0.0.1:1/c"])
def test_migrations_refuse_an_address_that_leads_nowhere(url: str) -> None:
    assert "DATABASE_URL" in refusal("migrate", settings={"DATABASE_URL": url})
