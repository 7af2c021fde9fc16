"""Everything that can be done to an issue. REST, agile and the simulated team all come through here.

So a changed issue always has a history with its author, a new `updated`, and a webhook.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from .fields import KINDS, kind_of
from .model import (
    Attachment,
    Comment,
    Component,
    Happening,
    History,
    Issue,
    IssueType,
    Item,
    Link,
    LinkType,
    Named,
    Person,
    Project,
    Text,
    Transition,
    Version,
)
from .site import Site
from .texts import as_wiki


@dataclass(frozen=True, slots=True)
class Draft:
    """What an issue is created with; these values never show in its changelog."""

    type: IssueType
    summary: str
    description: Text | None = None
    environment: Text | None = None
    priority: Named | None = None
    labels: tuple[str, ...] = ()
    assignee: Person | None = None
    reporter: Person | None = None
    parent: int | None = None
    due: date | None = None
    sprints: tuple[int, ...] = ()
    points: float | None = None
    flagged: bool = False
    components: tuple[Component, ...] = ()
    fix_versions: tuple[Version, ...] = ()
    versions: tuple[Version, ...] = ()
    estimate: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    project: Project | None = None
    """The site's first one if not said."""


_SET_BY_THE_SITE = frozenset({"reporter", "project", "priority"})


def create_issue(site: Site, draft: Draft, author: Person) -> Issue:
    now, project = site.clock.now(), draft.project or site.project
    issue = Issue(
        id=next(site.next_issue),
        key=project.next_key(),
        project=project,
        status=site.catalogue.initial,
        priority=draft.priority or site.catalogue.usual_priority,
        creator=author,
        created=now,
        updated=now,
        rank=site.next_rank(),
        status_changed=now,
        **{name: getattr(draft, name) for name in Draft.__slots__ if name not in _SET_BY_THE_SITE},
        reporter=draft.reporter or author,
    )
    site.issues[issue.id] = issue
    site.ids_by_key[issue.key] = issue.id
    _index_sprints(site, issue, (), issue.sprints)
    if issue.type.subtask and issue.parent is not None:
        site.issues[issue.parent].subtasks.append(issue.id)
    changelog = _creation(site, issue) if site.edition.cloud else None
    site.emit(Happening("jira:issue_created", now, author, issue, changelog, "issue_created"))
    return issue


def _creation(site: Site, issue: Issue) -> History:
    """Cloud sends a changelog with a created issue that REST never shows again (captured 2020)."""
    texts = {
        "assignee": KINDS["assignee"].show(site, issue.assignee),
        "description": (None, as_wiki(issue.description) if issue.description else None),
        "priority": KINDS["priority"].show(site, issue.priority),
        "reporter": KINDS["reporter"].show(site, issue.reporter),
        "Status": (issue.status.id, issue.status.name),
        "summary": (None, issue.summary),
    }
    items = tuple(
        Item(field, "jira", field.lower(), None, None, *shown) for field, shown in texts.items() if shown[1]
    )
    return History(next(site.next_history), site.clock.now(), issue.creator, items)


def change_issue(
    site: Site,
    issue: Issue,
    author: Person,
    values: dict[str, Any],
    *,
    event_type: str = "issue_updated",
    secondary: bool = False,
) -> History | None:
    """Give fields new values; those that have them already are no change, and none at all is no event."""
    changed = {name: value for name, value in values.items() if getattr(issue, name) != value}
    if not changed:
        return None
    items = tuple(kind_of(site, issue, name).item(site, issue, value) for name, value in changed.items())
    if "sprints" in changed:
        _index_sprints(site, issue, issue.sprints, changed["sprints"])
    if "status" in changed and changed["status"].category != issue.status.category:
        issue.status_changed = site.clock.now()
    if "resolution" in changed:
        issue.resolved = site.clock.now() if changed["resolution"] else None
    before = replace(issue)
    for name, value in changed.items():
        setattr(issue, name, value)
    return record(site, issue, author, items, event_type=event_type, secondary=secondary, before=before)


def record(
    site: Site,
    issue: Issue,
    author: Person,
    items: tuple[Item, ...],
    *,
    event_type: str = "issue_updated",
    event: str | None = "jira:issue_updated",
    secondary: bool = False,
    before: Issue | None = None,
) -> History:
    """Write a changelog entry, touch `updated`, and tell whoever listens."""
    now = site.clock.now()
    history = History(next(site.next_history), now, author, items)
    issue.histories.append(history)
    issue.updated = now
    if event:
        site.emit(
            Happening(event, now, author, issue, history, event_type, before=before, secondary=secondary)
        )
    return history


