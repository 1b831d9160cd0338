"""Mends what openpyxl writes otherwise than the Open XML schema has it, so that its workbooks are valid."""

from functools import cache

from openpyxl.styles.fonts import Font

_IN_ORDER = (
    "b",
    "i",
    "strike",
    "condense",
    "extend",
    "outline",
    "shadow",
    "u",
    "vertAlign",
    "sz",
    "color",
    "name",
    "family",
    "charset",
    "scheme",
)
"""The parts of a font as the schema orders them (ECMA-376 Part 1, 18.8.22, as the Open XML SDK holds it)."""


@cache
def fonts_in_order() -> None:
    """Let openpyxl write the parts of a font in the order of the schema; it has colour and size the other way round."""
    Font.__elements__ = _IN_ORDER
