"""The picture of a payment code, as SVG and as PNG."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import segno

from app.renderings.hryvnia_sign import (
    LARGEST,
    SMALLEST,
    STROKE,
    sign_path,
    sign_pixels,
    sign_width,
)

QUIET: Final = 4
"""Modules of paper around the code."""
MODULE_MM: Final = 0.6
"""Width of a module on paper; the rules ask for half a millimetre."""
MODULE_PIXELS: Final = 10
PIXELS_A_METRE: Final = round(MODULE_PIXELS / MODULE_MM * 1000)
PAPER: Final = 255
LEVELS: Final = ("q", "m")
"""How much may be covered: a quarter, else 15 %. With a sign inside, the lowest is not allowed."""


class CodeTooLong(ValueError):
    """No version that the rules allow holds the address."""


def payment_code_svg(address: str, *, title: str) -> str:
    """Draw the code that holds an address.

    :raises CodeTooLong: the address fits into no version that the rules allow.
    """
    code = _code(address)
    side = len(code.matrix) + 2 * QUIET
    centre, radius = side / 2, sign_width(int(code.version)) / 2
    millimetres = f"{side * MODULE_MM:.1f}mm"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'width="{millimetres}" height="{millimetres}" role="img" shape-rendering="crispEdges">'
        f"<title>{_escaped(title)}</title>"
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path d="{"".join(_runs(code.matrix))}"/>'
        f'<g shape-rendering="geometricPrecision">'
        f'<circle cx="{centre}" cy="{centre}" r="{radius}" fill="#fff"/>'
        f'<path d="{sign_path(centre, radius)}" fill="none" stroke="#000" '
        f'stroke-width="{STROKE * radius:.2f}" stroke-linecap="round"/></g></svg>'
    )


def payment_code_png(address: str) -> bytes:
    """Draw the code that holds an address.

    :raises CodeTooLong: the address fits into no version that the rules allow.
    """
    code = _code(address)
    rows = list(_pixel_rows(code.matrix))
    sign = sign_pixels(sign_width(int(code.version)) * MODULE_PIXELS)
    first = (len(rows) - len(sign)) // 2
    for row, inked in zip(rows[first:], sign, strict=False):
        under = row[first : first + len(inked)]
        row[first : first + len(inked)] = bytes(
            below if above == 1 else above for below, above in zip(under, inked, strict=True)
        )
    return _png(rows)


def _code(address: str) -> segno.QRCode:
    for level in LEVELS:
        code = segno.make_qr(address, error=level, mode="byte", boost_error=False)
        if int(code.version) < SMALLEST:
            return segno.make_qr(
                address, error=level, mode="byte", boost_error=False, version=SMALLEST
            )
        if int(code.version) <= LARGEST:
            return code
    raise CodeTooLong(f"{len(address)} characters")


def _runs(matrix: Sequence[Sequence[int]]) -> Iterator[str]:
    """Yield the dark runs of each row as pieces of an SVG path."""
    for y, row in enumerate(matrix, QUIET):
        x = QUIET
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{width}v1h-{width}z"
            x += width


def _pixel_rows(matrix: Sequence[Sequence[int]]) -> Iterator[bytearray]:
    side = (len(matrix) + 2 * QUIET) * MODULE_PIXELS
    margin = bytes([PAPER]) * (QUIET * MODULE_PIXELS)
    for _ in range(QUIET * MODULE_PIXELS):
        yield bytearray([PAPER]) * side
    for row in matrix:
        inked = b"".join(bytes([0 if dark else PAPER]) * MODULE_PIXELS for dark in row)
        for _ in range(MODULE_PIXELS):
            yield bytearray(margin + inked + margin)
    for _ in range(QUIET * MODULE_PIXELS):
        yield bytearray([PAPER]) * side


def _png(rows: Sequence[bytearray]) -> bytes:
    """Return a grey picture with eight bits a pixel (W3C PNG, sections 5 and 11)."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    size = struct.pack(">IIB", PIXELS_A_METRE, PIXELS_A_METRE, 1)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    chunks = ((b"IHDR", header), (b"pHYs", size), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
