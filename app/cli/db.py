"""The store."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.cli.caller import on_record
from app.cli.common import plain_errors, read_settings
from app.errors import StoreUnavailable
from app.services.audit import Change
from app.settings import Settings
from app.store import schema
from app.store.backup import copy_store
from app.store.database import Database

app = typer.Typer(no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to this version; `burnish serve` does so by itself."""
    with plain_errors():
        settings = read_settings()
        before = _present(settings)
        with closing(
            schema.open_newest(settings.database_url.get_secret_value(), {"doing": "burnish db upgrade"})
        ) as database:
            after = schema.current(database)
            if after != before:
                told = Change("store.upgraded", "schema", before={"schema": before}, after={"schema": after})
                with database.write() as connection:
                    on_record(connection, told)
        typer.echo("The store is at this version's schema.")


@app.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; must not be there yet.")],
) -> None:
    """Copy the SQLite store as it is now, also beside a running service; of PostgreSQL `pg_dump` does so."""
    with plain_errors(), closing(Database(read_settings().database_url.get_secret_value())) as database:
        size = copy_store(database, file)
        typer.echo(f"{file} has the store as it was: {size / 2**20:.1f} MiB.")


def _present(settings: Settings) -> str | None:
    """The store's schema; None where there is none."""
    with closing(Database(settings.database_url.get_secret_value())) as database:
        try:
            return schema.current(database)
        except StoreUnavailable:
            return None
