"""Cron lines: which we keep to, and when they fire next. APScheduler reads them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Where to begin to look for the newest missed instant: few steps for frequent schedules and for rare ones.
_LOOKING_BACK = tuple(timedelta(hours=hours) for hours in (1, 24, 24 * 7, 24 * 31, 24 * 366, 24 * 36_600))


def checked_cron(value: str) -> str:
    """A cron line of five fields.

    Raises:
        ValueError: it is none, never fires, or counts days of the week in a way that is read differently
            elsewhere.
    """
    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError:
        message = "not a cron line of five fields; e.g. '0 8 * * mon-fri'"
        raise ValueError(message) from None
    if any(sign.isdigit() for sign in value.split()[4]):
        # APScheduler counts days from Monday, cron from Sunday: 1-5 would be Tuesday to Saturday.
        message = "name the days of the week (mon-fri, sun); their numbers mean different days elsewhere"
        raise ValueError(message)
    if not _ever_fires(value):
        message = f"{value!r} never fires: no month that it names has such a day"
        raise ValueError(message)
    return value


@lru_cache(maxsize=200)
def _ever_fires(cron: str) -> bool:
    """Looking through all years for 30 February takes a while."""
    return next_after(cron, "UTC", _ANY_DAY) is not None


def cron_fault(cron: str) -> str | None:
    """What is wrong with a cron line that somebody wrote, in a sentence that names it; None if nothing is."""
    try:
        checked_cron(cron)
    except ValueError as error:
        return str(error) if cron in str(error) else f"{cron!r}: {error}"
    return None


def checked_time_zone(value: str) -> str:
    """The name of a time zone.

    Raises:
        ValueError: there is none of that name.
    """
    if value not in available_timezones():
        message = "not an IANA time zone; e.g. 'Europe/Berlin'"
        raise ValueError(message)
    return value


def next_after(cron: str, time_zone: str, instant: datetime) -> datetime | None:
    """The first firing strictly after an instant, in UTC.

    Cron lines speak of the clock on the wall. An hour that the wall shows twice fires once, the first time;
    a time that it skips fires when the hour that replaces it is there.
    """
    zone = ZoneInfo(time_zone)
    trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    wall = instant.astimezone(zone).replace(tzinfo=UTC)
    while True:
        following: datetime | None = trigger.get_next_fire_time(None, wall + timedelta(microseconds=1))
        if following is None:
            return None
        wall = following
        found = wall.replace(tzinfo=zone).astimezone(UTC)
        if found > instant:
            return found


def due_and_next(cron: str, time_zone: str, due: datetime, now: datetime) -> tuple[datetime, datetime | None]:
    """The newest instant that is due by `now`, and the one after it: what was missed is made up once."""
    for back in _LOOKING_BACK:
        since = max(due, now - back)
        first = due if since == due else next_after(cron, time_zone, since)
        if first is not None and first <= now:
            due = first
            break
    following = next_after(cron, time_zone, due)
    while following is not None and following <= now:
        due, following = following, next_after(cron, time_zone, following)
    return due, following
