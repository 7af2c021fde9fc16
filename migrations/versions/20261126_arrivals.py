"""What the door stores is packed together, and filed by whoever works."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
IS_UNFILED = sa.text("first_id IS NULL")
AT_ONCE = 1000

deliveries = sa.table(
    "deliveries",
    sa.column("id", BIG),
    sa.column("site_id", BIG),
    sa.column("identity", sa.String),
    sa.column("retry", sa.Integer),
    sa.column("received_at", INSTANT),
)
bodies = sa.table("delivery_bodies", sa.column("delivery_id", BIG), sa.column("body", sa.LargeBinary))
arrivals = sa.table(
    "arrivals",
    sa.column("id", BIG),
    sa.column("first_id", BIG),
    sa.column("number", sa.Integer),
    sa.column("received_at", INSTANT),
)
packed_bodies = sa.table("arrival_bodies", sa.column("arrival_id", BIG), sa.column("packed", sa.LargeBinary))


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", BIG, nullable=False),
        sa.Column("first_id", BIG, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
        sa.UniqueConstraint("first_id", name=op.f("uq_arrivals_first_id")),
    )
    op.create_index(
        "ix_arrivals_unfiled", "arrivals", ["id"], sqlite_where=IS_UNFILED, postgresql_where=IS_UNFILED
    )
    op.create_table(
        "arrival_bodies",
        sa.Column("arrival_id", BIG, autoincrement=False, nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_arrival_bodies")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Compressed already.
        op.execute("ALTER TABLE arrival_bodies ALTER COLUMN packed SET STORAGE EXTERNAL")
    joined = sa.select(deliveries, bodies.c.body).join(bodies, bodies.c.delivery_id == deliveries.c.id)
    for rows in _parts(connection, joined, deliveries.c.id):
        connection.execute(
            sa.insert(arrivals),
            [
                {"id": row.id, "first_id": row.id, "number": 1, "received_at": _aware(row.received_at)}
                for row in rows
            ],
        )
        connection.execute(
            sa.insert(packed_bodies), [{"arrival_id": row.id, "packed": _packed(row)} for row in rows]
        )
    if connection.dialect.name == "postgresql":
        newest = "SELECT max(id) FROM arrivals"
        op.execute(f"SELECT setval(pg_get_serial_sequence('arrivals', 'id'), ({newest}))")
        op.execute("ALTER TABLE deliveries ALTER COLUMN id DROP DEFAULT")
        op.execute("DROP SEQUENCE deliveries_id_seq")
    op.drop_table("delivery_bodies")


def downgrade() -> None:
    """What nobody filed is lost: stop the door first, and let a worker file what is there."""
    op.create_table(
        "delivery_bodies",
        sa.Column("delivery_id", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_bodies")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE delivery_bodies ALTER COLUMN body SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE delivery_bodies SET (toast_tuple_target = 8160)")
        op.execute("CREATE SEQUENCE deliveries_id_seq OWNED BY deliveries.id")
        op.execute("ALTER TABLE deliveries ALTER COLUMN id SET DEFAULT nextval('deliveries_id_seq')")
        op.execute("SELECT setval('deliveries_id_seq', (SELECT max(id) FROM deliveries))")
    joined = sa.select(arrivals, packed_bodies.c.packed).join(
        packed_bodies, packed_bodies.c.arrival_id == arrivals.c.id
    )
    for rows in _parts(connection, joined.where(arrivals.c.first_id.is_not(None)), arrivals.c.id):
        unpacked = [
            {"delivery_id": number, "body": body}
            for row in rows
            for number, body in enumerate(_unpacked(row.packed), row.first_id)
        ]
        connection.execute(sa.insert(bodies), unpacked)
    op.execute("DELETE FROM delivery_bodies WHERE delivery_id NOT IN (SELECT id FROM deliveries)")
    op.drop_table("arrival_bodies")
    op.drop_table("arrivals")


def _parts(connection: sa.Connection, query: sa.Select, key: sa.ColumnElement) -> Iterator[list[sa.Row]]:
    last = 0
    while rows := connection.execute(query.where(key > last).order_by(key).limit(AT_ONCE)).all():
        yield list(rows)
        last = rows[-1].id


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _packed(row: sa.Row) -> bytes:
    body = zstandard.ZstdDecompressor().decompress(row.body, max_output_size=256 * 1024 * 1024)
    one = [row.site_id, row.identity, row.retry, _aware(row.received_at), body]
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode([one]))


def _unpacked(packed: bytes) -> list[bytes]:
    found = msgspec.msgpack.decode(
        zstandard.ZstdDecompressor().decompress(packed, max_output_size=256 * 1024 * 1024)
    )
    return [zstandard.ZstdCompressor(level=1).compress(one[4]) for one in found]
