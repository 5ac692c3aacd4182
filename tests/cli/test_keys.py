import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typer.testing import CliRunner

from app.access import Credentials
from app.cli.__main__ import cli
from app.cli.keys import sandbox_keys
from app.security.access_tokens import AccessTokens, TokenRejected
from tests.conftest import ISSUER, new_signing_key
from tests.fakes.clock import NOON


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


SOMEBODY = Credentials(uuid4(), uuid4(), uuid4())


def signed_by(keys_pem: str) -> str:
    return AccessTokens(keys_pem=keys_pem, issuer=ISSUER).issue(SOMEBODY, now=NOON)


def is_good(token: str, keys_pem: str) -> bool:
    try:
        AccessTokens(keys_pem=keys_pem, issuer=ISSUER).verify(token, now=NOON)
    except TokenRejected:
        return False
    return True


def test_the_sandbox_rotates_its_keys_and_keeps_the_old_ones(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    state = {"CABINET_STATE_DIR": str(tmp_path / "state"), "CABINET_TOKEN_KEYS": None}
    (tmp_path / "state").mkdir()
    before = sandbox_keys(tmp_path / "state")
    old = signed_by(before["CABINET_TOKEN_KEYS"])

    said = [cli_runner.invoke(cli, ["keys", "rotate"], env=state) for _ in range(2)]

    after = sandbox_keys(tmp_path / "state")
    [file] = (tmp_path / "state").iterdir()
    assert [each.exit_code for each in said] == [0, 0]
    assert "10 minutes" in said[0].stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert after["CABINET_TOKEN_KEYS"].count("BEGIN PRIVATE KEY") == 3
    assert after["CABINET_TOKEN_KEYS"].endswith(before["CABINET_TOKEN_KEYS"])
    assert is_good(old, after["CABINET_TOKEN_KEYS"])
    assert not is_good(signed_by(after["CABINET_TOKEN_KEYS"]), before["CABINET_TOKEN_KEYS"])
    assert before.items() - after.items() == {("CABINET_TOKEN_KEYS", before["CABINET_TOKEN_KEYS"])}


@pytest.mark.parametrize("spelling", ["lines", "one line"])
def test_a_deployment_is_told_the_new_value_and_when_the_old_key_may_go(
    cli_runner: CliRunner, tmp_path: Path, spelling: str
) -> None:
    old = new_signing_key()
    given = old if spelling == "lines" else old.replace("\n", "\\n")
    environment = {"CABINET_TOKEN_KEYS": given, "CABINET_STATE_DIR": str(tmp_path)}

    done = cli_runner.invoke(cli, ["keys", "rotate"], env=environment)

    value = done.stdout.partition('CABINET_TOKEN_KEYS="')[2].strip().removesuffix('"')
    fresh = value.removesuffix(old.strip())
    assert done.exit_code == 0
    assert "10 minutes after the last restart" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert is_good(signed_by(old), value)
    assert is_good(signed_by(value), fresh)
    assert not is_good(signed_by(value), old)
    assert not is_good(signed_by(old), fresh)


@pytest.mark.parametrize(
    "environment", [{"CABINET_MODE": "production"}, {"CABINET_TOKEN_KEYS": "not a key"}]
)
def test_what_cannot_be_rotated_is_refused(
    cli_runner: CliRunner, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = cli_runner.invoke(
        cli, ["keys", "rotate"], env=environment | {"CABINET_STATE_DIR": str(tmp_path)}
    )

    assert done.exit_code == 2
    assert "keys new" in done.stderr
    assert list(tmp_path.iterdir()) == []
