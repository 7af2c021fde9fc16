"""Who changed what: written in the transaction of the change, so neither is there without the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.services.access import Caller
from app.store import audit

SITE_IMPORTED = "site.imported"
"""A file was read into a site of its own."""
Picture = Mapping[str, Any]
"""What a thing was like: its name by name, without any secret."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done.

    Attributes:
        action: resource and verb in the past: "site.created".
        of: which one of that resource.
        site: whose it is, by name.
        before: what it was like; None where there was none.
        after: what it is like; None where there is none any more.
    """

    action: str
    of: str
    site: str | None = None
    before: Picture | None = None
    after: Picture | None = None


def record(
    connection: Connection, change: Change, *, by: Caller, request_id: str | None, now: datetime
) -> None:
    """Write a change down, in the transaction that makes it."""
    audit.append(
        connection,
        at=now,
        actor=by.name,
        action=change.action,
        resource=change.action.partition(".")[0],
        resource_id=change.of,
        site=change.site,
        before=None if change.before is None else dict(change.before),
        after=None if change.after is None else dict(change.after),
        request_id=request_id,
    )
