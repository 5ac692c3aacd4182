import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.failure import fail, refuse
from app.cli.privileges import grant_to
from app.cli.project import ROOT

VERSIONS = ROOT / "migrations" / "versions"
NO_DATABASE = """\
DATABASE_URL is not set: which database shall be migrated?
  Set DATABASE_URL, for example postgresql+asyncpg://user:password@host/cabinet"""

NOT_REACHED = """\
The database cannot be reached: {error}.
  Check DATABASE_URL, and that PostgreSQL runs there."""
FAILED = """\
The tables could not be migrated: {error}
  Check that the user may change them, and that no newer version of this program made them."""


def migrate(
    down_to: Annotated[
        str | None, typer.Option(metavar="REVISION", help="Go back to this revision instead.")
    ] = None,
    database_url: Annotated[
        str, typer.Option(metavar="URL", help="The database, if not the one of DATABASE_URL.")
    ] = "",
    app_role: Annotated[
        str,
        typer.Option(
            envvar="CABINET_APP_ROLE", metavar="ROLE", help="Grant this role what the API needs."
        ),
    ] = "",
) -> None:
    """Bring the database's tables to the newest revision."""
    url = _address(database_url)
    if down_to is not None:
        downgrade(url, down_to)
        return
    upgrade(url)
    if app_role:
        grant_to(app_role, url)


def _address(given: str) -> str:
    from app.configuration.files import SecretFileRefused, secret
    from app.configuration.rules import require_postgresql
    from app.settings import REMEDIES

    try:
        url = given or secret("DATABASE_URL")
        if not url:
            refuse(NO_DATABASE)
        require_postgresql(url)
    except SecretFileRefused as refusal:
        refuse(str(refusal))
    except ValueError as error:
        refuse(f"DATABASE_URL: {error}\n  {REMEDIES['database_url']}")
    return url


def upgrade(database_url: str) -> None:
    from alembic import command

    with _explained_failures():
        command.upgrade(_configuration(database_url), "head")


def downgrade(database_url: str, revision: str) -> None:
    from alembic import command

    with _explained_failures():
        command.downgrade(_configuration(database_url), revision)


@contextmanager
def _explained_failures() -> Iterator[None]:
    from alembic.util import CommandError
    from asyncpg import PostgresError
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import is_lost

    try:
        yield
    except (OSError, CommandError, PostgresError, SQLAlchemyError) as error:
        fail((NOT_REACHED if is_lost(error) else FAILED).format(error=error))


def newest_revision(versions: Path = VERSIONS) -> str | None:
    """Return the one revision that no other builds on, without the second that Alembic takes."""
    revisions = [_names_in(path) for path in versions.glob("*.py")]
    built_on = {names.get("down_revision") for names in revisions}
    newest = [names["revision"] for names in revisions if names.get("revision") not in built_on]
    return newest[0] if len(newest) == 1 else None


def _names_in(path: Path) -> dict[str, Any]:
    """Return the constants that a migration begins with."""
    found = {}
    for statement in ast.parse(path.read_text()).body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value))
            ):
                found[name] = value
    return found


def _configuration(database_url: str) -> Any:
    from alembic.config import Config

    configuration = Config(ROOT / "alembic.ini")
    # Absolute, so that it works from any folder; Alembic reads a percent sign as a variable.
    folder = str(ROOT / "migrations").replace("%", "%%")
    configuration.set_main_option("script_location", folder)
    configuration.attributes["url"] = database_url
    return configuration
