"""JQL: what a query says, and what the store holds for it."""

import json
from datetime import datetime
from typing import Annotated

import typer

from app.cli.common import SiteOption, fail, plain_errors, read_settings, stored_site, warn, with_stored_sites
from app.cli.instants import FORMATS, HELP
from app.clock import utc_now
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import parse
from app.domain.jql.printing import as_json, canonical
from app.domain.scrum.asked_instants import instant
from app.services.jql import answer, zone_named
from app.store.database import Database

app = typer.Typer(no_args_is_help=True)


@app.command("parse", context_settings={"ignore_unknown_options": True})
def parse_(query: str) -> None:
    """The tree of a query as JSON, and its canonical form."""
    try:
        tree = parse(query)
    except JqlNotUnderstood as error:
        typer.echo(error.shown(), err=True)
        fail(str(error))
    said = json.dumps({"tree": as_json(tree), "canonical": canonical(tree)}, ensure_ascii=False, indent=2)
    # Half of a character, which an escape may say, is no UTF-8; as an escape again it is JSON all the same.
    typer.echo(said.encode("utf-8", "backslashreplace").decode())


@app.command("search", context_settings={"ignore_unknown_options": True})
def search_(
    query: str,
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=FORMATS, help=f"Ask as at that time. {HELP} In --time-zone."),
    ] = None,
    site: SiteOption = None,
    user: Annotated[str | None, typer.Option(help="Account id that currentUser() means.")] = None,
    time_zone: Annotated[str, typer.Option(help="In which dates of the query are read.")] = "UTC",
) -> None:
    """Keys of the issues that the store holds for a query, in its order.

    Of values that nothing has or ever had, and of what could not be read, a warning is printed to stderr.
    """
    with plain_errors():
        zone, now = zone_named(time_zone), utc_now()
        settings = with_stored_sites(read_settings())
        database = Database(settings.database_url.get_secret_value())
        try:
            with database.read() as connection:
                found = stored_site(connection, settings, site)
                said = answer(
                    connection,
                    found,
                    query,
                    now=now,
                    zone=zone,
                    account=user or found.account_id,
                    at=instant(as_of, zone=zone, now=now),
                )
        except JqlNotUnderstood as error:
            typer.echo(error.shown(), err=True)
            raise
        finally:
            database.close()
    warn(said.warnings)
    for reason in said.missing:
        typer.echo(f"Warning: Incomplete data. {reason}", err=True)
    for key in said.keys:
        typer.echo(key)
