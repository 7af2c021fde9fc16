"""The schema's version: bring a store to it, and tell whether it is there."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from app.errors import NotPossible
from app.store.database import Database

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the store up to `revision`; replicas that start together wait for the first."""
    config = _config()
    with database.write_schema() as connection:
        if revision == "head" and _of(connection) == head():
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise NotPossible(
                f"The store's schema is not one of this version's ({error}). Was it made by a newer Burnish?"
            ) from error


def open_newest(url: str, facts: Mapping[str, Any]) -> Database:
    """The store at an address, at the newest schema; a SQLite file is ours alone from then on.

    Args:
        url: as SQLAlchemy writes it.
        facts: what another process that finds the file taken should know of us.

    Raises:
        BurnishError: it does not answer, is another's, or of a newer version.
    """
    database = Database(url)
    try:
        database.claim_file(facts)
        upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def downgrade(database: Database, revision: str = "base") -> None:
    """Take the store down to `revision`; what only newer versions know is lost."""
    config = _config()
    with database.write_schema() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(database: Database) -> str | None:
    """The store's revision; None for an empty one."""
    with database.read() as connection:
        return _of(connection)


def _of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str | None:
    """The revision that this code wants; found out once, as every migration has to be read for it."""
    return ScriptDirectory.from_config(_config()).get_current_head()
