"""Texts that stand apart from what changes every day, and the words by which searches find them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    false,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.store.base import Id, metadata, of_site, only_on, rows_where
from app.store.types import Document, Instant

_WITHOUT_WORDS = "NOT has_words"


def _has_words() -> Column[bool]:
    """Whether the text is in the index of words. A new one is not; see `app.store.text_words`."""
    return Column("has_words", Boolean, nullable=False, server_default=false())


# Long texts, keyed by what they say: whichever picture of an issue is the newest, its texts are there.
issue_texts = Table(
    "issue_texts",
    metadata,
    of_site(),
    Column("issue_id", String(32), primary_key=True),
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("texts", Document, nullable=False),
    _has_words(),
    Index("ix_issue_texts_without_words", "site_id", "issue_id", "digest", **rows_where(_WITHOUT_WORDS)),
)

comments = Table(
    "comments",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("issue_id", String(32), nullable=False),
    Column("author", String(128)),
    Column("created", Instant),
    Column("updated", Instant),
    Column("body", Document),
    Column("limited", Boolean, nullable=False, default=False, server_default=false()),
    Column("deleted_at", Instant),
    _has_words(),
    Index("ix_comments_site_id_issue_id", "site_id", "issue_id"),
    Index("ix_comments_without_words", "site_id", "id", **rows_where(_WITHOUT_WORDS)),
)

# The words of texts that stand apart, and of comments, as `app.store.text_words` writes them. On SQLite a
# table of FTS5, `words_index`, follows it by triggers.
text_words = Table(
    "text_words",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("issue_id", String(32), nullable=False),
    # Which texts of the issue; None of a comment.
    Column("digest", BigInteger),
    Column("comment_id", String(32)),
    Column("words", LargeBinary().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    # With a text its words are gone, whoever deletes it.
    ForeignKeyConstraint(
        ["site_id", "issue_id", "digest"],
        ["issue_texts.site_id", "issue_texts.issue_id", "issue_texts.digest"],
        name="fk_text_words_issue_texts",
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["site_id", "comment_id"],
        ["comments.site_id", "comments.id"],
        name="fk_text_words_comments",
        ondelete="CASCADE",
    ),
    Index("ix_text_words_of_texts", "site_id", "issue_id", "digest", **rows_where("digest IS NOT NULL")),
    Index("ix_text_words_of_comment", "site_id", "comment_id", **rows_where("comment_id IS NOT NULL")),
    only_on("postgresql", Index("ix_text_words_words", "words", postgresql_using="gin")),
)
