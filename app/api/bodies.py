"""Bodies of deliveries on their way in: bounded one by one, all together, and in time."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from app.errors import TooLarge, TooManyBodies, TooSlow

SMALL = 64 * 2**10
"""So much of a body is not counted: the server holds as much of every connection, whatever we do. What Jira
sends day by day is smaller, so it comes in however many large ones others send."""
MOST_TOGETHER = 128 * 2**20
"""Bytes: twice what may wait to be stored, or five of the largest that Jira sends."""
PATIENCE = timedelta(minutes=1)
"""Jira has given up by then. A connection that broke without a word would keep its share for ever."""


class Bodies:
    """Reads them.

    Args:
        limit: bytes that one may have.
        together: that all may have that are being read at one moment; at least one of the largest.
        patience: how long the rest of one may take after its first part.
    """

    def __init__(self, limit: int, *, together: int = MOST_TOGETHER, patience: timedelta = PATIENCE) -> None:
        self._limit = limit
        self._together = max(limit, together)
        self._patience = patience.total_seconds()
        self._held = 0

    async def read(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """The whole body, read no further than it may come.

        Raises:
            TooLarge: there is more than one may have.
            TooManyBodies: others that are under way leave no room.
            TooSlow: it takes too long.
            ClientDisconnect: the caller hung up in the middle.
        """
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            raise TooLarge(self._limit)
        message = await receive()
        first = _part(message)
        if not message.get("more_body", False):  # nearly always: no clock, no counting
            if len(first) > self._limit:
                raise TooLarge(self._limit)
            return first
        try:
            async with asyncio.timeout(self._patience):
                return await self._rest(first, receive)
        except TimeoutError as error:
            raise TooSlow(self._patience) from error

    async def _rest(self, first: bytes, receive: Receive) -> bytes:
        # Not a list of parts: a caller chooses how many there are, and each would cost more than its bytes.
        body, counted, more = bytearray(first), 0, True
        try:
            while True:
                if len(body) > self._limit:
                    raise TooLarge(self._limit)
                wanted = max(len(body) - SMALL, 0) - counted
                if self._held + wanted > self._together:
                    raise TooManyBodies(self._together)
                self._held += wanted
                counted += wanted
                if not more:
                    return bytes(body)
                message = await receive()
                body += _part(message)
                more = message.get("more_body", False)
        finally:
            self._held -= counted


def _part(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    part: bytes = message.get("body", b"")
    return part
