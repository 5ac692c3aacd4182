"""Colours of pictures on light and dark paper, and on whichever the reader's screen has."""

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    ink: str
    soft: str
    pale: str
    paper: str

    def declarations(self) -> str:
        """Return the colours as custom properties of CSS."""
        return ";".join(f"--{each.name}:{getattr(self, each.name)}" for each in fields(self))


LIGHT: Final = Palette(ink="#1f2933", soft="#52606d", pale="#e1e6eb", paper="#ffffff")
DARK: Final = Palette(ink="#f0f4f8", soft="#b3bfcc", pale="#37424d", paper="#151b21")
AUTO: Final = Palette(
    ink="var(--ink)", soft="var(--soft)", pale="var(--pale)", paper="var(--paper)"
)
"""Names of colours, which `style` gives their values."""


def style(palette: Palette) -> list[str]:
    """Return the style sheet that a picture needs: none where its colours are written out."""
    if palette is not AUTO:
        return []
    dark = f"@media(prefers-color-scheme:dark){{svg{{{DARK.declarations()}}}}}"
    return [f"<style>svg{{{LIGHT.declarations()}}}{dark}</style>"]
