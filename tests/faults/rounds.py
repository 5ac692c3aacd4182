import pytest


def few_or_many(few: int, many: int) -> list[object]:
    """Return a few rounds for every day, and many for the slow run."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]
