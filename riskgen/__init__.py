"""riskgen: decide on a home visit under a school's own policy, and write its paper."""

__version__ = "0.4.0"
