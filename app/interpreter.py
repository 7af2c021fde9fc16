"""How Python itself is set for a process that holds much and works in several threads."""

import ctypes
import gc
import sys

SELDOM = (100_000, 50, 100)
"""Jira's documents come and go by the hundred thousand parts; Python's own figures are for small programs."""
_MMAP_THRESHOLD, LARGE = -3, 2**20
"""glibc's number for the first, and bytes."""
_TURN = 0.001
"""Seconds that a thread has the interpreter while another one asks for it, a fifth of what Python gives it.
Who asks has a transaction for which others wait, or an answer for somebody."""


def tune() -> None:
    """From now on; what is there already is never looked at as garbage: it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    _give_back_large_blocks()
    sys.setswitchinterval(_TURN)


def _give_back_large_blocks() -> None:
    """To the system, as soon as they are free.

    Of itself glibc takes the first large block that is freed for a habit, keeps what comes after it, and
    breaks it up: after a delivery of 12 MB some 60 MB stayed for good. Other libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
