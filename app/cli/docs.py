"""A gate: what the pages say about commands, settings and each other is still so."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from typer.main import get_group

from app.cli.__main__ import cli
from app.cli.project import ROOT
from app.settings import Settings

LINK = re.compile(r"\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"run\.py ([a-z]+)")
CONFIGURATION_PAGE = "docs/operations.md"
BEFORE_THE_COMMANDS = frozenset({"lock"})
"""What run.py does itself, before anything is installed."""


def main() -> int:
    flaws = list(flaws_of(ROOT))
    for flaw in flaws:
        typer.echo(flaw)
    typer.echo("The pages are in step." if not flaws else f"{len(flaws)} flaws.")
    return bool(flaws)


def flaws_of(root: Path) -> Iterator[str]:
    for page in [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        for flaw in (*_broken_links(page, text), *_unknown_commands(text)):
            yield f"{page.relative_to(root)}: {flaw}"
    yield from _unexplained_settings(sorted((root / "docs").glob("*.md")))


def _broken_links(page: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(text):
        if not (page.parent / target).exists():
            yield f"links to {target}, which is not there"


def _unknown_commands(text: str) -> Iterator[str]:
    known = get_group(cli).commands.keys() | BEFORE_THE_COMMANDS
    for name in sorted(set(COMMAND.findall(text)) - known):
        yield f"names `run.py {name}`, which is no command"


def _unexplained_settings(pages: Sequence[Path]) -> Iterator[str]:
    """Find settings that no page explains; a subject may do it in a page of its own."""
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for name in Settings.model_fields:
        variable = "DATABASE_URL" if name == "database_url" else f"CABINET_{name.upper()}"
        if variable not in text:
            yield f"{CONFIGURATION_PAGE}: does not explain {variable}"


if __name__ == "__main__":
    sys.exit(main())
