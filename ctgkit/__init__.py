"""Atelier CTG : la façade."""

from ctgkit.errors import CtgError

__all__ = ["CtgError"]
