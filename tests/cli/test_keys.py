import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.cli.keys import sandbox_keys


def test_new_keys_are_an_env_file_for_production(cli_runner: CliRunner) -> None:
    first = cli_runner.invoke(cli, ["keys", "new"]).stdout
    second = cli_runner.invoke(cli, ["keys", "new"]).stdout

    secret, _, pem = first.partition("\n")
    name, _, value = secret.partition("=")
    assert name == "CABINET_SECRET_KEY"
    assert len(value.strip('"')) >= 43
    name, _, value = pem.strip().partition("=")
    assert name == "CABINET_TOKEN_KEYS"
    key = load_pem_private_key(value.strip('"').encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    assert first != second


def test_the_sandbox_makes_its_keys_once_and_shows_them_to_nobody(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = sandbox_keys(tmp_path)
    finally:
        os.umask(before)

    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sandbox_keys(tmp_path) == made
    assert made.keys() == {"CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN"}
    assert len(made["CABINET_SECRET_KEY"]) >= 43
