"""What every command has in common: settings, the site that is meant, and errors that are sentences."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from app import log
from app.clock import utc_now
from app.domain.jql.unfound import Unfound
from app.domain.sprint_health.errors import SprintHealthRefused
from app.errors import BurnishError, NotFound, NotPossible, StoreUnavailable
from app.settings import Settings, load_settings
from app.store import queues, sites
from app.store.database import Database
from connectors.errors import ConnectorError, ReconnectRequired

SiteOption = Annotated[str | None, typer.Option("--site", help="May be left out where there is one site.")]
OfSiteOption = Annotated[str | None, typer.Option("--site", help="Only of that site.")]


def fail(message: str) -> NoReturn:
    typer.echo(f"burnish: {message}", err=True)
    raise typer.Exit(1)


def warn(warnings: Iterable[Unfound]) -> None:
    """Of each value of a query that nothing has or ever had, with its place."""
    for warning in warnings:
        typer.echo(f"Warning: {warning}\n{warning.shown()}", err=True)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What we foresee is one sentence and exit 1; what we do not keeps its trace."""
    try:
        yield
    except ReconnectRequired as error:
        fail(f"{error} Run `burnish oauth connect`.")
    except StoreUnavailable as error:
        fail(f"{str(error).rstrip('.')}. What else is to be seen of it, `burnish doctor` says.")
    except (BurnishError, ConnectorError, SprintHealthRefused) as error:
        fail(str(error))


def read_settings() -> Settings:
    settings = load_settings()
    log.set_up(level=settings.log_level, style=settings.log_format)
    return settings


def with_stored_sites(settings: Settings) -> Settings:
    """The settings with the sites that were made over the API."""
    from app.site_book import with_stored  # noqa: PLC0415

    database = Database(settings.database_url.get_secret_value())
    try:
        return with_stored(settings, database, now=utc_now())
    finally:
        database.close()


def locked_sites(settings: Settings) -> Mapping[str, str]:
    """Sites that were made over the API and cannot be served with these settings, by name, and why."""
    from app.site_book import stored_of  # noqa: PLC0415

    with closing(Database(settings.database_url.get_secret_value())) as database:
        return stored_of(settings, database, now=utc_now()).locked


def the_site(settings: Settings, name: str | None) -> str:
    """The name of the site that is meant.

    Raises:
        NotPossible: there are several, or it is in the store and cannot be served.
        NotFound: none of that name.
    """
    if name is None and len(settings.sites) == 1:
        return next(iter(settings.sites))
    known = ", ".join(sorted(settings.sites)) or "none; add one under [sites.<name>] in burnish.toml"
    if name is None:
        raise NotPossible(f"Say which site with --site. There are: {known}.")
    if name not in settings.sites and (reason := locked_sites(settings).get(name)):
        raise NotPossible(f"Site {name!r} was made over the API and cannot be served: {reason}")
    if name not in settings.sites:
        raise NotFound("site", name, f"There are: {known}.")
    return name


def stored_site(connection: Connection, settings: Settings, name: str | None) -> sites.Site:
    """The site that is meant, of which the store is asked: of the settings, or one that an import made.

    Raises:
        NotPossible: there are several, or it is in the store and cannot be served.
        NotFound: none of that name.
    """
    there = [row["name"] for row in queues.all_sites(connection)]
    if name is None and not settings.sites and there:
        if len(there) > 1:
            raise NotPossible(f"Say which site with --site. The store has: {', '.join(there)}.")
        name = there[0]
    if name is None or name in settings.sites or name in locked_sites(settings):
        name = the_site(settings, name)
    return sites.get_site(connection, name)
