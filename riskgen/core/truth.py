"""Kleene's strong three-valued logic: a fact is Yes, No or Unknown, and Unknown is never No."""

from collections.abc import Iterable
from enum import StrEnum


class Truth(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def of(value: bool | None) -> Truth:
    """The truth of a plain value; `None` is Unknown."""
    if value is None:
        return Truth.UNKNOWN
    return Truth.YES if value else Truth.NO


def not_(truth: Truth) -> Truth:
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(truth, Truth.UNKNOWN)


def all_(truths: Iterable[Truth]) -> Truth:
    """No if any is No; else Unknown if any is Unknown; else Yes (so Yes for none at all)."""
    found = Truth.YES
    for truth in truths:
        if truth is Truth.NO:
            return truth
        if truth is Truth.UNKNOWN:
            found = truth
    return found


def any_(truths: Iterable[Truth]) -> Truth:
    """Yes if any is Yes; else Unknown if any is Unknown; else No (so No for none at all)."""
    found = Truth.NO
    for truth in truths:
        if truth is Truth.YES:
            return truth
        if truth is Truth.UNKNOWN:
            found = truth
    return found
