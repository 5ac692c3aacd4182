"""The tables of every subject, found by walking the package: a new subject edits no list."""

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy import MetaData

import app.models
from app.models.base import Base


def complete_metadata() -> MetaData:
    """Return the metadata of all tables, for Alembic and for tests that look at every table."""
    for module in walk_packages(app.models.__path__, "app.models."):
        import_module(module.name)
    return Base.metadata
