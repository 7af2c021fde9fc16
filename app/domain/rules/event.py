"""What happened, as rules see it: the same whether a webhook told it, a catch-up found it, or history did."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.scrum.issue import Change

LONGEST_KEY = 100
"""So long is a key that goes on with a result; the store takes 128, and waits add some."""


class Happened(StrEnum):
    """The kinds of events."""

    CREATED = "issue_created"
    CHANGED = "issue_changed"
    DELETED = "issue_deleted"
    COMMENT_ADDED = "comment_added"
    COMMENT_EDITED = "comment_edited"
    COMMENT_DELETED = "comment_deleted"
    SCHEDULED = "schedule"
    ASKED = "manual"
    WORK_LOGGED = "work_logged"
    WORK_LOG_EDITED = "work_log_edited"
    WORK_LOG_DELETED = "work_log_deleted"
    SPRINT_STARTED = "sprint_started"
    SPRINT_CLOSED = "sprint_closed"
    VERSION_RELEASED = "version_released"
    SPRINT_PROGRESS = "sprint_progress"
    METRIC_CROSSED = "metric_crossed"
    WEBHOOK = "incoming_webhook"
    SPRINT_CREATED = "sprint_created"
    SPRINT_UPDATED = "sprint_updated"
    SPRINT_DELETED = "sprint_deleted"
    VERSION_CREATED = "version_created"
    VERSION_UPDATED = "version_updated"
    VERSION_UNRELEASED = "version_unreleased"
    VERSION_DELETED = "version_deleted"
    VERSION_MOVED = "version_moved"
    VERSION_MERGED = "version_merged"
    PROJECT_CREATED = "project_created"
    PROJECT_UPDATED = "project_updated"
    PROJECT_TRASHED = "project_trashed"
    PROJECT_DELETED = "project_deleted"
    PROJECT_RESTORED = "project_restored"
    PROJECT_ARCHIVED = "project_archived"
    PROJECT_UNARCHIVED = "project_unarchived"
    USER_CREATED = "user_created"
    USER_UPDATED = "user_updated"
    USER_DELETED = "user_deleted"
    BOARD_CREATED = "board_created"
    BOARD_UPDATED = "board_updated"
    BOARD_CONFIGURED = "board_configured"
    BOARD_DELETED = "board_deleted"


WORK_LOGS = frozenset({Happened.WORK_LOGGED, Happened.WORK_LOG_EDITED, Happened.WORK_LOG_DELETED})
SWEPT_AWAY = frozenset({Happened.COMMENT_DELETED, Happened.WORK_LOG_DELETED})
"""What also happens because the issue is deleted; of that no rule hears."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a rule that goes on later takes with it.

    Attributes:
        variables: texts by name.
        looked_up: the query, with its values, of the last lookup; empty where there was none.
        seen: keys of other issues of which the variables may tell.
        created: key of the issue that it created, where it goes on with that.
        asked_for: key of the issue for which it asked a server, in a branch; empty for the event's own.
        answer: what the server answered: `status`, `headers` and `body`; None where none was asked.
        private: those variables, and under `lookupIssues` that query, that hold something of an answer.
        sealed: the answer and what is private, encrypted: in the store there is nothing else of them.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    looked_up: str = ""
    seen: str = ""
    created: str = ""
    asked_for: str = ""
    answer: Mapping[str, Any] | None = None
    private: Mapping[str, str] = field(default_factory=dict)
    sealed: str = ""

    @property
    def is_private(self) -> bool:
        """Whether something of it is for nobody but the rule."""
        return bool(self.answer is not None or self.private or self.sealed)


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an issue, or without one: its id and key are empty then.

    Attributes:
        key: which event of the issue it is; a rule decides on each once, whoever tells of it.
        at: when, by Jira's clock. Rules see the issue as it was at that instant.
        author: account id; None where Jira does not say.
        changes: of one entry of the changelog.
        comment: `id`, `author`, `body` and what else the store has of it.
        resumes: where a rule goes on that waited, or with what it created or was answered: the place of that
            `wait`, `branch` or `web_request` among the actions, such as `(2, "then", 0)`; empty where it
            begins.
        data: the body of an incoming webhook, the metric that crossed a value, the sprint, version, board,
            project or person that something happened to, or logged work.
        kept: by a rule that goes on.
        project: key of the project of an event without an issue, where it has one: of the version, or of the
            board of the sprint.
    """

    happened: Happened
    issue_id: str
    issue_key: str
    at: datetime
    key: str
    author: str | None = None
    changes: tuple[Change, ...] = ()
    comment: Mapping[str, Any] | None = None
    resumes: tuple[int | str, ...] = ()
    data: Any = None
    kept: Kept = NOTHING_KEPT
    project: str = ""

    @property
    def has_issue(self) -> bool:
        """Whether it is about an issue; rules that are `once` see the others, and only those."""
        return bool(self.issue_id)

    @property
    def history_id(self) -> int | None:
        """The last entry of the changelog so far, among those of its instant; None where all of them are."""
        if self.resumes:
            return None
        if self.happened is Happened.CREATED:
            return 0
        return self.changes[0].history_id if self.changes else None

    @property
    def project_key(self) -> str:
        """Of the issue, as it was called then; of an event without one, that of what it is about."""
        return self.issue_key.rpartition("-")[0] if self.has_issue else self.project


def resumed(event: Event, at: datetime, place: tuple[int | str, ...], kept: Kept = NOTHING_KEPT) -> Event:
    """The same event for a rule that waited until an instant; it sees the issue as it is then."""
    path, wait, number = event.key.rpartition("~")
    begun, waits = (path, int(number)) if wait and number.isdecimal() else (event.key, 0)
    return replace(event, at=at, key=f"{begun}~{waits + 1}", resumes=place, kept=kept)


def with_created(event: Event, created: str, at: datetime) -> Event:
    """The same event for a rule that goes on with an issue that it created, from an instant on."""
    place = ".".join(map(str, event.resumes))
    kept = replace(event.kept, created=created)
    return replace(event, at=max(at, event.at), key=_going_on(event, f"{created}@{place}"), kept=kept)


def asking(event: Event, number: int, place: tuple[int | str, ...], kept: Kept) -> Event:
    """The same event for a rule that goes on with the answer to a request, the `number`th of its effects."""
    kept = replace(kept, answer=None)
    return replace(event, key=_going_on(event, str(number)), resumes=place, kept=kept)


def _going_on(event: Event, result: str) -> str:
    """Reads as it came about; one that gets too long for the store says where it began, and a digest."""
    key = f"{event.key}+{result}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{first_key(key)}+{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def with_answer(event: Event, answer: Mapping[str, Any], at: datetime) -> Event:
    """What `asking` made, with the answer, from an instant on."""
    return replace(event, at=max(at, event.at), kept=replace(event.kept, answer=answer))


def is_with_results(key: str) -> bool:
    """Whether the key of an event says that a rule went on with what it had created, or was answered.

    No replay creates or asks.
    """
    return "+" in key


def first_key(key: str) -> str:
    """The key of what happened, of which the rule went on in the event of that key."""
    return re.split("[~+]", key, maxsplit=1)[0]


def created(issue_id: str, issue_key: str, at: datetime, author: str | None) -> Event:
    """An issue was created."""
    return Event(Happened.CREATED, issue_id, issue_key, at, "created", author)


def deleted(issue_id: str, issue_key: str, at: datetime, author: str | None = None) -> Event:
    """An issue was deleted."""
    return Event(Happened.DELETED, issue_id, issue_key, at, "deleted", author)


def changed(issue_id: str, issue_key: str, changes: Iterable[Change]) -> list[Event]:
    """One event for each entry of the changelog, oldest first."""
    entries: defaultdict[int, list[Change]] = defaultdict(list)
    for change in changes:
        entries[change.history_id].append(change)
    found = [
        Event(
            Happened.CHANGED,
            issue_id,
            issue_key,
            items[0].at,
            f"change:{history_id}",
            items[0].author,
            tuple(items),
        )
        for history_id, items in entries.items()
    ]
    return sorted(found, key=lambda event: (event.at, event.changes[0].history_id))


def of_comment(issue_id: str, issue_key: str, comment: Mapping[str, Any]) -> list[Event]:
    """It was written, and edited where its instants differ: the last edit is all that is known of edits."""
    written = {**comment, "updated": comment.get("created") or comment["updated"]}
    told = [commented(issue_id, issue_key, one) for one in (written, comment)]
    return told if told[0].key != told[1].key else told[:1]


def commented(issue_id: str, issue_key: str, comment: Mapping[str, Any]) -> Event:
    """A comment was written, or edited where its instants differ."""
    at, since = comment["updated"], comment.get("created")
    edited = since is not None and since != at
    return Event(
        Happened.COMMENT_EDITED if edited else Happened.COMMENT_ADDED,
        issue_id,
        issue_key,
        at,
        f"comment:{comment['id']}" + (f":{at:%Y%m%dT%H%M%S.%f}" if edited else ""),
        comment.get("author"),
        comment=comment,
    )


def uncommented(issue_id: str, issue_key: str, comment: Mapping[str, Any], at: datetime) -> Event:
    """A comment was deleted; `comment` is as it was told or kept last."""
    return Event(
        Happened.COMMENT_DELETED,
        issue_id,
        issue_key,
        at,
        f"comment_deleted:{comment['id']}",
        comment=comment,
    )
