"""Jira's webhooks."""

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from app import connections
from app.cli.caller import noting
from app.cli.common import SiteOption, plain_errors, read_settings, the_site, with_stored_sites
from app.clock import utc_now
from app.errors import NotPossible
from app.services.audit import Change
from app.services.webhooks import register
from app.settings import Settings
from jobs.deliveries import HANDLED

app = typer.Typer(no_args_is_help=True)


@app.command("register")
def webhook_register(
    url: Annotated[
        str, typer.Argument(help="Where Jira reaches this service, e.g. https://burnish.example.com")
    ],
    site: SiteOption = None,
) -> None:
    """Have Jira tell this service of every change. The account must be a Jira admin."""
    with plain_errors():
        own = read_settings()
        settings = with_stored_sites(own)
        name = the_site(settings, site)
        address = f"{url.rstrip('/')}/webhooks/jira/{name}"
        _check(own, settings, name, address)
        with noting(own) as note:
            hook = asyncio.run(_register(settings, name, address))
            note(Change("webhook.registered", of=name, site=name, after={"url": address, "webhook": hook}))
        typer.echo(f"Jira tells {address} from now on: {hook}")


def _check(own: Settings, settings: Settings, name: str, address: str) -> None:
    """See that it can be done at all.

    Raises:
        NotPossible: there is no secret to sign with, or Jira refuses it to such an account.
    """
    site = settings.sites[name]
    if not site.webhook_secrets:
        how = "" if name in own.sites else f", with POST /sites/{name}/webhook-secret"
        raise NotPossible(
            f"Set `webhook_secrets` of site {name!r} first{how}; an unsigned webhook is not trusted."
        )
    if site.auth == "oauth":
        raise NotPossible(
            "Jira lets no OAuth app register such a webhook. Let a Jira admin enter it by hand (System, "
            f"WebHooks): {address}, with the secret of site {name!r}, and every event."
        )


async def _register(settings: Settings, name: str, url: str) -> str:
    site = settings.sites[name]
    async with AsyncExitStack() as stack:
        jira = await connections.jira_of(stack, site, now=utc_now)
        secret = site.webhook_secrets[0].get_secret_value()
        return await register(jira, url, events=HANDLED, projects=site.projects, secret=secret)
