"""The store."""

import typer

from app import main
from app.cli.common import plain_errors, read_settings

app = typer.Typer(help="The store.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to this version; `burnish serve` does so by itself."""
    with plain_errors():
        main.open_database(read_settings(), {"doing": "burnish db upgrade"}).close()
        typer.echo("The store is at this version's schema.")
