"""The value of any field at any instant, for one issue or all of them, in one statement.

The database picks, of each issue, the few changes that decide; what they mean says `app.domain.scrum.values`.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

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
        first, *entries = group
        if first.history_id != _NO_CHANGE:  # changes of an issue that was made later, or is not here
            continue
        present = first.present if first.present is not None else first.text
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
        ]
        yield issue_id, value_at(field, held, changes, at, sprint_field=site.fields.sprint)


# Stands where a row is the issue itself; it comes before its changes, whose entries count from 0.
_NO_CHANGE = -1


def _query(
    site: Site, field: str, at: datetime, issue_ids: Collection[str] | None
) -> CompoundSelect[tuple[Any, ...]]:
    """Of each issue a row with what it holds now, and then the changes that decide.

    One below the other, not side by side: SQLite joins a list that it made itself by going through all of it
    for every issue.
    """
    issues, texts = tables.issues, tables.issue_texts
    deciding = _deciding(site, field, at, issue_ids).subquery()
    wanted = [issues.c.site_id == site.id, issues.c.created <= at]
    if issue_ids is not None:
        wanted.append(issues.c.id.in_(issue_ids))
    same_text = and_(
        texts.c.site_id == issues.c.site_id,
        texts.c.issue_id == issues.c.id,
        texts.c.digest == issues.c.texts_digest,
        # Only long texts stand there, and reading them all costs more than the rest.
        literal(field in _TEXTS or field.startswith("customfield_")),
    )
    told = tables.changes
    present = (
        select(
            issues.c.id,
            (issues.c.key if field == KEY else issues.c.fields[field]).label("present"),
            texts.c.texts[field].label("text"),
            literal(_NO_CHANGE, told.c.history_id.type).label("history_id"),
            *(_nothing(told.c[name]) for name in _NAMES[1:]),
        )
        .select_from(issues.outerjoin(texts, same_text))
        .where(*wanted)
    )
    past = select(deciding.c.issue_id, null(), null(), *(deciding.c[name] for name in _NAMES))
    return present.union_all(past).order_by("id", "history_id")


def _nothing(column: Column[Any]) -> ColumnElement[Any]:
    return cast(null(), column.type).label(column.name)


_NAMES = ("history_id", "position", "at", "before", "before_text", "after", "after_text")


def _deciding(
    site: Site, field: str, at: datetime, issue_ids: Collection[str] | None
) -> Select[tuple[Any, ...]]:
    """The first change after the instant; of itemised fields all, of the status also the last before."""
    changes = tables.changes
    columns = [changes.c.issue_id, *(changes.c[name] for name in _NAMES)]
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
    return select(ranked.c.issue_id, *(ranked.c[name] for name in _NAMES)).where(picked)
