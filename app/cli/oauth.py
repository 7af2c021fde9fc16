"""OAuth 2.0 of Jira Cloud."""

import asyncio
import os
import secrets

import typer

from app.cli.caller import calling, noting
from app.cli.common import SiteOption, fail, plain_errors, read_settings, the_site, with_stored_sites
from app.clock import utc_now
from app.errors import NotPossible
from app.services.audit import Change
from app.settings import OAuthSettings, Settings
from app.site_book import keyring_of
from connectors.jira.consent import code_in, consent_url, first_tokens
from connectors.jira.tokens import FileTokenStore, Tokens

app = typer.Typer(no_args_is_help=True)


@app.command("connect")
def oauth_connect(site: SiteOption = None) -> None:
    """Agree, once, that the site's OAuth app may act for you."""
    with plain_errors():
        own = read_settings()
        settings = with_stored_sites(own)
        name = the_site(settings, site)
        oauth = settings.sites[name].oauth
        if oauth is None:
            raise NotPossible(f"Site {name!r} has no `oauth` settings.")
        _check_that_they_can_be_kept(own, name, oauth)  # before the code is spent: it works once
        state = secrets.token_urlsafe(24)
        address = consent_url(oauth.client_id, oauth.redirect_uri, state)
        typer.echo(f"Open this address, agree, and come back:\n\n  {address}\n")
        landed = typer.prompt("The address that the browser was sent to")
        try:
            code = code_in(landed, state=state)
        except ValueError as error:
            fail(str(error))
        _keep(own, name, oauth, asyncio.run(_bought(oauth, code)))


def _check_that_they_can_be_kept(own: Settings, name: str, oauth: OAuthSettings) -> None:
    if oauth.token_file is None:
        with calling(own) as api:
            api.get(f"/sites/{name}")
        keyring_of(own).lock("", purpose="")
        return
    with noting(own):
        pass
    folder = oauth.token_file.absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotPossible(f"oauth.token_file: {folder} cannot be written. Make it, or choose another.")


async def _bought(oauth: OAuthSettings, code: str) -> Tokens:
    secret = oauth.client_secret.get_secret_value()
    return await first_tokens(oauth.client_id, secret, code, oauth.redirect_uri, now=utc_now())


def _keep(own: Settings, name: str, oauth: OAuthSettings, tokens: Tokens) -> None:
    """In the file that the settings name, or in the store by whoever may write it."""
    if oauth.token_file is not None:
        with noting(own) as note:
            asyncio.run(FileTokenStore(oauth.token_file).save(tokens))
            file = str(oauth.token_file)
            note(Change("oauth.connected", of=name, site=name, after={"token_file": file}))
        typer.echo(f"Connected; the tokens are in {oauth.token_file}.")
        return
    pair = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
    with calling(own) as api:
        api.put(f"/sites/{name}/oauth-tokens", {**pair, "expires_at": tokens.expires_at.isoformat()})
    typer.echo("Connected; the tokens are in the store, encrypted.")
