import json
from typing import Annotated

import typer

from app.cli.failure import fail
from app.cli.project import ROOT

COMMITTED = ROOT / "docs" / "openapi.json"
OUT_OF_STEP = """\
docs/openapi.json is not what the routes say.
  If the change is meant: python3 run.py openapi --write, and commit the file."""


def openapi(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write docs/openapi.json.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail if that file differs.")] = False,
) -> None:
    """Print the OpenAPI document of the API."""
    from app.main import document

    text = json.dumps(document(), ensure_ascii=False, indent=2) + "\n"
    if write:
        COMMITTED.write_text(text, encoding="utf-8")
        typer.echo("Wrote docs/openapi.json.")
    elif not check:
        typer.echo(text, nl=False)
    elif not COMMITTED.exists() or COMMITTED.read_text(encoding="utf-8") != text:
        fail(OUT_OF_STEP)
    else:
        typer.echo("docs/openapi.json is in step with the routes.")
