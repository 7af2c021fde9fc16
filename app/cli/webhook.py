"""Jira's webhooks."""

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from app import connections, main
from app.cli.common import SiteOption, plain_errors, read_settings, the_site, with_stored_sites
from app.errors import NotPossible
from app.services.webhooks import register
from app.settings import Settings
from jobs.deliveries import HANDLED

app = typer.Typer(help="Jira's webhooks.", no_args_is_help=True)


@app.command("register")
def webhook_register(
    url: Annotated[
        str, typer.Argument(help="Where Jira reaches this service, e.g. https://burnish.example.com")
    ],
    site: SiteOption = None,
) -> None:
    """Have Jira tell this service of every change. The account must be a Jira admin."""
    with plain_errors():
        settings = with_stored_sites(read_settings())
        name = the_site(settings, site)
        typer.echo(asyncio.run(_register(settings, name, f"{url.rstrip('/')}/webhooks/jira/{name}")))


async def _register(settings: Settings, name: str, url: str) -> str:
    site = settings.sites[name]
    if not site.webhook_secrets:
        raise NotPossible(
            f"Set `webhook_secrets` of site {name!r} first; an unsigned webhook is not trusted."
        )
    async with AsyncExitStack() as stack:
        jira = await connections.jira_of(stack, site, now=main.utc_now)
        secret = site.webhook_secrets[0].get_secret_value()
        hook = await register(jira, url, events=HANDLED, projects=site.projects, secret=secret)
        return f"Jira tells {url} from now on: {hook}"
