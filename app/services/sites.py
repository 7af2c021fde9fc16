"""Sites as an admin sees them: how they are, what waits, and a rest when one is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from app.errors import NotPossible, NotUnderstood
from app.services.queues import shown
from app.store import queues, sites
from app.store.queues import OpenWork

LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """A site as the store knows it, and its work that is waiting or under way."""

    row: RowMapping
    open: OpenWork


def listed(connection: Connection) -> Sequence[SiteSeen]:
    """Every site in the store, by name."""
    work = queues.open_work(connection)
    return [SiteSeen(row, work.get(row["id"], OpenWork())) for row in queues.all_sites(connection)]


def show(connection: Connection, name: str) -> SiteSeen:
    """One of them.

    Raises:
        NotFound: none of that name.
    """
    sites.get_site(connection, name)
    return next(one for one in listed(connection) if one.row["name"] == name)


def pause(connection: Connection, name: str, *, until: datetime, reason: str, now: datetime) -> SiteSeen:
    """Ask nothing of the site before then: runs and effects wait, webhooks are taken in and applied.

    Raises:
        NotFound: no such site.
        NotUnderstood: the instant does not lie ahead, or too far.
        NotPossible: it rests longer already.
    """
    if not now < until <= now + LONGEST_PAUSE:
        raise NotUnderstood(
            f"A pause ends after now and within {LONGEST_PAUSE.days} days; {shown(until)} does not.",
            field="/body/until",
        )
    before = show(connection, name).row
    if before["paused_until"] is not None and before["paused_until"] > until:
        raise NotPossible(
            f"Site {name} is paused until {shown(before['paused_until'])} already "
            f"({before['paused_reason']}). Resume it first to pause it for a shorter time."
        )
    sites.pause(connection, before["id"], until=until, reason=reason)
    return show(connection, name)


def resume(connection: Connection, name: str) -> SiteSeen:
    """End a pause before its time; a site that is not paused stays as it is.

    Raises:
        NotFound: no such site.
    """
    sites.resume(connection, sites.get_site(connection, name).id)
    return show(connection, name)
