"""A small stacked bar chart in SVG: pure text, nothing fetched, readable by a screen reader.

It has to work inside `<img>` and in e-mail: no scripts, no style sheets, no fonts of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final
from xml.sax.saxutils import escape, quoteattr

INK: Final = "#1f2933"
SOFT: Final = "#52606d"
PALE: Final = "#e1e6eb"
PAPER: Final = "#ffffff"
PALENESS: Final = 0.45
FONT: Final = "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"

WIDTH: Final = 760
HEIGHT: Final = 340
LEFT: Final = 84
RIGHT: Final = 16
TOP: Final = 74
FLOOR: Final = HEIGHT - 44
LEGEND_LETTER: Final = 7
"""Width of a letter in the legend, roughly: SVG offers nothing that would measure text."""

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
        top = _nice_top(self.bars)
        return "\n".join(
            [
                self._opening(),
                f'<title id="title">{escape(self.title)}</title>',
                f'<desc id="desc">{escape(self.description)}</desc>',
                f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{PAPER}"/>',
                _text(20, 30, self.title, 'font-size="16" font-weight="600"'),
                *self._legend(),
                *self._axis(top),
                *self._columns(top),
                *self._nothing(),
                "</svg>",
            ]
        )

    def _opening(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" lang={quoteattr(self.language)} '
            f'aria-labelledby="title desc" font-family="{FONT}" font-size="12" fill="{INK}">'
        )

    def _legend(self) -> Iterator[str]:
        left = 20
        entries = [
            (name, f'<rect x="{{}}" y="45" width="12" height="12" rx="2" fill="{colour}"/>')
            for name, colour in self.series.items()
        ]
        if self.pale_name:
            pale = f'fill="{INK}" fill-opacity="{PALENESS}"'
            entries.append(
                (self.pale_name, f'<rect x="{{}}" y="45" width="12" height="12" rx="2" {pale}/>')
            )
        if self.mark_name:
            entries.append(
                (self.mark_name, f'<rect x="{{}}" y="50" width="12" height="2" fill="{INK}"/>')
            )
        for name, symbol in entries:
            yield symbol.format(left)
            yield _text(left + 18, 55, name, f'fill="{SOFT}"')
            left += 18 + LEGEND_LETTER * len(name) + 20

    def _axis(self, top: Decimal) -> Iterator[str]:
        for tick in _ticks(top):
            y = _y(tick, top)
            yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{PALE}"/>'
            yield _text(LEFT - 8, y + 4, self.number(tick), f'text-anchor="end" fill="{SOFT}"')

    def _columns(self, top: Decimal) -> Iterator[str]:
        pitch = (WIDTH - RIGHT - LEFT) / max(len(self.bars), 1)
        for place, bar in enumerate(self.bars):
            yield from self._column(bar, LEFT + place * pitch, pitch, top)

    def _nothing(self) -> Iterator[str]:
        if not self.series:
            middle = (LEFT + WIDTH - RIGHT) / 2
            yield _text(middle, (TOP + FLOOR) / 2 - 10, self.description, 'text-anchor="middle"')

    def _column(self, bar: Bar, left: float, pitch: float, top: Decimal) -> Iterator[str]:
        centre, width = left + pitch / 2, min(pitch * 0.7, 44)
        x = centre - width / 2
        opacity = PALENESS if bar.is_pale else 1
        yield f'<g fill-opacity="{opacity}"><title>{escape(bar.story)}</title>'
        for colour, below, above in self._stack(bar):
            height = _y(below, top) - _y(above, top)
            yield (
                f'<rect x="{x:.1f}" y="{_y(above, top)}" width="{width:.1f}" '
                f'height="{height:.1f}" fill="{colour}"/>'
            )
        yield "</g>"
        if bar.mark is not None:
            y = _y(bar.mark, top)
            yield (
                f'<path d="M{x - 3:.1f} {y}h{width + 6:.1f}" stroke="{INK}" stroke-width="1.5"/>'
            )
        yield _text(centre, FLOOR + 17, bar.label, 'text-anchor="middle"')
        yield _text(centre, FLOOR + 33, bar.sublabel, f'text-anchor="middle" fill="{SOFT}"')

    def _stack(self, bar: Bar) -> Iterator[tuple[str, Decimal, Decimal]]:
        below = Decimal(0)
        for name, colour in self.series.items():
            above = below + bar.parts.get(name, Decimal(0))
            if above > below:
                yield colour, below, above
            below = above


def _text(x: float, y: float, content: str, attributes: str) -> str:
    if not content:
        return ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(content)}</text>'


def _y(value: Decimal, top: Decimal) -> float:
    return round(FLOOR - float(value / top) * (FLOOR - TOP), 1)


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
