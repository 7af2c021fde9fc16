"""An issue as Scrum sees it, and the changes that made it what it is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

STATUS = "status"
"""Jira's own id of the status field."""
ASSIGNEE, LINKS, ATTACHMENTS = "assignee", "issuelinks", "attachment"
"""Likewise of the assignee and of links to other issues."""
PRIORITY = "priority"
BLOCKED_BY = ("is blocked by",)
"""How an issue reads a link to what it waits for, where a site has the link types that Jira comes with."""
KEY = "Key"
"""What changelogs call a move's new key; it has no field id."""


class Change(NamedTuple):
    """One item of one entry of an issue's changelog: a field had one value and got another.

    Attributes:
        history_id: Jira's id of the entry; grows with time on a site, so it orders changes of one instant.
        position: place among the items of the same field in that entry, from 0.
        at: the instant of the change, UTC.
        field: Jira's field id (`status`, `customfield_10016`); its name where Jira gives no id (`Key`).
        before: id of the old value; None where the field was empty or has no ids (numbers, text).
        before_text: the old value as shown.
        after: id of the new value.
        after_text: the new value as shown.
        author: account id; None for a deleted person, an automation or an anonymous change.
    """

    history_id: int
    position: int
    at: datetime
    field: str
    before: str | None
    before_text: str | None
    after: str | None
    after_text: str | None
    author: str | None = None


class Gone(StrEnum):
    """Why an issue that was here is not any more.

    Attributes:
        DELETED: Jira said so, or does not know its id; nothing brings it back but reading it.
        MOVED_OUT: it is in a project now that is not among the wanted ones.
        ARCHIVED: with its project or by itself.
        HIDDEN: it is there, but not for our account.
    """

    DELETED = "deleted"
    MOVED_OUT = "moved_out"
    ARCHIVED = "archived"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Issue:
    """The present state of an issue with its whole history.

    Attributes:
        id: Jira's id; stays when the issue is moved, unlike the key.
        estimate: value of the board's estimation field; None is unestimated.
        sprint_ids: every sprint in the Sprint field, closed ones included.
        changes: the complete changelog, oldest first.
        history_complete: False when part of the changelog has not been read; numbers must then say so.
        deleted_at: since when it is gone, as far as we know; the row stays.
        gone_reason: why; None while it is not.
        restricted: it has a security level: not everybody may see it.
        priority: id of its priority; None where it has none.
    """

    id: str
    key: str
    summary: str
    type_name: str
    is_subtask: bool
    status_id: str
    status_name: str
    created: datetime
    updated: datetime
    sprint_ids: frozenset[int] = frozenset()
    estimate: Decimal | None = None
    flagged: bool = False
    assignee: str | None = None
    changes: tuple[Change, ...] = ()
    history_complete: bool = True
    deleted_at: datetime | None = None
    gone_reason: Gone | None = None
    restricted: bool = False
    priority: str | None = None
