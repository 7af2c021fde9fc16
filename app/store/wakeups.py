"""Hear of work that another process put into the store: PostgreSQL's LISTEN.

Only a shortcut: whoever hears nothing finds the work at the next slow look.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import make_url

from app import log
from app.store.claim import CHANNEL

_log = log.get(__name__)
_RECONNECT_SECONDS = 5


async def listen(url: str, heard: Callable[[str | None], object]) -> None:
    """Call `heard` with the name of each queue that gets work, until cancelled.

    After every (re)connection it is called with None: anything may have come while nobody listened.
    """
    from psycopg import AsyncConnection, Error  # noqa: PLC0415 - SQLite needs nothing of its nine megabytes

    address = make_url(url)
    dialect = address.get_dialect()()
    _, parameters = dialect.create_connect_args(address)
    options: dict[str, Any] = {"connect_timeout": 5, "keepalives_idle": 20, **parameters}
    while True:
        try:
            connection = await AsyncConnection.connect(autocommit=True, **options)
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                heard(None)
                async for notification in connection.notifies():
                    heard(notification.payload)
        except (Error, OSError) as error:
            _log.warning("wakeups.lost", reason=type(error).__name__)
        await asyncio.sleep(_RECONNECT_SECONDS)
