"""The picture of a payment code, read by a decoder that is not ours."""

import re
import struct
import zlib
from dataclasses import replace

import pytest
import segno
import zxingcpp

from app.models.billing.nbu_qr.code import NbuCode
from app.models.billing.nbu_qr.writing import address, shortened
from app.renderings.hryvnia_sign import sign_width
from app.renderings.payment_code import (
    MODULE_PIXELS,
    QUIET,
    CodeTooLong,
    payment_code_png,
    payment_code_svg,
)
from tests.unit.billing.test_nbu_qr import UTILITY

LONGEST = shortened(replace(UTILITY, purpose="оплата за розподіл електричної енергії " * 10))
SHORTEST = replace(UTILITY, recipient="А", purpose="Б", reference="", amount=None, lock=None)
CODES = pytest.mark.parametrize("code", [UTILITY, LONGEST, SHORTEST])


def pixels(png: bytes) -> list[bytes]:
    """Read back the rows of a picture of our own kind: grey, one piece, no filters."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", png[start - 8 : start - 4])
    rows = zlib.decompress(png[start : start + length])
    return [rows[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height)]


def decoded(rows: list[bytes]) -> list[zxingcpp.Barcode]:
    picture = memoryview(b"".join(rows)).cast("B", (len(rows), len(rows[0])))
    return list(zxingcpp.read_barcodes(picture))


def turned(rows: list[bytes]) -> list[bytes]:
    """Return the picture a quarter further round, at a third of its size."""
    return [bytes(column) for column in zip(*(row[::3] for row in rows[::3]), strict=True)][::-1]


@CODES
def test_the_picture_says_the_address(code: NbuCode) -> None:
    (found,) = decoded(pixels(payment_code_png(address(code))))

    assert found.text == address(code)
    assert found.format == zxingcpp.BarcodeFormat.QRCode


@CODES
def test_the_picture_is_read_when_it_is_small_and_turned(code: NbuCode) -> None:
    (found,) = decoded(turned(pixels(payment_code_png(address(code)))))

    assert found.text == address(code)


@CODES
def test_the_version_is_one_that_the_rules_allow_and_the_margin_is_paper(code: NbuCode) -> None:
    picture = pixels(payment_code_png(address(code)))
    modules = len(picture) // MODULE_PIXELS - 2 * QUIET
    margin = QUIET * MODULE_PIXELS

    assert 57 <= modules <= 85
    assert {*b"".join(picture[:margin]), *b"".join(row[-margin:] for row in picture)} == {255}
    assert picture[margin][margin] == 0


def test_short_data_is_made_version_10_and_the_highest_level_that_fits_is_used() -> None:
    short, long = (pixels(payment_code_png(address(code))) for code in (SHORTEST, LONGEST))

    assert len(short) == (57 + 2 * QUIET) * MODULE_PIXELS
    assert [found.ec_level for found in decoded(short)] == ["Q"]
    assert [found.ec_level for found in decoded(long)] == ["M"]


@pytest.mark.parametrize(("version", "modules"), [(10, 17), (12, 19), (14, 21), (16, 23), (17, 25)])
def test_the_sign_grows_with_the_code(version: int, modules: int) -> None:
    assert sign_width(version) == modules


def test_svg_has_the_modules_of_the_code_and_no_link() -> None:
    svg = payment_code_svg(address(UTILITY), title='Рахунок <2026> & "1"')
    code = segno.make_qr(address(UTILITY), error="q", mode="byte", boost_error=False)
    dark = sum(int(width) for width in re.findall(r"M\d+ \d+h(\d+)v1h", svg))

    assert dark == sum(map(sum, code.matrix))
    assert "&lt;2026&gt; &amp;" in svg
    assert "privat24" not in svg


def test_what_fits_into_no_allowed_version_is_refused() -> None:
    with pytest.raises(CodeTooLong):
        payment_code_png("x" * 505)
