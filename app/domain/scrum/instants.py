"""Jira's instants, in all the forms in which it writes them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotReadable(ValueError):
    """A document lacks what makes it what it should be."""


def instant(value: object) -> datetime | None:
    """`2026-07-28T14:12:54.883-0700`, `…Z`, a date alone, or epoch milliseconds; None for nothing.

    Raises:
        NotReadable: text that is no instant.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return _EPOCH + timedelta(milliseconds=value)
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError as error:
        message = f"{value!r} is not an instant"
        raise NotReadable(message) from error
    return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
