"""Rows of the table: what was measured, against what, and whether it is good enough."""

from dataclasses import dataclass, replace
from statistics import median
from typing import Final

Pairs = list[tuple[float, float]]
"""Ours and the other's, round by round."""

THREE_FIGURES: Final = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    ours: str
    other: str = ""
    ratio: str = ""
    """The median of the rounds' own ratios: what slows a round slows both of its sides."""
    spread: str = ""
    goal: str = ""
    reached: bool | None = None
    """None where nothing is to be reached."""


def at_least(name: str, pairs: Pairs, goal: float) -> Row:
    return replace(_row(name, pairs, "/s"), goal=f">= {goal:.2f}", reached=_ratio(pairs) >= goal)


def at_most(name: str, pairs: Pairs, goal: float, *, unit: str) -> Row:
    return replace(
        _row(name, pairs, f" {unit}"), goal=f"<= {goal:g}", reached=_ratio(pairs) <= goal
    )


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= THREE_FIGURES else f"{value:,.1f}"


def _row(name: str, pairs: Pairs, unit: str) -> Row:
    ours, other = (median(side) for side in zip(*pairs, strict=True))
    ratios = [first / second for first, second in pairs]
    return Row(
        name=name,
        ours=figure(ours) + unit,
        other=figure(other) + unit,
        ratio=f"{median(ratios):.2f}",
        spread=f"{min(ratios):.2f}-{max(ratios):.2f}",
    )


def _ratio(pairs: Pairs) -> float:
    return median(first / second for first, second in pairs)
