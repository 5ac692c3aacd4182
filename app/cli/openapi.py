import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failure import fail
from app.cli.project import ROOT

COMMITTED = ROOT / "docs" / "openapi.json"
OUT_OF_STEP = """\
{file} is not what the routes say.
  If the change is meant: python3 run.py openapi --write, and commit the file."""


def openapi(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write it to the file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail if the file differs.")] = False,
    file: Annotated[
        Path, typer.Option(help="The file.", show_default="docs/openapi.json")
    ] = COMMITTED,
) -> None:
    """Print the OpenAPI document of the API."""
    from app.main import document

    text = json.dumps(document(), ensure_ascii=False, indent=2) + "\n"
    if write:
        file.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {file}.")
    elif not check:
        typer.echo(text, nl=False)
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        fail(OUT_OF_STEP.format(file=file))
    else:
        typer.echo(f"{file} is what the routes say.")
