from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.cli.keys import sandbox_keys
from app.models.period import Period
from app.security.secrets import SecretKey
from app.services.identity.ownership import activation_codes

SECRET = "s" * 32
PHONE = ("--phone", "067 123 45 88")
NAMED = ("--tax-id", "34067885")
BY = ("--operator", "o.kravets")


def run(*arguments: str, env: dict[str, str], typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["ownership", *arguments], input=typed, env=env)


def printed(secret: str, *numbers: str) -> str:
    codes = activation_codes(SecretKey(secret), numbers, Period.parse("2026-11"))
    return "".join(f"{number},{code}\n" for number, code in codes)


def test_the_bill_run_gets_a_code_for_each_account() -> None:
    result = run(
        *("codes", "--account", "1000000748", "--account", "10 0000 0749"),
        *("--month", "2026-11"),
        env={"CABINET_SECRET_KEY": SECRET},
    )

    assert result.exit_code == 0
    assert result.stdout == printed(SECRET, "1000000748", "1000000749")


def test_account_numbers_come_from_a_file_too() -> None:
    result = run(
        *("codes", "--stdin", "--month", "2026-11"),
        env={"CABINET_SECRET_KEY": SECRET},
        typed="1000000748\n\n 1000000749\n",
    )

    assert result.stdout == printed(SECRET, "1000000748", "1000000749")


def test_the_sandbox_uses_its_own_key(tmp_path: Path) -> None:
    keys = sandbox_keys(tmp_path)

    result = run(
        *("codes", "--account", "1000000748", "--month", "2026-11"),
        env={"CABINET_SECRET_KEY": "", "CABINET_STATE_DIR": str(tmp_path)},
    )

    assert result.stdout == printed(keys["CABINET_SECRET_KEY"], "1000000748")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["codes"], "No account is named"),
        (["codes", "--account", "1000", "--month", "11/2026"], "YYYY-MM"),
        (["approve", *PHONE, "--tax-id", "12345679", *BY, "--reason", "x"], "not a tax id"),
        (["approve", *PHONE, *NAMED, *BY, "--reason", " "], "Give the reason"),
        (
            ["approve", *PHONE, *NAMED, "--operator", " ", "--reason", "x"],
            "Say who",
        ),
        (["approve", *PHONE, *NAMED, *BY, "--reason", "x" * 501], "at most 500"),
        (["approve", *PHONE[:1], "044", *NAMED, *BY, "--reason", "x"], "mobile"),
        (["release", *NAMED, *BY, "--reason", "x", "--for-phone", "1"], "mobile"),
        (["release", "--tax-id", "12345679", *BY, "--reason", "x"], "not a tax id"),
        (["release", *NAMED, *BY, "--reason", " "], "Give the reason"),
        (["release", *NAMED, "--reason", "x"], "--operator"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], says: str) -> None:
    result = run(*arguments, env={"CABINET_SECRET_KEY": SECRET})

    assert result.exit_code == 2
    assert says in result.stderr


def test_without_a_key_there_are_no_codes(tmp_path: Path) -> None:
    result = run(
        *("codes", "--account", "1000000748"),
        env={"CABINET_SECRET_KEY": "", "CABINET_STATE_DIR": str(tmp_path)},
    )

    assert result.exit_code == 2
    assert "CABINET_SECRET_KEY" in result.stderr
