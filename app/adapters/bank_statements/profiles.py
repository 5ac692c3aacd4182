"""The CSV forms of banks, as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("profiles.toml")


@dataclass(frozen=True, slots=True)
class CsvProfile:
    """How one program of a bank writes a statement."""

    name: str
    title: str
    encodings: tuple[str, ...]
    delimiter: str
    dates: tuple[str, ...]
    columns: Mapping[str, str]
    """Headings of the file by what stands below them."""


@cache
def csv_profiles() -> Mapping[str, CsvProfile]:
    """Return the profiles by name."""
    with FILE.open("rb") as file:
        found = tomllib.load(file)
    return {
        name: CsvProfile(
            name=name,
            title=said["title"],
            encodings=tuple(said["encodings"]),
            delimiter=said["delimiter"],
            dates=tuple(said["dates"]),
            columns=said["columns"],
        )
        for name, said in found.items()
    }
