"""What an event about an issue or a comment means. Pure: what is to be written is a value."""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from app.domain.scrum.from_jira import IssueRecord, field_of, read_comment, read_issue, read_items
from app.domain.scrum.issue import Change, Gone
from app.domain.scrum.things_from_jira import Row, read_attachments, read_links
from app.store import former_keys, issue_news, issues, presence, things
from app.store.comments import bury_comments, is_dated, save_comments
from app.store.sites import Site
from jobs.told import APPLIED, Outcome, Told, ignored


class Decision(msgspec.Struct, frozen=True):
    """What became of an event, and what it writes.

    Attributes:
        record: the issue as the event shows it.
        history_id: of the entry of the changelog that the picture shows last: 0 at its creation, None where
            the event does not say.
        changes: of that issue.
        comment: as `read_comment` gives it.
        deleted_issue: id of an issue that is gone since `at`.
        deleted_comment: id of a comment that is gone since `at`.
        moved_out: whether the issue is in a project now that is not among the wanted ones.
        links: all of the issue's, where the event may have changed them.
        attachments: likewise.
    """

    outcome: Outcome
    at: datetime
    record: IssueRecord | None = None
    history_id: int | None = None
    changes: Sequence[Change] = ()
    comment: Mapping[str, Any] | None = None
    deleted_issue: str | None = None
    deleted_comment: str | None = None
    moved_out: bool = False
    links: Sequence[Row] | None = None
    attachments: Sequence[Row] | None = None


def decide(told: Told, known: Container[str | None]) -> Decision:
    """What the event means.

    Args:
        told: its name is one of `ISSUE_EVENTS`.
        known: ids of issues that are in the store.

    Raises:
        NotReadable: it says that it is one thing and lacks what that needs.
    """
    return ISSUE_EVENTS[told.name](told, known)


def _ignored(told: Told, reason: str) -> Decision:
    return Decision(ignored(reason), told.at)


def _refusal(told: Told, known: Container[str | None], project_key: str) -> str | None:
    """Why an issue is not kept; one that moved out of a wanted project is, it must not stand still."""
    if told.jira_site.wants(project_key) or told.event.issue_id in known:
        return None
    return f"Project {project_key} is not among the site's projects."


def _issue_saved(told: Told, known: Container[str | None]) -> Decision:
    document = told.body.get("issue")
    if not isinstance(document, Mapping):
        return _comment_saved(told, known)
    record = read_issue(document, told.site.fields)
    if record is None:
        return _ignored(told, "The event names the issue without its state; the next catch-up reads it.")
    if reason := _refusal(told, known, record.project_key):
        return _ignored(told, reason)
    comment = None
    if isinstance(told.body.get("comment"), Mapping):  # typed on a transition's screen, or Data Center
        comment = _comment_saved(told, known).comment
    changes = _changes(told, record)
    history_id = 0 if told.event.name == "jira:issue_created" else changes[0].history_id if changes else None
    return Decision(
        APPLIED,
        told.at,
        record=record.written(),
        history_id=history_id,
        changes=changes,
        comment=comment,
        moved_out=not told.jira_site.wants(record.project_key),
        links=_list(document, "issuelinks", read_links, history_id, changes),
        attachments=_list(document, "attachment", read_attachments, history_id, changes),
    )


def _list(
    document: Mapping[str, Any],
    field: str,
    read: Callable[[str, Any], Sequence[Row]],
    history_id: int | None,
    changes: Sequence[Change],
) -> Sequence[Row] | None:
    """A whole list, where the event is one after which it may be another; most cost no look at it."""
    is_touched = any(change.field == field for change in changes)
    fields = document.get("fields") or {}
    if not (is_touched or history_id == 0) or field not in fields:
        return None
    found = read(str(document["id"]), field_of(fields, field))
    return found if found or is_touched else None  # a new issue without any has none to lose


def _changes(told: Told, record: IssueRecord) -> Sequence[Change]:
    """The entry of the changelog that the event is about.

    An event of creation lists the first values as if they were changes; REST never does, so neither do we.
    The event has no instant of the entry, but `updated` is set to it.
    """
    changelog = told.body.get("changelog")
    if told.event.name == "jira:issue_created" or not isinstance(changelog, Mapping):
        return ()
    if not str(changelog.get("id", "")).isdigit():
        return ()
    return read_items(
        history_id=changelog["id"],
        at=record.updated,
        items=changelog.get("items") or (),
        author=told.body.get("user"),
        site=told.site.fields,
    )


def _issue_deleted(told: Told, known: Container[str | None]) -> Decision:
    record = read_issue(told.body.get("issue") or {}, told.site.fields)
    if record is not None and (reason := _refusal(told, known, record.project_key)):
        return _ignored(told, reason)
    if told.event.issue_id is None:
        return _ignored(told, "The event does not say which issue was deleted.")
    return Decision(APPLIED, told.at, record=record, deleted_issue=told.event.issue_id)


