"""One tree serves both databases, up, down and up again."""

from zoneinfo import ZoneInfo

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, text

from app.services.jql import search
from app.store import schema, scorings, sites, tables, text_words
from app.store.base import is_declared_for
from app.store.database import Database
from app.store.tables import metadata
from tests.factories import day
from tests.stores import a_site, texts_of

AN_ISSUE = {
    "id": "11",
    "key": "BURN-1",
    "project_key": "BURN",
    "summary": "Story",
    "type_name": "Story",
    "is_subtask": False,
    "status_id": "1",
    "status_name": "To Do",
    "flagged": False,
    "created": day(1),
    "updated": day(1),
    "history_complete": True,
}


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


def test_a_description_that_stood_among_the_fields_stands_apart_and_is_found(empty_database_url: str) -> None:
    number = 123456789012345678
    database = Database(empty_database_url)
    schema.upgrade(database, "0029")
    with database.write() as connection:
        connection.execute(insert(tables.sites), {"name": "demo", "base_url": "https://burnish.test"})
        fields = {"description": "Zebra crossing", "customfield_10001": number}
        connection.execute(insert(tables.issues), {**AN_ISSUE, "site_id": 1, "fields": fields})
    schema.upgrade(database)
    for _ in range(2):  # as it was read, and after its words were indexed
        with database.write() as connection:
            site = sites.get_site(connection, "demo")
            found = search(connection, site, "description ~ zebras", now=day(9), zone=ZoneInfo("UTC"))
            assert found == ["BURN-1"]
            assert texts_of(connection, "11") == {"description": "Zebra crossing"}
            fields = connection.scalar(text("SELECT CAST(fields AS text) FROM issues"))
            assert fields.replace(" ", "") == f'{{"customfield_10001":{number}}}'
        text_words.index_here(database, site.id)
    database.close()


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    with database.read() as connection:
        options = {"include_object": is_declared_for(connection.dialect.name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert differences == []
