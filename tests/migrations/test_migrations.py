"""One tree serves both databases, up, down and up again."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from app.store import schema, scorings
from app.store.base import is_declared_for
from app.store.database import Database
from app.store.tables import metadata
from tests.factories import day
from tests.stores import a_site


def test_migrations_go_up_down_and_up_again(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    schema.upgrade(database)
    assert schema.current(database) == schema.head()
    schema.downgrade(database)
    assert schema.current(database) is None
    with database.read() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    schema.upgrade(database)
    assert schema.current(database) == schema.head()
    database.close()


def test_of_a_scoring_that_is_older_nobody_knows_who_made_it(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    schema.upgrade(database)
    with database.write() as connection:
        site = a_site(connection)
        scorings.keep(connection, site.id, 1, {"formula": "votes"}, now=day(1), by="key ci")
    schema.downgrade(database, "0026")
    schema.upgrade(database)
    with database.read() as connection:
        (row,) = scorings.of_board(connection, site.id, 1)
    assert (row["version"], row["since"], row["made_by"]) == (1, day(1), None)
    database.close()


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    with database.read() as connection:
        options = {"include_object": is_declared_for(connection.dialect.name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert differences == []
