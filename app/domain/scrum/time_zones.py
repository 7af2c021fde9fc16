"""Time zones as people name them in rules and policies."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_fault(name: str) -> str | None:
    """What is wrong with the name of a time zone; None if nothing is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name!r} is no time zone; write it like Europe/Berlin"
    return None
