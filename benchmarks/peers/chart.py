"""The chart of the comparison: for each kind of request a bar of each side, as SVG."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.peers.results import Result
from benchmarks.peers.sides import OURS
from benchmarks.rows import figure

WIDTH: Final = 760
LEFT: Final = 190
LONGEST: Final = 440
BAR: Final = 18
GAP: Final = 6
HEAD: Final = 40
FOOT: Final = 14
OURS_FILL: Final = "#1f6f54"
OTHER_FILL: Final = "#9aa5b1"


def chart(results: Sequence[Result]) -> str:
    """Return bars of requests a second; the bars of one kind share one scale, from zero."""
    drawn, top = [], 0
    for result in results:
        title = f"{result.kind.title}, requests a second"
        drawn.append(_text(0, top + HEAD - 14, title, bold=True))
        top += HEAD
        fastest = max(result.rate(side) for side in result.samples)
        for side in result.samples:
            drawn += _bar(side, result.rate(side), fastest, top)
            top += BAR + GAP
    height = top + FOOT
    body = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="sans-serif" font-size="13">\n'
        "<title>The product beside its peers, requests a second</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bar(side: str, rate: float, fastest: float, top: int) -> list[str]:
    length = max(rate / fastest * LONGEST, 1)
    fill = OURS_FILL if side == OURS.name else OTHER_FILL
    middle = top + BAR - 5
    return [
        _text(LEFT - 8, middle, side, anchor="end", bold=side == OURS.name),
        f'<rect x="{LEFT}" y="{top}" width="{length:.0f}" height="{BAR}" fill="{fill}"/>',
        _text(LEFT + length + 8, middle, figure(rate)),
    ]


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#1b2733"{weight}>'
        f"{escape(text)}</text>"
    )
