"""An index of words for text search; it is filled by and by. Texts of old stand apart like all others."""

import json
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ISSUES = sa.table(
    "issues",
    sa.column("site_id", BIG),
    sa.column("id", sa.String),
    sa.column("fields", JSON),
    sa.column("texts_digest", sa.BigInteger),
)
TEXTS = sa.table(
    "issue_texts",
    sa.column("site_id", BIG),
    sa.column("issue_id", sa.String),
    sa.column("digest", sa.BigInteger),
    sa.column("texts", JSON),
)
APART = ("description", "environment")
AT_ONCE = 1_000
FTS5 = """CREATE VIRTUAL TABLE words_index USING fts5(
words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '_.,;'''")"""
ADDED = """CREATE TRIGGER words_index_added AFTER INSERT ON text_words BEGIN
INSERT INTO words_index (rowid, words) VALUES (new.id, unpacked_words(new.words));
END"""
GONE = """CREATE TRIGGER words_index_gone AFTER DELETE ON text_words BEGIN
INSERT INTO words_index (words_index, rowid, words) VALUES ('delete', old.id, unpacked_words(old.words));
END"""


def upgrade() -> None:
    connection = op.get_bind()
    for site_id in connection.scalars(sa.text("SELECT id FROM sites")).all():
        _put_apart(connection, site_id)
    op.add_column("sites", sa.Column("words_as", sa.String(40), nullable=True))
    for table, columns in (
        ("issue_texts", ["site_id", "issue_id", "digest"]),
        ("comments", ["site_id", "id"]),
    ):
        op.add_column(table, sa.Column("has_words", sa.Boolean(), server_default=sa.false(), nullable=False))
        without = sa.text("NOT has_words")
        name = f"ix_{table}_without_words"
        op.create_index(name, table, columns, sqlite_where=without, postgresql_where=without)
    _make_table()
    if connection.dialect.name == "sqlite":
        for statement in (FTS5, ADDED, GONE):
            op.execute(statement)
    else:
        op.create_index("ix_text_words_words", "text_words", ["words"], postgresql_using="gin")


def _make_table() -> None:
    op.create_table(
        "text_words",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.String(32), nullable=True),
        sa.Column(
            "words", sa.LargeBinary().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_text_words_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "issue_id", "digest"],
            ["issue_texts.site_id", "issue_texts.issue_id", "issue_texts.digest"],
            name="fk_text_words_issue_texts",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comments.site_id", "comments.id"],
            name="fk_text_words_comments",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_words")),
    )
    for name, columns, last in (
        ("ix_text_words_of_texts", ["site_id", "issue_id", "digest"], "digest"),
        ("ix_text_words_of_comment", ["site_id", "comment_id"], "comment_id"),
    ):
        there = sa.text(f"{last} IS NOT NULL")
        op.create_index(name, "text_words", columns, sqlite_where=there, postgresql_where=there)


def _put_apart(connection: sa.Connection, site_id: int) -> None:
    """Descriptions that still stand among the fields of their issues, page by page."""
    last = ""
    while True:
        wanted = sa.select(ISSUES.c.id, ISSUES.c.fields).where(
            ISSUES.c.site_id == site_id, ISSUES.c.id > last, ISSUES.c.texts_digest.is_(None)
        )
        rows = connection.execute(wanted.order_by(ISSUES.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            fields = row.fields or {}
            texts = {name: fields[name] for name in APART if fields.get(name) is not None}
            if texts:
                _move(connection, site_id, row.id, texts)


def _move(connection: sa.Connection, site_id: int, issue_id: str, texts: dict[str, Any]) -> None:
    said = json.dumps(texts, sort_keys=True).encode()
    digest = int.from_bytes(sha256(said).digest()[:8]) >> 1
    of = {"site_id": site_id, "issue_id": issue_id, "digest": digest}
    here = [TEXTS.c[name] == value for name, value in of.items()]
    if connection.execute(sa.select(TEXTS.c.digest).where(*here)).first() is None:
        connection.execute(sa.insert(TEXTS), {**of, "texts": texts})
    # In the database, so that long numbers among the fields stay as they are.
    slim = (
        sa.func.json_remove(ISSUES.c.fields, *(f"$.{name}" for name in APART))
        if connection.dialect.name == "sqlite"
        else ISSUES.c.fields.op("-")(sa.cast(list(APART), postgresql.ARRAY(sa.Text)))
    )
    this = (ISSUES.c.site_id == site_id, ISSUES.c.id == issue_id)
    connection.execute(sa.update(ISSUES).where(*this).values(fields=slim, texts_digest=digest))


def downgrade() -> None:
    """Texts stay apart: every version that knows `issue_texts` reads them there."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE words_index")
    op.drop_table("text_words")
    for table in ("comments", "issue_texts"):
        op.drop_index(f"ix_{table}_without_words", table)
        op.drop_column(table, "has_words")
    op.drop_column("sites", "words_as")
