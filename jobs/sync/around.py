"""What an issue's document carries besides the issue: links, files, logged work, people."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.from_jira import IssueRecord
from app.domain.scrum.issue_columns import field_of
from app.domain.scrum.things_from_jira import Row, read_attachments, read_links, read_user, read_worklog
from app.store import things
from app.store.sites import Site
from app.store.things import OfIssue
from connectors.jira.documents import IssueDocument

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PEOPLE = ("assignee", "reporter", "creator")


Heard = dict[str, datetime]
"""By account id, the instant of the newest picture of somebody."""


@dataclass(slots=True)
class Around:
    """Of a page of issues.

    Attributes:
        links: by issue id; only where the document shows the field.
        attachments: likewise.
        worklogs: all that are shown.
        worklog_lists: by issue id, of those that show all of them.
        people: by account id, as they were shown last; who made changes is added by whoever reads them.
        at: the instant of the newest picture.
    """

    links: dict[str, OfIssue] = field(default_factory=dict)
    attachments: dict[str, OfIssue] = field(default_factory=dict)
    worklogs: list[Row] = field(default_factory=list)
    worklog_lists: dict[str, OfIssue] = field(default_factory=dict)
    people: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    at: datetime | None = None

    def add(self, document: IssueDocument, record: IssueRecord, meet: Callable[[Any], object]) -> None:
        """One more issue.

        Args:
            document: with its comments and worklogs read.
            record: the same, read.
            meet: told of everybody whom the issue itself shows, the newest words last.

        Raises:
            NotReadable: something of it lacks what makes it one.
        """
        fields = document.get("fields") or {}
        worklogs = fields.get("worklog") or {}
        shown = [read_worklog(one, record.id) for one in worklogs.get("worklogs") or ()]
        links, files = field_of(fields, "issuelinks"), field_of(fields, "attachment")
        if links is not None:
            self.links[record.id] = OfIssue(read_links(record.id, links), record.updated)
        if files is not None:
            self.attachments[record.id] = OfIssue(read_attachments(record.id, files), record.updated)
        self.worklogs += shown
        if worklogs.get("total") == len(shown):
            self.worklog_lists[record.id] = OfIssue(shown, record.updated)
        for person in _people(fields):
            meet(person)
        self.at = record.updated if self.at is None else max(self.at, record.updated)

    def new_people(self, heard: Heard) -> Heard:
        """Leave out the people of whom something newer was kept.

        Args:
            heard: of those of whom pictures were kept.

        Returns:
            The same of those who are left.
        """
        at = self.at
        if at is None:
            return {}
        self.people = {
            account: shown for account, shown in self.people.items() if heard.get(account, at) <= at
        }
        return dict.fromkeys(self.people, at)


def _people(fields: Mapping[str, Any]) -> Iterator[Any]:
    """Everybody whom the issue itself shows; the newest words last."""
    for name, items in (("comment", "comments"), ("worklog", "worklogs")):
        listed: Sequence[Any] = (fields.get(name) or {}).get(items) or ()
        yield from (one.get("author") for one in listed)
    yield from (field_of(fields, name) for name in _PEOPLE)


def all_around(of: Sequence[Around]) -> Around:
    """What several pages carry."""
    whole = Around(at=max((one.at for one in of if one.at is not None), default=None))
    for one in sorted(of, key=lambda one: one.at or _LONG_AGO):
        whole.links |= one.links
        whole.attachments |= one.attachments
        whole.worklogs += one.worklogs
        whole.worklog_lists |= one.worklog_lists
        whole.people |= one.people
    return whole


def save_around(connection: Connection, site: Site, around: Around) -> None:
    """Keep all of it, in a handful of statements."""
    things.replace_links(connection, site, around.links)
    things.replace_attachments(connection, site, around.attachments)
    things.save_worklogs(connection, site, around.worklogs)
    if around.worklog_lists:
        things.bury_unlisted_worklogs(connection, site, around.worklog_lists)
    if around.at is not None and around.people:
        people = [read_user(document) for _, document in sorted(around.people.items())]
        things.save_users(connection, site, people, around.at)
