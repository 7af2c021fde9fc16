"""Pages of several segments that are ready at the same time are saved in one transaction.

Where one connection writes, pages wait for it while another is saved. Those that wait go along: what is done
once a transaction, people who stand on all of them, and the disk are asked once for all.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.store.sites import Site
from jobs.context import Context
from jobs.sync.issues import Page, in_one, save_page

Also = Callable[[Connection, Page], None]


@dataclass(eq=False, slots=True)
class _Waiting:
    page: Page
    also: Also
    is_saved: bool = False


class Together:
    """Saves pages of a site."""

    def __init__(self, context: Context, site: Site) -> None:
        self._database, self._site = context.database, site
        self._turn = asyncio.Lock()
        self._waiting: list[_Waiting] = []

    async def save(self, page: Page, also: Also) -> None:
        """Save a page, and in the same transaction what `also` writes; it is durable on return."""
        if not self._database.has_one_writer:  # others write beside it: nobody waits
            await self._write([_Waiting(page, also)])
            return
        mine = _Waiting(page, also)
        self._waiting.append(mine)
        async with self._turn:
            if not mine.is_saved:
                taken, self._waiting = self._waiting, []
                try:
                    await self._write(taken)
                finally:
                    # Who is not saved now has a turn of his own.
                    self._waiting += [one for one in taken if one is not mine and not one.is_saved]

    async def _write(self, taken: Sequence[_Waiting]) -> None:
        whole = in_one([one.page for one in taken])

        def write(connection: Connection) -> None:
            save_page(connection, self._site, whole)
            for one in taken:
                one.also(connection, one.page)

        await self._database.call_write(write)
        for one in taken:
            one.is_saved = True
