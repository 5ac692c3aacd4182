"""What cannot run as configured says so in a sentence and does not start (security.md A5, A15)."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.cli.__main__ import cli
from tests.faults.processes import clean_environment, configuration, free_port

NOWHERE = make_url("postgresql+asyncpg://nobody:hunter2hunter2@127.0.0.1:1/none")
Refusal = Callable[..., str]
COMPANY = ("--tax-id", "32855961", "--reason", "a reason")
BY_PHONE = ("--operator", "somebody", "--phone", "0671234588")
SECRETS = ("CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN")


def ecdsa_key() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def refused(code: int, said: str) -> str:
    assert "Traceback" not in said, said
    assert "hunter2" not in said
    assert code == 2, said
    return said


def refusal_of_a_process(*command: str, settings: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - the product's own commands
        [sys.executable, "-P", "-m", "app.cli", *command],
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return refused(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """Runs a command in an environment that configures nothing but what the test says."""
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)

    def refusal(*command: str, settings: dict[str, str]) -> str:
        done = CliRunner().invoke(cli, command, env=settings)
        assert isinstance(done.exception, SystemExit), done.exception
        return refused(done.exit_code, done.output)

    return refusal


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_names_every_secret_that_is_missing_or_empty(
    refusal: Refusal, command: str
) -> None:
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
        ("CABINET_SMS_URL", "http://127.0.0.1/sandbox/turbosms", "names the sandbox gateway"),
        ("CABINET_SMS_URL", "http://sms.example", "is not https"),
        ("CABINET_SECRET_KEY", "a" * 64, "easy to guess"),
        ("CABINET_SECRET_KEY", "qwertyuiop123" * 4, "easy to guess"),
        ("CABINET_ALLOWED_ORIGINS", '["*"]', "would let every site in"),
        ("CABINET_ALLOWED_ORIGINS", '["https://*.example.com"]', "would let every site in"),
        ("CABINET_ALLOWED_ORIGINS", '["https://a.example/"]', "the last slash"),
        ("CABINET_ALLOWED_ORIGINS", '["a.example"]', "does not begin with https://"),
        ("CABINET_TRUSTED_PROXIES", '["0.0.0.0/0"]', "is everybody"),
        ("CABINET_TRUSTED_PROXIES", '["::/0"]', "is everybody"),
        ("CABINET_ACCOUNT_NUMBER_PATTERN", r"(\d+)+", "repeats without an end"),
        ("CABINET_ACCOUNT_NUMBER_PATTERN", r"(\d{1,20}){9}", "repeats a group"),
        ("CABINET_MESSAGES_KEPT_DAYS", "29", "shorter than CABINET_REQUESTS_KEPT_DAYS (30)"),
    ],
    ids=lambda value: value[:24].replace("\n", " "),
)
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_what_is_impossible_is_refused_with_its_remedy(
    refusal: Refusal, command: str, name: str, value: str, reason: str
) -> None:
    said = refusal(command, settings=configuration(NOWHERE) | {name: value})

    assert reason in said
    assert name.removeprefix("CABINET_").lower() in said.lower()


# Processes of their own, because by then the product has set up its log.


def test_tokens_are_not_signed_with_what_is_no_key() -> None:
    said = refusal_of_a_process("serve", settings=configuration(NOWHERE, token_keys="hunter2"))

    assert "not a private key in PEM; set CABINET_TOKEN_KEYS" in said


def test_keys_of_another_kind_are_refused_by_several_workers_too() -> None:
    settings = configuration(NOWHERE, token_keys=ecdsa_key())

    said = refusal_of_a_process("serve", "--workers", "2", settings=settings)

    assert "not an Ed25519 key; set CABINET_TOKEN_KEYS" in said


def test_a_port_for_metrics_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal_of_a_process("serve", settings=configuration(NOWHERE, metrics_port=port))

    assert f"CABINET_METRICS_PORT: {port} cannot be listened on" in said


def test_one_port_for_metrics_is_for_one_process() -> None:
    settings = configuration(NOWHERE, metrics_port="9100")

    said = refusal_of_a_process("serve", "--workers", "2", settings=settings)

    assert "CABINET_METRICS_PORT is one port" in said


@pytest.mark.parametrize("url", ["hunter2", "postgresql://a:hunter2@127.0.0.1:1/c"])
def test_migrations_refuse_an_address_that_leads_nowhere(refusal: Refusal, url: str) -> None:
    assert "DATABASE_URL" in refusal("migrate", settings={"DATABASE_URL": url})


@pytest.mark.parametrize(
    "command",
    [
        ("up",),
        ("serve",),
        ("worker",),
        ("migrate",),
        ("registry", "load", "."),
        ("ownership", "approve", *COMPANY, *BY_PHONE),
        (
            "members",
            "replace-phone",
            "--tax-id",
            "32855961",
            "--phone",
            "0671234588",
            "--operator",
            "o",
            "--reason",
            "r",
        ),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_every_command_explains_an_address_without_the_driver_alike(
    refusal: Refusal, tmp_path: Path, command: tuple[str, ...], scheme: str
) -> None:
    address = {"DATABASE_URL": f"{scheme}://a:hunter2@127.0.0.1:1/c"}
    ours = {} if command == ("up",) else configuration(NOWHERE)
    ours |= {"CABINET_STATE_DIR": str(tmp_path), "CABINET_PORT": str(free_port())}

    said = refusal(*command, settings=ours | address)

    assert "DATABASE_URL: does not begin with postgresql+asyncpg://" in said
    assert "set DATABASE_URL, for example postgresql+asyncpg://" in said


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_mistyped_variable_is_named_at_the_start(refusal: Refusal, command: str) -> None:
    said = refusal(command, settings={"CABINET_SMS_TOKN": "hunter2"})

    assert said.count("CABINET_SMS_TOKN is not a setting of this program, and is ignored") == 1
    assert "did you mean CABINET_SMS_TOKEN?" in said


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_the_address_of_the_database_may_lie_in_a_file(
    refusal: Refusal, tmp_path: Path, command: str
) -> None:
    settings = configuration(NOWHERE)
    address = settings.pop("DATABASE_URL")
    (tmp_path / "url").write_text("postgres://a:hunter2@b/c\n")
    settings["DATABASE_URL_FILE"] = str(tmp_path / "url")

    read = refusal(command, settings=settings)
    both = refusal(command, settings=settings | {"DATABASE_URL": address})

    assert "DATABASE_URL: does not begin with postgresql+asyncpg://" in read
    assert "DATABASE_URL: set here and in DATABASE_URL_FILE too" in both
