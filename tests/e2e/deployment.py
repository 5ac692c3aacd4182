"""A database as a deployment has it: an owner of the tables, and a role of the application."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.devdb import DevServer
from app.devdb.account import Account
from app.devdb.binaries import find_binaries
from tests.databases import ROOT
from tests.e2e.product import newcomers_environment

ADMIN = "cabinet"
"""The superuser of the embedded cluster."""


@dataclass(frozen=True)
class Deployed:
    server: DevServer
    state: Path

    @property
    def socket_folder(self) -> str:
        return str(self.state / "dev")

    @property
    def programs(self) -> Path:
        account = Account.for_folder(self.state / "dev")
        return find_binaries(account, copies=self.state)[0]

    def url(self, role: str, name: str = "cabinet") -> str:
        return f"postgresql+asyncpg://{role}@/{name}?host={quote(self.socket_folder)}"

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of an operator's shell beside this server."""
        return {
            **newcomers_environment(self.state),
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": self.socket_folder,
            "PGUSER": ADMIN,
            "OWNER_PASSWORD": "the owner's",
            "APP_PASSWORD": "the application's",
            **more,
        }

    def run(self, *command: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - PostgreSQL's programs, our own, and our own page
            [str(part) for part in command],
            env=self.environment(**more),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def migrate(self, *, app_role: str) -> "subprocess.CompletedProcess[str]":
        return self.run(
            sys.executable,
            ROOT / "run.py",
            "migrate",
            DATABASE_URL=self.url("cabinet_owner"),
            CABINET_APP_ROLE=app_role,
        )
