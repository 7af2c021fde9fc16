"""What a process holds when it has nothing to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import interpreter

_LARGE_ONES = """
import re, sys
from pathlib import Path
from app import interpreter

def held():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

sys.argv[1:] and interpreter.tune()
first = b"x" * 12_000_000
del first
before, kept = held(), []
for _ in range(3):
    body = b"x" * 12_000_000
    kept += [b"x" * 2_000 for _ in range(50)]
    del body
print(held() - before)
"""


def _megabytes_more(*words: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", _LARGE_ONES, *words],
        cwd=Path(interpreter.__file__).parents[1],
        capture_output=True,
        check=True,
    )
    return int(told.stdout)


def test_what_large_deliveries_needed_goes_back_to_the_system() -> None:
    if _megabytes_more() < 6:
        pytest.skip("this system's library keeps nothing anyway")
    assert _megabytes_more("as the service") < 2
