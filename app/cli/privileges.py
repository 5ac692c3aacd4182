"""What the role of the application may do in the database, granted anew after each migration."""

import asyncio

from app.cli.failure import fail
from app.cli.project import ROOT

GRANTS = ROOT / "migrations" / "privileges.sql"
LOCK_TIMEOUT = "4s"
SECONDS = 30.0

NOT_GRANTED = """\
The rights of {role} could not be granted: {error}.
  CABINET_APP_ROLE names the role that the API and the worker connect as.
  deploy/roles.sql makes it."""


def grant_to(role: str, database_url: str) -> None:
    """Let a role work with the rows, and only add to the audit trail."""
    from asyncpg import PostgresError

    try:
        asyncio.run(_grant(role, database_url))
    except (PostgresError, OSError) as error:
        fail(NOT_GRANTED.format(role=role, error=error))


async def _grant(role: str, database_url: str) -> None:
    import asyncpg

    address = database_url.replace("+asyncpg", "", 1)
    connection = await asyncpg.connect(address, timeout=SECONDS, command_timeout=SECONDS)
    try:
        # In one transaction, so that the role has at no moment more than it shall have.
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute("SELECT set_config('cabinet.app_role', $1, true)", role)
            await connection.execute(GRANTS.read_text(encoding="utf-8"))
    finally:
        await connection.close()
