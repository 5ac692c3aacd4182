from pathlib import Path


class StatementRefused(Exception):
    """The file as a whole is not loaded; the text names the place and the reason."""

    def __init__(self, reason: str, *, line: int | None = None, detail: str = "") -> None:
        place = "" if line is None else f"line {line}: "
        super().__init__(f"{place}{reason}" + (f" ({detail})" if detail else ""))
        self.reason = reason
        """A stable code in snake_case."""
        self.line = line


class StatementMissing(Exception):
    """There is no such file, or it cannot be read."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
