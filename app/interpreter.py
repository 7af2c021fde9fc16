"""How Python itself is set for a process that holds much and works in several threads."""

import ctypes
import gc
import sys

SELDOM = (100_000, 50, 100)
"""Jira's documents come and go by the hundred thousand parts; Python's own figures are for small programs."""
_TURN = 0.001
"""Seconds that a thread has the interpreter while another one asks for it, a fifth of what Python gives it.
Who asks has a transaction for which others wait, or an answer for somebody."""


def tune() -> None:
    """From now on; what is there already is never looked at as garbage: it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    sys.setswitchinterval(_TURN)


def give_back() -> None:
    """Let the machine have the memory that nobody uses any more.

    The C library keeps what was freed between things that live on. Takes some milliseconds, in which other
    threads that ask for large blocks may wait; C libraries other than glibc have no such function.
    """
    if _trim is not None:
        _trim(0)


_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
