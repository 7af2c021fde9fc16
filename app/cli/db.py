"""The store."""

from contextlib import closing

import typer

from app.cli.caller import on_record
from app.cli.common import plain_errors, read_settings
from app.errors import StoreUnavailable
from app.services.audit import Change
from app.settings import Settings
from app.store import schema
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


def _present(settings: Settings) -> str | None:
    """The store's schema; None where there is none."""
    with closing(Database(settings.database_url.get_secret_value())) as database:
        try:
            return schema.current(database)
        except StoreUnavailable:
            return None
