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
from jobs.sync.around import Heard
from jobs.sync.issues import Page, in_one, save_page

Also = Callable[[Connection, Page], None]
_MOST_PEOPLE = 20_000
"""Remembered at most: some megabytes."""


@dataclass(eq=False, slots=True)
class _Waiting:
    page: Page
    also: Also
    is_saved: bool = False


class Together:
    """Saves pages of a site.

    It remembers by account id until when people were heard of on pages that it saved.
    """

    def __init__(self, context: Context, site: Site) -> None:
        self._database, self._site = context.database, site
        self._turn = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._heard = Heard()

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
                except Exception:
                    if len(taken) == 1:
                        raise
                    await self._write([mine])  # whose fault it was shows where each is saved alone
                finally:
                    # Who is not saved now has a turn of his own.
                    self._waiting += [one for one in taken if one is not mine and not one.is_saved]

    async def _write(self, taken: Sequence[_Waiting]) -> None:
        whole = in_one([one.page for one in taken])
        # The same few hundred people stand on every page, and an older picture tells nothing of them.
        new = whole.around.new_people(self._heard)

        def write(connection: Connection) -> None:
            save_page(connection, self._site, whole)
            for one in taken:
                one.also(connection, one.page)

        await self._database.call_write(write)
        if len(self._heard) > _MOST_PEOPLE:
            self._heard.clear()
        self._heard |= new
        for one in taken:
            one.is_saved = True
