"""How Python itself is set for a process that holds much and works in several threads."""

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
