"""The objects of the first array of a JSON file, one after another, in little memory."""

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO, Final

from app.adapters.bank_statements.refusals import StatementRefused

CHUNK: Final = 64 * 1024
LONGEST_ITEM: Final = 256 * 1024
BEFORE_ARRAY: Final = re.compile(r'(?:[^"\[]|"(?:[^"\\]|\\.)*")*\[', re.DOTALL)
BETWEEN: Final = re.compile(r"[\s,]*")


def items(file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object with its number, from 1.

    :raises StatementRefused: no JSON in UTF-8 with an array of objects.
    """
    pieces = _pieces(file)
    buffer, place, number = _opened(pieces), 0, 0
    decoder = json.JSONDecoder(parse_float=Decimal)
    while True:
        place = _skip(buffer, place)
        if buffer[place : place + 1] == "]":
            return
        try:
            item, place = decoder.raw_decode(buffer, place)
        except (ValueError, RecursionError):
            piece = next(pieces, None)
            if piece is None or len(buffer) - place > LONGEST_ITEM:
                raise StatementRefused("json_invalid", line=number + 1) from None
            buffer, place = buffer[place:] + piece, 0
            continue
        number += 1
        if not isinstance(item, dict):
            raise StatementRefused("row_unreadable", line=number)
        yield number, item


def _skip(buffer: str, place: int) -> int:
    found = BETWEEN.match(buffer, place)
    return found.end() if found else place


def _opened(pieces: Iterator[str]) -> str:
    """Return what follows the bracket that opens the first array."""
    buffer = next(pieces, "")
    found = BEFORE_ARRAY.match(buffer)
    if not found:
        raise StatementRefused("json_invalid", line=1)
    return buffer[found.end() :]


def _pieces(file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while chunk := file.read(CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise StatementRefused("encoding_wrong", detail="not UTF-8") from None
