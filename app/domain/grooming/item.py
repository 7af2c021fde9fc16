"""What grooming knows of one issue."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from app.domain.grooming.texts import NO_TEXT, Description

EPIC, STORY, SUBTASK = 1, 0, -1
"""Levels of Jira's hierarchy: epics, what stands beside stories, and sub-tasks."""


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An issue as grooming sees it.

    A struct, as there are hundreds of thousands: it is made and read back many times faster, and costs less.

    Attributes:
        level: `EPIC`, `STORY` or `SUBTASK`, and above epics what a site puts there.
        done: whether its status is one that the board calls done; of a status that no column shows, whether
            Jira does.
        priority_place: from 0, the most urgent first.
        assignee: account id.
        affects: ids of the versions that it was seen in.
        fix_versions: ids of the versions that it is planned for.
        parent: id of its parent, whether that is here or not.
        sprints: every sprint in its Sprint field; closed ones are those that it was carried over from.
        rank: text by which Jira orders the backlog; the smaller, the higher.
        way: ids of its statuses, oldest first, the present one last.
        status_since: when it came into its present status.
        assigned_since: when it came to its present assignee; likewise `labelled_since`.
        touched_at: when a person last did something to it; made it, changed it or wrote a comment.
        reporter_spoke_at: when its reporter last wrote a comment.
        fields: values of fields that a formula or a definition of ready asks for, by field id.
        history_complete: False where part of its changelog was not read; its instants may be too early.
        restricted: it has a security level: not everybody may see it.
    """

    id: str
    key: str
    project_key: str
    summary: str
    type_name: str
    level: int
    status_id: str
    status_name: str
    created: datetime
    status_since: datetime
    touched_at: datetime
    done: bool = False
    way: tuple[str, ...] = ()
    priority: str | None = None
    priority_place: int | None = None
    assignee: str | None = None
    reporter: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    fix_versions: tuple[str, ...] = ()
    affects: tuple[str, ...] = ()
    due: date | None = None
    estimate: Decimal | None = None
    parent: str | None = None
    sprints: frozenset[int] = frozenset()
    rank: str | None = None
    flagged: bool = False
    description: Description = NO_TEXT
    assigned_since: datetime | None = None
    labelled_since: datetime | None = None
    resolved_at: datetime | None = None
    reporter_spoke_at: datetime | None = None
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    history_complete: bool = True
    restricted: bool = False


def _shape(of: type[msgspec.Struct]) -> list[str]:
    return [f"{field.name}: {field.type}" for field in msgspec.structs.fields(of)]


SHAPE = blake2b(repr([_shape(Item), _shape(Description)]).encode(), digest_size=8).hexdigest()
"""Tells issues that were kept by a version with other facts of them: none of these is read."""
