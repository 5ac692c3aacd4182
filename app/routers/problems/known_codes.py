"""Every code that a problem may carry, with its status."""

from functools import cache

import app.models
import app.routers.cabinet
import app.routers.public
from app.discovery import modules_in
from app.errors import AppError
from app.routers.problems.handlers import EDGE_CODES, status_of


@cache
def known_codes() -> dict[str, int]:
    """Return the codes of all concrete errors of the product and of the edge, in order."""
    codes = {code: status.value for code, status in EDGE_CODES.items()}
    codes |= {error.code: status_of(error).value for error in concrete_errors()}
    return dict(sorted(codes.items(), key=lambda entry: (entry[1], entry[0])))


def concrete_errors() -> set[type[AppError]]:
    """Return every error of the product that has a code; routes name those that they answer."""
    # Models too: a command may refuse what no route does, and its texts and page are the same.
    for package in (app.models, app.routers.cabinet, app.routers.public):
        for _ in modules_in(package):
            pass
    found: set[type[AppError]] = set()
    kinds: list[type[AppError]] = [AppError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if "code" in vars(kind) and kind.__module__.startswith("app."):
            found.add(kind)
    return found
