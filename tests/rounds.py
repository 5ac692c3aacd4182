from typing import TypeVar

import pytest

Rounds = TypeVar("Rounds")


def few_or_many(few: Rounds, many: Rounds) -> list[object]:
    """Return few rounds for the fast run, and many for the slow one."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]
