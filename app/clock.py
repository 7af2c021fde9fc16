"""The one clock. Whoever composes hands it down; everything else is told the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """What time this machine has."""
    return datetime.now(UTC)  # noqa: TID251 - see above
