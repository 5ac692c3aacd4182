import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """An empty folder that everybody may enter, unlike pytest's own: root's servers too."""
    with tempfile.TemporaryDirectory(prefix="cab-") as made:
        Path(made).chmod(0o755)
        yield Path(made)
