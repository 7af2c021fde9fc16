"""Time as the connectors need it: to measure how long something takes, and to wait."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tests hand in one that they move themselves, so that nothing sleeps."""

    def now(self) -> float:
        """Seconds that only ever grow; their zero means nothing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemClock:
    """The machine's."""

    def now(self) -> float:
        """Seconds since some start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others work meanwhile."""
        await asyncio.sleep(seconds)
