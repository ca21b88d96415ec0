"""La même figure plotly, dessinée en SVG sans navigateur."""

from ctgkit.figures.svg.rendu import draw

__all__ = ["draw"]
