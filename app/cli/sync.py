"""Bring the store up to date, here and now."""

import asyncio
import json
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import typer

from app import connections, main
from app.cli.common import SiteOption, fail, plain_errors, read_settings, the_site
from app.settings import Settings
from jobs.sync.reading import Reading
from jobs.sync.run import sync as sync_site


def sync(site: SiteOption = None) -> None:
    """Bring the store up to date with Jira, now and here; a running service does so by itself."""
    with plain_errors():
        settings = read_settings()
        reading = asyncio.run(_sync(settings, the_site(settings, site)))
        typer.echo(", ".join(f"{number} {what}" for what, number in reading.counts.items()))
        if reading.failures:
            fail("; ".join(f"{what} cannot be read: {why}" for what, why in reading.failures.items()))


async def _sync(settings: Settings, name: str) -> Reading:
    async with AsyncExitStack() as stack:
        database = main.open_database(settings, {"doing": "burnish sync"})
        stack.callback(database.close)
        rows = await database.call_write(partial(main.ensure_sites, settings=settings, now=main.utc_now()))
        jira_sites = await connections.connect(stack, settings, rows, now=main.utc_now)
        context, _ = main.make_worker(settings, database, jira_sites, main.utc_now)

        async def show(progress: Any) -> None:
            typer.echo(json.dumps(dict(progress)), err=True)

        jira_site = next(one for one in jira_sites if one.name == name)
        return await sync_site(context, jira_site, report=show)
