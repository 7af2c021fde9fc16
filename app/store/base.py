"""What all tables have in common."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, text

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER primary key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_ONLY = "only on"


def only_on(dialect: str, index: Index) -> Index:
    """An index that one of the two databases has."""
    index.info[_ONLY] = dialect
    return index.ddl_if(dialect=dialect)


def rows_where(condition: str) -> dict[str, Any]:
    """For an index of those rows alone."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


WORDS_INDEX = "words_index"
"""SQLite's table of FTS5; it keeps itself in tables whose names begin like its own."""


def is_declared_for(dialect: str) -> Callable[..., bool]:
    """For Alembic's comparison: whether something of the metadata is meant for that database."""
    return lambda found, name, *_: (
        getattr(found, "info", {}).get(_ONLY, dialect) == dialect and not (name or "").startswith(WORDS_INDEX)
    )


def of_site(*, key: bool = True) -> Column[int]:
    """Whose row it is."""
    return Column("site_id", Id, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=key, nullable=False)
