"""The rest of a rule that goes on with what an effect brought: a run of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from app.domain.rules.event import Event
from app.store import runs
from app.store.claim import Claimed


def ask_for(
    connection: Connection,
    work: Claimed,
    goes_on: Mapping[str, Any],
    event: Event,
    *,
    now: datetime,
    requested_by: str,
) -> None:
    """Ask for the run, in the transaction that ends the effect.

    Args:
        connection: inside that transaction.
        work: the effect.
        goes_on: of its `follow`, the rule and the version.
        event: with what it goes on; what is private in it is encrypted.
        now: the instant.
        requested_by: for people.
    """
    runs.request(
        connection,
        work.row["site_id"],
        runs.RULE,
        {
            "rule": goes_on["rule"],
            "shadow": False,
            "version": goes_on["version"],
            "event": msgspec.to_builtins(event),
        },
        at=event.at,
        now=now,
        requested_by=requested_by,
        subject=f"rest:{goes_on['rule']}:{event.issue_id}:{event.key}",
    )
