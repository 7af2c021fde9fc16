"""Instants that people ask for: whole, or a bare day."""

from datetime import datetime, time, timedelta, tzinfo

_LAST = timedelta(microseconds=1)


def instant(said: datetime | None, *, zone: tzinfo, now: datetime) -> datetime | None:
    """The instant that was asked for.

    A report of a day is what people mean by it in the evening: all that happened on it. So a bare day is its
    last moment; today is not over, so it is now.

    Args:
        said: without a zone it is a bare day.
        zone: where days begin and end.
        now: the present instant.
    """
    if said is None or said.tzinfo is not None:
        return said
    following = datetime.combine(said.date() + timedelta(days=1), time(), tzinfo=zone)
    is_today = said.date() == now.astimezone(zone).date()
    return now if is_today else following - _LAST
