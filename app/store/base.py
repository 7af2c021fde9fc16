"""What all tables have in common."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER primary key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def of_site(*, key: bool = True) -> Column[int]:
    """Whose row it is."""
    return Column("site_id", Id, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=key, nullable=False)
