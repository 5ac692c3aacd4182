"""The pages keep their promises: settings, commands, links, and the form of decisions."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from app.adapters.register_export.sheets import sheets_of_an_export
from app.cli.__main__ import cli
from app.composition import RETENTION_RULES
from app.identifiers import AccountNumbers
from app.models.retention import RetentionTerms
from app.settings import Settings
from tests.databases import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "adr").glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]
LONGEST_DECISION = 60
"""Lines: a decision is one page."""

ROWS = re.MULTILINE | re.DOTALL
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]*)\)")
MEANT = re.compile(r"\b(?:docs/)?adr/(\d{4})\b")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def all_pages() -> str:
    """The pages about the program; a subject may explain its settings and terms in its own."""
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted(DOCS.glob("*.md")))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def setting_variables() -> dict[str, str]:
    return {
        name: "DATABASE_URL" if name == "database_url" else f"CABINET_{name.upper()}"
        for name in Settings.model_fields
    }


def operations_row(variable: str) -> str:
    """The line of a table of settings that explains a variable."""
    rows = re.findall(rf"^\| `{variable}` \|.*$", all_pages(), re.MULTILINE)
    assert len(rows) == 1, f"{variable} has {len(rows)} rows in the tables of settings"
    return str(rows[0])


def command_names(group: TyperGroup) -> Iterable[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from (f"{name} {inner}" for inner in command.commands)
        else:
            yield name


@pytest.mark.parametrize(("field", "variable"), setting_variables().items())
def test_every_setting_is_explained_with_its_default(field: str, variable: str) -> None:
    default, meaning = (cell.strip() for cell in operations_row(variable).split("|")[2:4])

    assert meaning
    about = Settings.model_fields[field]
    if about.is_required():
        assert default == "required"
    elif about.default == ():
        assert default == "none"
    elif isinstance(about.default, tuple):
        assert "`" not in default
    else:
        assert default == f"`{about.default}`"


def test_no_setting_is_explained_that_does_not_exist() -> None:
    explained = re.findall(r"^\| `((?:CABINET_|DATABASE_)[A-Z_]+)` \|", all_pages(), re.MULTILINE)

    assert sorted(explained) == sorted(setting_variables().values())


def test_everything_that_is_forgotten_is_listed_with_its_term() -> None:
    sections = all_pages().split("\n## What is kept, and how long\n")[1:]
    kept = "\n".join(section.partition("\n## ")[0] for section in sections)
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", kept, re.MULTILINE)
    listed = {name: term for names, term in rows for name in re.findall(r"`(\w+)`", names)}

    deleted = [rule for rule in RETENTION_RULES if "." not in rule.name]
    assert listed == {rule.name: _spoken(rule.kept(RetentionTerms()).days) for rule in deleted}


def _spoken(days: int) -> str:
    if days == 0:
        return "until they limit nobody"
    return "1 day" if days == 1 else f"{days} days"


def test_every_column_of_an_export_is_described() -> None:
    text = (DOCS / "register.md").read_text(encoding="utf-8")
    described = {
        file.removesuffix(".csv"): set(re.findall(r"`([a-z_]+)`", _second_cells(rows)))
        for file, rows in re.findall(r"^\| `(\w+\.csv)`(.*?)(?=^\| `\w+\.csv`|\Z)", text, ROWS)
    }

    assert described == {
        sheet.noun: set(sheet.columns) for sheet in sheets_of_an_export(AccountNumbers(r"\d+"))
    }


def _second_cells(rows: str) -> str:
    return " ".join(line.split("|")[-3] for line in rows.splitlines() if line.count("|") > 2)


@pytest.mark.parametrize("name", sorted(command_names(get_group(cli))))
def test_every_command_is_on_a_page(name: str) -> None:
    pages = [ROOT / "README.md", DOCS / "operations.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)

    assert re.search(rf"`{name}[` ]|run\.py {name}\b", text)


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        name, _, anchor = target.partition("#")
        aim = page.parent / name if name else page
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(target)

    assert broken == []


def test_decisions_are_numbered_without_gaps_and_all_listed() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (DOCS / "adr" / "README.md").read_text())

    assert numbers == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert listed == [path.name for path in DECISIONS]


@pytest.mark.parametrize("decision", DECISIONS, ids=relative)
def test_a_decision_is_one_page_of_four_parts(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")

    assert text.startswith(f"# {decision.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= LONGEST_DECISION


def test_the_code_refers_to_decisions_that_exist() -> None:
    taken = {path.name[:4] for path in DECISIONS}
    meant = {
        number
        for folder in ("app", "migrations", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for number in MEANT.findall(path.read_text(encoding="utf-8"))
    }

    assert meant <= taken
    assert meant
