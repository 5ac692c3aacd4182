"""The hryvnia sign in a white circle, which the rules ask for in the centre of a payment code."""

from functools import cache
from itertools import pairwise
from math import ceil, hypot
from typing import Final

SMALLEST, LARGEST = 10, 17
"""The versions of QR codes that the rules allow: 57 to 85 modules wide."""
NARROWEST: Final = 17
CURVE: Final = (
    ((-0.40, -0.44), (-0.30, -0.80), (0.40, -0.80), (0.40, -0.42)),
    ((0.40, -0.42), (0.40, -0.04), (-0.40, 0.04), (-0.40, 0.42)),
    ((-0.40, 0.42), (-0.40, 0.80), (0.30, 0.80), (0.40, 0.44)),
)
"""Cubic curves in a circle of radius 1, downwards."""
BARS: Final = (-0.12, 0.12)
HALF_BAR: Final = 0.60
STROKE: Final = 0.14
STEPS: Final = 32

Point = tuple[float, float]


def sign_width(version: int) -> int:
    """Return the diameter of the circle in modules, odd as the code is: 17 to 25."""
    return NARROWEST + 2 * ((version - SMALLEST) * 4 // (LARGEST - SMALLEST))


def sign_path(centre: float, radius: float) -> str:
    """Return the sign as the path of an SVG, to be stroked."""

    def at(point: Point) -> str:
        return f"{centre + point[0] * radius:.2f} {centre + point[1] * radius:.2f}"

    curve = f"M{at(CURVE[0][0])}" + "".join(
        f"C{at(second)} {at(third)} {at(last)}" for _, second, third, last in CURVE
    )
    return curve + "".join(f"M{at((-HALF_BAR, y))}L{at((HALF_BAR, y))}" for y in BARS)


@cache
def sign_pixels(width: int) -> tuple[bytes, ...]:
    """Return the circle as rows of grey pixels; 0 is ink, 255 paper, 1 what is outside."""
    radius = width / 2
    rows = [bytearray(b"\x01" * width) for _ in range(width)]
    for y, row in enumerate(rows):
        for x in range(width):
            if hypot(x + 0.5 - radius, y + 0.5 - radius) <= radius:
                row[x] = 255
    for point in _points(radius):
        _dot(rows, point, STROKE * radius / 2)
    return tuple(bytes(row) for row in rows)


def _points(radius: float) -> list[Point]:
    """Return points along the sign's strokes, in pixels, no further apart than one."""
    bars = [[(-HALF_BAR, y), (HALF_BAR, y)] for y in BARS]
    curves = [[_bezier(curve, step / STEPS) for step in range(STEPS + 1)] for curve in CURVE]
    return [
        (radius * (1 + ax + (bx - ax) * step / count), radius * (1 + ay + (by - ay) * step / count))
        for line in bars + curves
        for (ax, ay), (bx, by) in pairwise(line)
        for count in [max(1, ceil(radius * hypot(bx - ax, by - ay)))]
        for step in range(count + 1)
    ]


def _bezier(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y


def _dot(rows: list[bytearray], centre: Point, radius: float) -> None:
    for y in range(int(centre[1] - radius), ceil(centre[1] + radius) + 1):
        for x in range(int(centre[0] - radius), ceil(centre[0] + radius) + 1):
            if hypot(x + 0.5 - centre[0], y + 0.5 - centre[1]) <= radius:
                rows[y][x] = 0
