"""What a process holds that it does not use."""

import ctypes
from pathlib import Path

import pytest

from app import interpreter

_MEGABYTE = 2**20


def resident() -> int:
    """Megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc can be asked")
def test_what_was_freed_between_things_that_live_on_is_given_back() -> None:
    several = [bytearray(8192) for _ in range(60 * _MEGABYTE // 8192)]
    lasting = several[::100]
    before = resident()
    del several
    interpreter.give_back()
    assert resident() < before - 40
    assert lasting
