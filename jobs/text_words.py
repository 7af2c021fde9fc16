"""Index the words of texts for searches, soon after the texts came: see `app.store.text_words`."""

from functools import partial

from app.store import text_words
from jobs.context import Context, JiraSite

_AT_ONCE = 400
"""Texts, and comments, of a transaction: it takes about as long as to save a page of issues. FTS5 writes a
piece of its index with each, and joins the pieces later."""


async def index(context: Context, jira_site: JiraSite) -> None:
    """All that are not indexed yet. Broken off, it goes on there the next time."""
    some = partial(text_words.index_some, site_id=jira_site.id, limit=_AT_ONCE)
    while await context.database.call_write(some):
        pass
