"""OAuth 2.0 of Jira Cloud."""

import asyncio
import os
import secrets

import typer

from app import main
from app.cli.common import SiteOption, fail, plain_errors, read_settings, the_site
from app.errors import NotPossible
from app.settings import OAuthSettings
from connectors.jira.consent import code_in, consent_url, first_tokens
from connectors.jira.tokens import FileTokenStore

app = typer.Typer(help="OAuth 2.0 of Jira Cloud.", no_args_is_help=True)


@app.command("connect")
def oauth_connect(site: SiteOption = None) -> None:
    """Agree, once, that the site's OAuth app may act for you."""
    with plain_errors():
        settings = read_settings()
        name = the_site(settings, site)
        oauth = settings.sites[name].oauth
        if oauth is None:
            raise NotPossible(f"Site {name!r} has no `oauth` settings.")
        folder = oauth.token_file.absolute().parent
        if not os.access(folder, os.W_OK | os.X_OK):  # before the code is spent: it works once
            raise NotPossible(f"oauth.token_file: {folder} cannot be written. Make it, or choose another.")
        state = secrets.token_urlsafe(24)
        address = consent_url(oauth.client_id, oauth.redirect_uri, state)
        typer.echo(f"Open this address, agree, and come back:\n\n  {address}\n")
        landed = typer.prompt("The address that the browser was sent to")
        try:
            code = code_in(landed, state=state)
        except ValueError as error:
            fail(str(error))
        asyncio.run(_connect(oauth, code))
        typer.echo(f"Connected; the tokens are in {oauth.token_file}.")


async def _connect(oauth: OAuthSettings, code: str) -> None:
    secret = oauth.client_secret.get_secret_value()
    tokens = await first_tokens(oauth.client_id, secret, code, oauth.redirect_uri, now=main.utc_now())
    await FileTokenStore(oauth.token_file).save(tokens)
