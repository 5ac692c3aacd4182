"""Operator's commands say in one sentence that the database is away, and what to do about it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli

AWAY = "postgresql+asyncpg://nobody:a-secret@127.0.0.1:1/none"
ACT = ("--operator", "o.kravets", "--reason", "passport shown")
COMPANY = ("--tax-id", "32855961")
COMMANDS = [
    ("members", "replace-phone", *COMPANY, "--phone", "067 123 45 88", *ACT),
    ("ownership", "approve", *COMPANY, "--phone", "067 123 45 88", *ACT, "--yes"),
    ("ownership", "release", *COMPANY, *ACT, "--yes"),
    ("calendar", "set", "2026-12-28", "off", *ACT),
    ("registry", "load", "."),
    ("migrate",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_away_is_told_with_its_setting(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": AWAY, "CABINET_STATE_DIR": str(tmp_path)}

    done = CliRunner().invoke(cli, list(command), env=environment)

    told = done.stderr.replace("Using the database that DATABASE_URL names.", "").strip()
    assert done.exit_code == 1
    assert told.startswith("The database cannot be reached: [Errno")
    assert "Connect call failed" in told
    assert "Check DATABASE_URL, and that PostgreSQL runs there" in told
    assert "database_unavailable" not in told
    assert "retry_after" not in told
    assert "a-secret" not in told
