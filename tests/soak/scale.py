"""How much is done: a little with every run of the tests, much with `make soak` (BURNISH_SOAK=1)."""

import os

IS_LONG = bool(os.environ.get("BURNISH_SOAK"))
FREEZES = 15 if IS_LONG else 1
FIRINGS = 50 if IS_LONG else 5
FULL_DISKS = 5 if IS_LONG else 1
SYNCED = 5_000 if IS_LONG else 700
"""About so many issues are read for the first time."""
