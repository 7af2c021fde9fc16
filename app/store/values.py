"""The value of any field at any instant, for one issue or all of them, in one statement.

The database picks, of each issue, the few changes that decide; what they mean says `app.domain.scrum.values`.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from app.domain.scrum.issue import KEY, STATUS, Change
from app.domain.scrum.kept_fields import NOT_KEPT
from app.domain.scrum.values import ITEMISED, Value, present_value, value_at
from app.errors import NotPossible
from app.store import tables
from app.store.sites import Site

_TEXTS = ("description", "environment")


def values_at(
    connection: Connection,
    site: Site,
    field: str,
    at: datetime,
    *,
    issue_ids: Collection[str] | None = None,
) -> Iterator[tuple[str, Value]]:
    """By issue id what the field held, in the order of the ids' text; nothing of issues made later.

    Args:
        connection: a snapshot.
        site: whose.
        field: its id; `Key` for the key.
        at: the instant; a change at exactly that instant has already happened.
        issue_ids: of these; all of the site's where it is None, those that are gone included.

    Raises:
        NotPossible: the field is not kept with the issue, so nothing says what it holds now.
    """
    if field in NOT_KEPT:
        message = f"Field {field!r} is not kept with its issue, so its past cannot be told."
        raise NotPossible(message)
    rows = connection.execute(_query(site, field, at, issue_ids))
    for issue_id, group in groupby(rows, key=lambda row: str(row.id)):
        entries = list(group)
        present = entries[0].present if entries[0].present is not None else entries[0].text
        held = present_value(field, present, sprint_field=site.fields.sprint)
        changes = [
            Change(
                history_id=row.history_id,
                position=row.position,
                at=row.at,
                field=field,
                before=row.before,
                before_text=row.before_text,
                after=row.after,
                after_text=row.after_text,
            )
            for row in entries
            if row.history_id is not None
        ]
        yield issue_id, value_at(field, held, changes, at, sprint_field=site.fields.sprint)


def _query(
    site: Site, field: str, at: datetime, issue_ids: Collection[str] | None
) -> Select[tuple[object, ...]]:
    issues, texts = tables.issues, tables.issue_texts
    deciding = _deciding(site, field, at, issue_ids).subquery()
    query = select(
        issues.c.id,
        (issues.c.key if field == KEY else issues.c.fields[field]).label("present"),
        texts.c.texts[field].label("text"),
        *(each for each in deciding.c if each.name != "issue_id"),
    )
    same_text = and_(
        texts.c.site_id == issues.c.site_id,
        texts.c.issue_id == issues.c.id,
        texts.c.digest == issues.c.texts_digest,
        # Only long texts stand there, and reading them all costs more than the rest.
        literal(field in _TEXTS or field.startswith("customfield_")),
    )
    wanted = [issues.c.site_id == site.id, issues.c.created <= at]
    if issue_ids is not None:
        wanted.append(issues.c.id.in_(issue_ids))
    joined = issues.outerjoin(texts, same_text).outerjoin(deciding, deciding.c.issue_id == issues.c.id)
    return query.select_from(joined).where(*wanted).order_by(issues.c.id)


def _deciding(
    site: Site, field: str, at: datetime, issue_ids: Collection[str] | None
) -> Select[tuple[object, ...]]:
    """The first change after the instant; of itemised fields all, of the status also the last before."""
    changes = tables.changes
    names = ("history_id", "position", "issue_id", "at", "before", "before_text", "after", "after_text")
    columns = [changes.c[name] for name in names]
    order = (changes.c.at, changes.c.history_id, changes.c.position)
    here: list[ColumnElement[bool]] = [changes.c.site_id == site.id, changes.c.field == field]
    if issue_ids is not None:
        here.append(changes.c.issue_id.in_(issue_ids))
    if field in ITEMISED:
        return select(*columns).where(*here, changes.c.at > at)
    if field != STATUS:
        here.append(changes.c.at > at)
    is_later = changes.c.at > at
    first = func.row_number().over(partition_by=(changes.c.issue_id, is_later), order_by=order)
    last = func.row_number().over(
        partition_by=(changes.c.issue_id, is_later), order_by=[each.desc() for each in order]
    )
    ranked = select(*columns, first.label("first"), last.label("last")).where(*here).subquery()
    picked = or_(and_(ranked.c.at > at, ranked.c.first == 1), and_(ranked.c.at <= at, ranked.c.last == 1))
    return select(*(ranked.c[name] for name in names)).where(picked)
