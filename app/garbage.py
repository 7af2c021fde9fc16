"""How often Python looks for garbage among what a process holds."""

import gc

SELDOM = (100_000, 50, 100)
"""Jira's documents come and go by the hundred thousand parts; Python's own figures are for small programs."""


def look_seldom() -> None:
    """From now on; and what is there already, as it lives as long as the process, never again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
