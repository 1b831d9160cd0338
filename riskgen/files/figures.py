"""Numbers in the cells of a sheet where text belongs: what was typed, as far as that can still be told."""

import re

_NOUGHTS = re.compile("0{2,}")
REFERENCE_SPOILT = "holds a number, and Excel drops the noughts that one begins with"
REFERENCE_AS_TEXT = "Format the cell as text, and type the reference again with every nought that it begins with."


def as_shown(value: float, number_format: str) -> str:
    """A number with the noughts before it that its format shows, such as `0042` by the format `0000`."""
    whole = int(value) if isinstance(value, int) or value.is_integer() else None
    if whole is None:
        return f"{value:.15g}"
    return str(whole).zfill(len(number_format)) if shows_noughts(value, number_format) else str(whole)


def shows_noughts(value: float, number_format: str) -> bool:
    """Whether a number is shown with every nought that was typed before it.

    One with more digits than the format has places is not: that it shows no nought does not say that there was none.
    """
    whole = isinstance(value, int) or value.is_integer()
    return whole and 0 <= value < 10 ** len(number_format) and bool(_NOUGHTS.fullmatch(number_format))


def reference_typed(value: float, number_format: str) -> str:
    """The reference that a number stands for; empty where its noughts may be lost, so that it may be another's."""
    return as_shown(value, number_format) if shows_noughts(value, number_format) else ""
