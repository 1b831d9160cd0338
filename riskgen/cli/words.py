"""Laying out words for a terminal of 80 columns."""

import textwrap

WIDTH = 80


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """Text broken to the width of the terminal, every line indented; `first` stands before the first."""
    lead = " " * indent
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines.append(
            textwrap.fill(
                paragraph,
                WIDTH,
                initial_indent=(first or lead) if not lines else lead,
                subsequent_indent=lead,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return "\n".join(lines)


def item(text: str, mark: str = "-", indent: int = 2) -> str:
    """One entry of a list."""
    lead = " " * indent + mark + " "
    return wrapped(text, len(lead), lead)


def to_destroy(reference: str) -> str:
    """What still bears the safe word of a visit that is over."""
    return f"the office copies in visits/{reference}, and its packs, with paper"


def heading(text: str) -> str:
    return f"\n{text}"
