"""Every code that a problem may carry, with its status."""

from collections.abc import Iterator
from functools import cache

from app.errors import AppError
from app.routers.problems import EDGE_CODES, status_of


@cache
def known_codes() -> dict[str, int]:
    """Return the codes of all concrete errors of the product and of the edge, in order."""
    codes = {code: status.value for code, status in EDGE_CODES.items()}
    codes |= {error.code: status_of(error).value for error in concrete_errors(AppError)}
    return dict(sorted(codes.items(), key=lambda entry: (entry[1], entry[0])))


def concrete_errors(kind: type[AppError]) -> Iterator[type[AppError]]:
    for error in kind.__subclasses__():
        if "code" in vars(error) and error.__module__.startswith("app."):
            yield error
        yield from concrete_errors(error)
