"""A small stacked bar chart in SVG: pure text, nothing fetched, readable by a screen reader.

It has to work inside `<img>` and in e-mail: no scripts, no fonts of its own, and a style sheet only
where the colours follow the reader's screen. On a phone of 390 pixels its letters are 11 high.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from app.renderings.palette import Palette, style

PALENESS: Final = 0.45
FONT: Final = "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"

WIDTH: Final = 480
HEIGHT: Final = 380
MARGIN: Final = 16
RIGHT: Final = 12
NARROWEST: Final = 36
"""Room for the numbers of an axis, however short they are."""
FLOOR: Final = HEIGHT - 52
LETTERS: Final = 14
TITLE_LETTERS: Final = 17
ROW: Final = 22
LEGEND: Final = 40
"""Where the rows of the legend begin."""
LETTER: Final = 8
"""Width of a letter, roughly: SVG offers nothing that would measure text."""
DIGIT: Final = 9
"""Digits of some fonts are wider."""

STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MOST_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    sublabel: str
    """A second line below the label."""
    story: str
    """What the bar says, in words: a tooltip, and what a screen reader tells."""
    parts: Mapping[str, Decimal]
    """Heights by the name of the series."""
    is_pale: bool = False
    mark: Decimal | None = None
    """A line across the bar, to compare it with."""


@dataclass(frozen=True, slots=True)
class BarChart:
    language: str
    palette: Palette
    title: str
    description: str
    series: Mapping[str, str]
    """Names for the legend and their colours, from the bottom of a bar to its top."""
    pale_name: str | None
    """What pale bars mean, if there are any."""
    mark_name: str | None
    bars: Sequence[Bar]
    number: Callable[[Decimal], str]
    """How a number on the axis is written."""

    def svg(self) -> str:
        legend, rows = self._legend()
        scale = self._scale(ceiling=LEGEND + ROW * rows + 16)
        return "\n".join(
            [
                self._opening(),
                *style(self.palette),
                f'<title id="title">{escape(self.title)}</title>',
                f'<desc id="desc">{escape(self.description)}</desc>',
                f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{self.palette.paper}"/>',
                _text(MARGIN, 28, self.title, f'font-size="{TITLE_LETTERS}" font-weight="600"'),
                *legend,
                *self._axis(scale),
                *self._columns(scale),
                *self._nothing(scale),
                "</svg>",
            ]
        )

    def _scale(self, *, ceiling: int) -> "Scale":
        top = _nice_top(self.bars)
        longest = max(len(self.number(tick)) for tick in _ticks(top))
        return Scale(top, ceiling, left=max(DIGIT * longest, NARROWEST) + MARGIN)

    def _opening(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" lang={quoteattr(self.language)} '
            f'aria-labelledby="title desc" font-family="{FONT}" font-size="{LETTERS}" '
            f'fill="{self.palette.ink}">'
        )

    def _legend(self) -> tuple[list[str], int]:
        """Return what explains the colours, and how many rows it takes."""
        found, left, row = [], MARGIN, 0
        for name, symbol in self._entries():
            width = 18 + LETTER * len(name)
            if left + width > WIDTH - RIGHT and left > MARGIN:
                left, row = MARGIN, row + 1
            y = LEGEND + ROW * row
            found += [f'<g transform="translate({left} {y})">{symbol}</g>']
            found += [_text(left + 18, y + 11, name, f'fill="{self.palette.soft}"')]
            left += width + LETTER * 2
        return found, row + 1

    def _entries(self) -> Iterator[tuple[str, str]]:
        square = '<rect width="12" height="12" rx="2" fill="{}" fill-opacity="{}"/>'
        for name, colour in self.series.items():
            yield name, square.format(colour, 1)
        if self.pale_name:
            yield self.pale_name, square.format(self.palette.ink, PALENESS)
        if self.mark_name:
            yield self.mark_name, f'<rect y="5" width="12" height="2" fill="{self.palette.ink}"/>'

    def _axis(self, scale: "Scale") -> Iterator[str]:
        soft = f'text-anchor="end" fill="{self.palette.soft}"'
        for tick in _ticks(scale.top):
            y = scale.y(tick)
            yield f'<path d="M{scale.left} {y}H{WIDTH - RIGHT}" stroke="{self.palette.pale}"/>'
            yield _text(scale.left - 8, y + 5, self.number(tick), soft)

    def _columns(self, scale: "Scale") -> Iterator[str]:
        pitch = (WIDTH - RIGHT - scale.left) / max(len(self.bars), 1)
        for place, bar in enumerate(self.bars):
            yield from self._column(bar, scale.left + place * pitch, pitch, scale)

    def _nothing(self, scale: "Scale") -> Iterator[str]:
        if self.series:
            return
        lines = wrap(self.description, (WIDTH - scale.left - RIGHT) // LETTER)
        for place, line in enumerate(lines):
            y = (scale.ceiling + FLOOR) / 2 - 10 + ROW * (place - len(lines) / 2)
            yield _text((scale.left + WIDTH - RIGHT) / 2, y, line, 'text-anchor="middle"')

    def _column(self, bar: Bar, left: float, pitch: float, scale: "Scale") -> Iterator[str]:
        centre, width = left + pitch / 2, min(pitch * 0.7, 44)
        x = centre - width / 2
        opacity = PALENESS if bar.is_pale else 1
        yield f'<g fill-opacity="{opacity}"><title>{escape(bar.story)}</title>'
        for colour, below, above in self._stack(bar):
            height = scale.y(below) - scale.y(above)
            yield (
                f'<rect x="{x:.1f}" y="{scale.y(above)}" width="{width:.1f}" '
                f'height="{height:.1f}" fill="{colour}"/>'
            )
        yield "</g>"
        if bar.mark is not None:
            line = f"M{x - 3:.1f} {scale.y(bar.mark)}h{width + 6:.1f}"
            yield f'<path d="{line}" stroke="{self.palette.ink}" stroke-width="1.5"/>'
        yield _text(centre, FLOOR + 19, bar.label, 'text-anchor="middle"')
        soft = f'text-anchor="middle" fill="{self.palette.soft}"'
        yield _text(centre, FLOOR + 39, bar.sublabel, soft)

    def _stack(self, bar: Bar) -> Iterator[tuple[str, Decimal, Decimal]]:
        below = Decimal(0)
        for name, colour in self.series.items():
            above = below + bar.parts.get(name, Decimal(0))
            if above > below:
                yield colour, below, above
            below = above


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value lies: `top` at the ceiling, 0 on the floor, and the axis at the left."""

    top: Decimal
    ceiling: int
    left: int

    def y(self, value: Decimal) -> float:
        return round(FLOOR - float(value / self.top) * (FLOOR - self.ceiling), 1)


def _text(x: float, y: float, content: str, attributes: str) -> str:
    if not content:
        return ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(content)}</text>'


def _nice_top(bars: Sequence[Bar]) -> Decimal:
    """Return the smallest multiple of a round step that no bar and no mark reaches beyond."""
    heights = [sum(bar.parts.values(), Decimal(0)) for bar in bars]
    heights += [bar.mark for bar in bars if bar.mark is not None]
    highest = max(heights, default=Decimal(0))
    step = _step(highest)
    return step * (ceil(highest / step) or 1)


def _ticks(top: Decimal) -> Iterator[Decimal]:
    step = _step(top)
    return (step * count for count in range(int(top / step) + 1))


def _step(highest: Decimal) -> Decimal:
    if not highest:
        return Decimal(1)
    rough = highest / MOST_TICKS
    magnitude = Decimal(1).scaleb(rough.adjusted())
    return next(step * magnitude for step in STEPS if step * magnitude >= rough)