def _index_sprints(site: Site, issue: Issue, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    for sprint_id in before:
        if sprint_id not in after:
            site.members[sprint_id].pop(issue.id, None)
    for sprint_id in after:
        site.members.setdefault(sprint_id, {})[issue.id] = None


def transition_issue(
    site: Site, issue: Issue, transition: Transition, author: Person, resolution: Named | None = None
) -> None:
    """Move along the workflow: its post-functions set a resolution at the end and clear it on reopening."""
    target = site.catalogue.statuses[transition.target]
    resolved = (resolution or site.catalogue.resolved) if transition.asks_resolution else None
    change_issue(site, issue, author, {"resolution": resolved, "status": target}, event_type="issue_generic")


def delete_issue(site: Site, issue: Issue, author: Person) -> None:
    """Take the issue and its sub-tasks away; what belonged to it goes with secondary events.

    Issues under a deleted epic stay and have no parent any more.
    """
    for child in tuple(issue.subtasks):
        delete_issue(site, site.issues[child], author)
    now = site.clock.now()
    site.emit(Happening("jira:issue_deleted", now, author, issue))
    for comment in issue.comments:
        site.comments.pop(comment.id)
        site.emit(Happening("comment_deleted", now, author, issue, subject=comment, secondary=True))
    for link in issue.links:
        other = site.issues[link.destination if link.source == issue.id else link.source]
        other.links.remove(link)
        del site.links[link.id]
        site.emit(Happening("issuelink_deleted", now, subject=link, secondary=True))
    for attachment in issue.attachments:
        del site.attachments[attachment.id]
        site.emit(Happening("attachment_deleted", now, author, subject=attachment, secondary=True))
    for worklog in issue.worklogs:
        site.worklogs.pop(worklog.id)
        site.deleted_worklogs[worklog.id] = round(now.timestamp() * 1000)
        site.emit(Happening("worklog_deleted", now, author, subject=worklog, secondary=True))
    if issue.type.subtask and issue.parent in site.issues:
        site.issues[issue.parent].subtasks.remove(issue.id)
    for orphan in site.issues.values():
        if orphan.parent == issue.id:
            orphan.parent = None
    _index_sprints(site, issue, issue.sprints, ())
    del site.issues[issue.id]
    for key in [key for key, number in site.ids_by_key.items() if number == issue.id]:
        del site.ids_by_key[key]


def add_comment(
    site: Site,
    issue: Issue,
    body: Text,
    author: Person,
    properties: dict[str, Any] | None = None,
    visibility: dict[str, Any] | None = None,
) -> Comment:
    now = site.clock.now()
    comment = Comment(next(site.next_comment), author, body, now, now, author, properties or {}, visibility)
    issue.comments.append(comment)
    site.comments[comment.id] = (issue, comment)
    _tell_comment(site, issue, comment, author, "comment_created", "issue_commented")
    return comment


def edit_comment(
    site: Site,
    issue: Issue,
    comment: Comment,
    author: Person,
    *,
    body: Text,
    properties: dict[str, Any] | None = None,
) -> None:
    comment.body, comment.update_author, comment.updated = body, author, site.clock.now()
    comment.properties.update(properties or {})
    _tell_comment(site, issue, comment, author, "comment_updated", "issue_comment_edited")


def delete_comment(site: Site, issue: Issue, comment: Comment, author: Person) -> None:
    issue.comments.remove(comment)
    del site.comments[comment.id]
    _tell_comment(site, issue, comment, author, "comment_deleted", "issue_comment_deleted")


def _tell_comment(
    site: Site, issue: Issue, comment: Comment, author: Person, event: str, event_type: str
) -> None:
    """Cloud tells a comment twice since 2025: as itself, and as an issue update without a changelog."""
    now = issue.updated = site.clock.now()
    site.emit(Happening(event, now, author, issue, subject=comment))
    site.emit(Happening("jira:issue_updated", now, author, issue, None, event_type, subject=comment))


def add_attachment(
    site: Site, issue: Issue, author: Person, *, filename: str, mime_type: str, content: bytes
) -> Attachment:
    attachment = Attachment(
        next(site.next_attachment), issue.id, filename, mime_type, content, author, site.clock.now()
    )
    issue.attachments.append(attachment)
    site.attachments[attachment.id] = attachment
    site.emit(Happening("attachment_created", site.clock.now(), author, subject=attachment))
    item = Item("Attachment", "jira", "attachment", None, None, str(attachment.id), filename)
    record(site, issue, author, (item,))
    return attachment


def delete_attachment(site: Site, attachment: Attachment, author: Person) -> None:
    issue = site.issues[attachment.issue_id]
    issue.attachments.remove(attachment)
    del site.attachments[attachment.id]
    site.emit(Happening("attachment_deleted", site.clock.now(), author, subject=attachment))
    item = Item("Attachment", "jira", "attachment", str(attachment.id), attachment.filename, None, None)
    record(site, issue, author, (item,))


def link_issues(site: Site, kind: LinkType, source: Issue, destination: Issue, author: Person) -> None:
    """Link two issues; the same link twice is silently fine. Histories on both sides, no issue_updated."""
    if any(
        (link.type, link.source, link.destination) == (kind, source.id, destination.id)
        for link in source.links
    ):
        return
    link = Link(next(site.next_link), kind, source.id, destination.id)
    site.links[link.id] = link
    for issue, other, words in ((source, destination, kind.outward), (destination, source, kind.inward)):
        issue.links.append(link)
        text = f"This issue {words} {other.key}"
        record(site, issue, author, (Item("Link", "jira", None, None, None, other.key, text),), event=None)
    site.emit(Happening("issuelink_created", site.clock.now(), subject=link))


def unlink_issues(site: Site, link: Link, author: Person) -> None:
    source, destination = site.issues[link.source], site.issues[link.destination]
    kind = link.type
    del site.links[link.id]
    for issue, other, words in ((source, destination, kind.outward), (destination, source, kind.inward)):
        issue.links.remove(link)
        text = f"This issue {words} {other.key}"
        record(site, issue, author, (Item("Link", "jira", None, other.key, text, None, None),), event=None)
    site.emit(Happening("issuelink_deleted", site.clock.now(), subject=link))


def move_issue(site: Site, issue: Issue, project: Project, author: Person) -> None:
    """Move to another project: a new key, the same id; the old key still leads to the issue."""
    before = replace(issue)
    issue.project, issue.key = project, project.next_key()
    site.ids_by_key[issue.key] = issue.id
    ids, names = (before.project.id, project.id), (before.project.name, project.name)
    items = (
        Item("project", "jira", "project", ids[0], names[0], ids[1], names[1]),
        Item("Key", "jira", None, None, before.key, None, issue.key),
    )
    record(site, issue, author, items, event_type="issue_moved", before=before)
    for child in issue.subtasks:
        move_issue(site, site.issues[child], project, author)
