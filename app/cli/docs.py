"""A gate: what the pages say about commands, settings and each other is still so."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.main import get_group

from app.cli.__main__ import cli
from app.cli.project import ROOT
from app.settings import Settings

LINK = re.compile(r"\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"run\.py ([a-z]+)")
CONFIGURATION_PAGE = ROOT / "docs" / "operations.md"
BEFORE_THE_COMMANDS = {"lock"}
"""What run.py does itself, before anything is installed."""


def main() -> int:
    flaws = [*broken_links(), *unknown_commands(), *unexplained_settings()]
    for flaw in flaws:
        typer.echo(flaw)
    typer.echo(f"{len(flaws)} flaws in {len(pages())} pages.")
    return bool(flaws)


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def broken_links() -> Iterator[str]:
    for page in pages():
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: links to {target}, which is not there"


def unknown_commands() -> Iterator[str]:
    known = command_names() | BEFORE_THE_COMMANDS
    for page in pages():
        named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
        for name in sorted(named - known):
            yield f"{page.relative_to(ROOT)}: names `run.py {name}`, which is no command"


def unexplained_settings() -> Iterator[str]:
    page = CONFIGURATION_PAGE.read_text(encoding="utf-8") if CONFIGURATION_PAGE.exists() else ""
    for name in Settings.model_fields:
        variable = "DATABASE_URL" if name == "database_url" else f"CABINET_{name.upper()}"
        if variable not in page:
            yield f"docs/operations.md: does not explain {variable}"


def command_names() -> set[str]:
    return set(get_group(cli).commands)


if __name__ == "__main__":
    sys.exit(main())