def _comment_saved(told: Told, known: Container[str | None]) -> Decision:
    document = told.body.get("comment")
    if not isinstance(document, Mapping) or "id" not in document:
        return _ignored(told, "The event carries neither an issue nor a comment.")
    if told.event.issue_id is None:
        return _ignored(told, "The event does not say to which issue the comment belongs.")
    mention = (told.body.get("issue") or {}).get("fields") or {}
    project = field_of(mention, "project") or {}
    if project.get("key") and (reason := _refusal(told, known, str(project["key"]))):
        return _ignored(told, reason)
    return Decision(APPLIED, told.at, comment=read_comment(document, told.event.issue_id))


def _comment_deleted(told: Told, known: Container[str | None]) -> Decision:
    saved = _comment_saved(told, known)
    if saved.comment is None:
        return saved
    return Decision(APPLIED, told.at, comment=saved.comment, deleted_comment=saved.comment["id"])


ISSUE_EVENTS: Mapping[str, Callable[[Told, Container[str | None]], Decision]] = {
    "jira:issue_created": _issue_saved,
    "jira:issue_updated": _issue_saved,
    "jira:issue_deleted": _issue_deleted,
    "comment_created": _comment_saved,
    "comment_updated": _comment_saved,
    "comment_deleted": _comment_deleted,
}


# --- many of them at once -------------------------------------------------------------------------


@dataclass(slots=True)
class _Tombstones:
    """Deletions by id. Only what is in the store can be marked, and what is saved later was not there yet.

    So what no earlier event of the batch saved is marked before the batch is saved, the rest after it.
    """

    before: dict[str, datetime] = field(default_factory=dict)
    after: dict[str, datetime] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)

    def add(self, deleted: str | None, at: datetime) -> None:
        if deleted is not None:
            (self.after if deleted in self.saved else self.before)[deleted] = at


class Gathered:
    """What events write at one site: as one after the other would, in a handful of statements.

    Attributes:
        heard: each event, after the id of the delivery that told it.
    """

    def __init__(self) -> None:
        self.heard: list[tuple[int, Decision]] = []
        self._records: list[tuple[IssueRecord, int | None]] = []
        self._changes: defaultdict[str, list[Change]] = defaultdict(list)
        self._comments: list[Mapping[str, Any]] = []
        self._commented: set[str] = set()
        self._deleted_issues = _Tombstones()
        self._deleted_comments = _Tombstones()
        self._moved_out: dict[str, datetime] = {}
        self._lists: list[Decision] = []

    @property
    def issue_ids(self) -> set[str]:
        """Of the issues that will be in the store for what is written here."""
        return self._deleted_issues.saved

    def add(self, decision: Decision, delivery: int) -> None:
        """The next event, in the order in which Jira told them, and the delivery that told it."""
        self.heard.append((delivery, decision))
        if decision.record is not None:
            self._records.append((decision.record, decision.history_id))
            self._deleted_issues.saved.add(decision.record.id)
            self._changes[decision.record.id] += decision.changes
            if decision.moved_out:
                self._moved_out[decision.record.id] = decision.record.updated
            if decision.links is not None or decision.attachments is not None:
                self._lists.append(decision)
        if decision.comment is not None:
            self._commented.add(decision.comment["issue_id"])
        if decision.comment is not None and is_dated(decision.comment):
            self._comments.append(decision.comment)
            self._deleted_comments.saved.add(decision.comment["id"])
        self._deleted_issues.add(decision.deleted_issue, decision.at)
        self._deleted_comments.add(decision.deleted_comment, decision.at)

    def write(self, connection: Connection, site: Site) -> None:
        """All of it, into a transaction."""
        former_keys.lock(connection, site, self._changes.values())
        issues.bury_issues(connection, site, self._deleted_issues.before)
        bury_comments(connection, site, self._deleted_comments.before)
        # First the changes: of two at the same instant, a late picture of the first does not show the second.
        issues.save_changes(connection, site, self._changes, final=False)
        moved = issues.save_pictures(connection, site, self._records)
        presence.bury(connection, site, self._moved_out, reason=Gone.MOVED_OUT)
        self._write_lists(connection, site)
        save_comments(connection, site, self._comments)
        issues.bury_issues(connection, site, self._deleted_issues.after)
        bury_comments(connection, site, self._deleted_comments.after)
        issue_news.note(connection, site, (self._changes.keys() | self._commented) - moved)

    def _write_lists(self, connection: Connection, site: Site) -> None:
        """One event after the other: of one issue there may be several pictures."""
        for decision in self._lists:
            assert decision.record is not None
            issue_id = decision.record.id
            if decision.links is not None:
                of_issue = things.OfIssue(decision.links, decision.at)
                things.replace_links(connection, site, {issue_id: of_issue})
            if decision.attachments is not None:
                of_issue = things.OfIssue(decision.attachments, decision.at)
                things.replace_attachments(connection, site, {issue_id: of_issue})
