"""Reads a catalogue of services: an operator's file, or the one that comes with the program."""

import json
from pathlib import Path
from typing import Any, Final

DEFAULT: Final = Path(__file__).with_name("services.json")
"""The services that distribution operators of Ukraine offer, with the terms of the law. Its
prices are examples."""
LARGEST: Final = 1024 * 1024
"""Bytes."""


class CatalogueUnreadable(Exception):
    """There is no such file, or it is no JSON."""


def read_catalogue(path: Path = DEFAULT) -> Any:
    """Return what the file says, unjudged.

    :raises CatalogueUnreadable:
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise CatalogueUnreadable(f"{path}: {error.strerror}") from None
    if len(content) > LARGEST:
        raise CatalogueUnreadable(f"{path}: larger than {LARGEST} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CatalogueUnreadable(f"{path}: no JSON ({error})") from None
