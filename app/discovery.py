"""Modules found by where they lie, so that a new one is named in no list."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType


def modules_in(package: ModuleType, *, named: str | None = None) -> Iterator[ModuleType]:
    """Import the modules below a package, sorted by their names; with `named`, only those."""
    found = walk_packages(package.__path__, f"{package.__name__}.")
    for name in sorted(each.name for each in found if not each.ispkg):
        if named is None or name.rpartition(".")[2] == named:
            yield import_module(name)
