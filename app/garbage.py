"""When a process gives back what it no longer needs."""

import ctypes
import gc

SELDOM = (100_000, 50, 100)
"""Jira's documents come and go by the hundred thousand parts; Python's own figures are for small programs."""
_MMAP_THRESHOLD, LARGE = -3, 2**20
"""glibc's number for the first, and bytes."""


def look_seldom() -> None:
    """From now on; and what is there already, as it lives as long as the process, never again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    _give_back_large_blocks()


def _give_back_large_blocks() -> None:
    """To the system, as soon as they are free.

    Of itself glibc takes the first large block that is freed for a habit, keeps what comes after it, and
    breaks it up: after a delivery of 12 MB some 60 MB stayed for good. Other libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
